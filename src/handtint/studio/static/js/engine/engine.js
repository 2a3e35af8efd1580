/**
 * The canvas engine: the photo in colour, the ink above it, and the hand that paints.
 *
 * It reads the store, draws what changed in the next animation frame, and tells `actions` what the
 * person does. Ink and photo are different canvases, so that ink never waits for the photo.
 *
 * @typedef {import("../types.js").Project} Project
 * @typedef {import("../types.js").RGB} RGB
 * @typedef {import("../types.js").State} State
 * @typedef {import("../types.js").View} View
 * @typedef {import("../frames.js").Frame} Frame
 * @typedef {{eventTime: number, painted: number}} Latency
 *
 * What the engine asks for; `actions.js` has it.
 * @typedef {object} Deeds
 * @property {(stroke: import("../types.js").Stroke | null) => void} strokeLive
 * @property {(stroke: import("../types.js").Stroke) => void} strokeDone
 * @property {(view: View) => void} setView
 * @property {() => void} zoomFit
 * @property {() => void} stageResized
 * @property {(ids: string[]) => void} select
 * @property {(by: import("../types.js").Point) => void} moveSelected
 * @property {(color: RGB) => void} pickColor
 * @property {(pointer: State["pointer"]) => void} setPointer
 * @property {(steps: number) => void} setSize
 * @property {(position: number) => void} setComparePosition
 */

import { composed, lightnessTable, space } from "../color/spaces.js";
import { upsample } from "../color/upsample.js";
import { CompareHandle } from "./compare.js";
import { Compositor } from "./compositor.js";
import { Cursor } from "./cursor.js";
import { Fallback } from "./fallback.js";
import { InkLayers } from "./ink.js";
import { listen } from "./listen.js";
import { Painting } from "./painting.js";
import { Pictures } from "./pictures.js";
import { Pointers } from "./pointer.js";
import { Selecting } from "./selecting.js";
import { levelFor, Tiles } from "./tiles.js";
import { deviceTransform, panBy, toPhoto, toStage, visiblePart, zoomAt } from "./view.js";

/** Zoom of a wheel's pixel; a notch of a mouse has about a hundred. */
const WHEEL_ZOOM = 0.0016;

/** Wheel pixels of one step of the brush's size. */
const WHEEL_SIZE = 60;

/** Device pixels a photo pixel from which pixels are shown as squares. */
const EXACT = 2;

/** Latencies that are kept. */
const MOST_LATENCIES = 4096;

/** Milliseconds between two reports of the pointer's place while painting. */
const POINTER_INTERVAL = 100;

/**
 * @param {object} parts
 * @param {HTMLElement} parts.stage
 * @param {import("../state.js").Store} parts.store
 * @param {Deeds} parts.actions
 * @param {(key: string) => string} [parts.t] finds a message
 */
export function createEngine({ stage, store, actions, t = () => "" }) {
  const canvas = document.createElement("canvas");
  canvas.className = "photo";
  stage.append(canvas);
  const wish = new URLSearchParams(location.search).get("renderer");
  const gl = wish === "2d" ? null : Compositor.create(canvas, () => again({ photo: true }));
  const renderer = gl ?? Fallback.create(canvas);
  if (!renderer) throw new Error("this browser has neither WebGL2 nor a 2D canvas");
  const layers = new InkLayers(stage);
  for (const child of [canvas, layers.ink, layers.live]) lay(child);
  if (getComputedStyle(stage).position === "static") stage.style.position = "relative";
  stage.style.overflow = "hidden";
  stage.style.touchAction = "none";
  if (stage.tabIndex < 0) stage.tabIndex = 0;

  const cursor = new Cursor(stage);
  const compare = new CompareHandle(stage, (position) => actions.setComparePosition(position));
  const pictures = new Pictures(gl !== null && !matchMedia("(prefers-reduced-motion: reduce)").matches);

  let size = { height: stage.clientHeight || 1, width: stage.clientWidth || 1 };
  let device = { height: size.height, width: size.width };
  /** @type {Tiles | null} */
  let tiles = null;
  /** @type {{image: ImageBitmap, photo: {height: number, width: number}} | null} */
  let base = null;
  /** @type {import("./compositor.js").Scene | null} */
  let scene = null;
  const dirty = { photo: true, ink: true, upper: true };
  const now = { space: false, panning: false, alt: false, overStroke: false };
  /** @type {[number, number] | null} where the pointer is, not told to the store yet */
  let untold = null;
  let toldPointer = 0;
  let request = 0;
  const counts = { composed: 0, composeMs: 0, inkMs: 0, frames: 0 };
  /** @type {Latency[]} */
  const latencies = [];
  let latency = 0;

  /** @param {{photo?: boolean, ink?: boolean, upper?: boolean}} [what] */
  function again(what = {}) {
    dirty.photo ||= what.photo ?? false;
    dirty.ink ||= what.ink ?? false;
    dirty.upper ||= what.upper ?? false;
    request ||= requestAnimationFrame(frame);
  }

  const read = () => store.get();
  /** @param {number} x @param {number} y */
  const photoPoint = (x, y) => toPhoto(store.get().view, size, x, y);

  const painting = new Painting({
    read,
    layers,
    toPhoto: photoPoint,
    live: (stroke) => actions.strokeLive(stroke),
    done(stroke) {
      actions.strokeDone(stroke);
      again({ upper: true, ink: stroke.kind === "erase" });
    },
    undone: () => again({ upper: true, ink: painting.stroke?.kind !== "color" }),
  });
  const selecting = new Selecting({
    read,
    toPhoto: photoPoint,
    select: (ids) => actions.select(ids),
    move: (by) => actions.moveSelected(by),
    changed: () => again({ upper: true, ink: true }),
  });

  /** @param {(view: View, project: Project) => View} change */
  function look(change) {
    const { view, project } = store.get();
    if (project) actions.setView(change(view, project));
  }

  const pointers = new Pointers({
    read: () => ({ tool: read().tool, space: now.space, open: read().project !== null }),
    strokeBegin: (s, eraser) => painting.begin(s, eraser),
    strokeMove: (samples) => painting.move(samples),
    strokeEnd: () => painting.finish(),
    strokeCancel: () => painting.cancel(),
    pan: (dx, dy) => look((view, project) => panBy(view, project, size, dx, dy)),
    zoom: (x, y, factor) => look((view, project) => zoomAt(view, project, size, x, y, factor)),
    pick(s) {
      const color = readPixel(...photoPoint(s.x, s.y));
      if (color) actions.pickColor(color);
    },
    press: (s) => selecting.press(s),
    drag: (dx, dy) => selecting.drag(dx, dy),
    dragEnd: (done) => selecting.dragEnd(done),
    marquee: (from, to) => selecting.frame(from, to),
    marqueeEnd: (from, to) => selecting.frameEnd(from, to),
    clickEmpty: (s) => selecting.clickEmpty(s),
    hover(s) {
      cursor.at = [s.x, s.y];
      cursor.touch = s.type === "touch";
      untold = [s.x, s.y];
      now.overStroke = store.get().tool === "select" && !pointers.busy && selecting.at(s.x, s.y) !== null;
      again();
    },
  });

  const ignore = listen(stage, {
    pointers,
    wheel(x, y, dx, dy, kind) {
      if (kind === "size") actions.setSize(-dy / WHEEL_SIZE);
      else if (kind === "pan") look((view, project) => panBy(view, project, size, -dx - dy, 0));
      else look((view, project) => zoomAt(view, project, size, x, y, Math.exp(-dy * WHEEL_ZOOM)));
    },
    space(held) {
      now.space = held;
      again();
    },
    modifiers(_shift, alt) {
      if (now.alt === alt) return;
      now.alt = alt;
      again();
    },
    leave() {
      cursor.at = null;
      untold = null;
      if (store.get().pointer) actions.setPointer(null);
      again();
    },
    painted(event) {
      now.panning = pointers.gesture?.kind === "pan";
      if (!painting.active || painting.straight) return;
      latencies[latency % MOST_LATENCIES] = { eventTime: event.timeStamp, painted: performance.now() };
      latency += 1;
    },
  });

  /** @param {number} time */
  function frame(time) {
    request = 0;
    const state = store.get();
    const { project, view, document } = state;
    now.panning = pointers.gesture?.kind === "pan";
    const transform = deviceTransform(view, size, device.width / size.width);
    if (dirty.ink || dirty.upper) {
      const begin = performance.now();
      drawInk(state, transform);
      counts.inkMs = performance.now() - begin;
    }
    cursor.update(state, now, state.crosshair && toStage(view, size, ...state.crosshair));
    painting.tell(time);
    if (pictures.step(time)) dirty.photo = true;
    if (dirty.photo || renderer?.unfinished) {
      const begin = performance.now();
      if (dirty.photo || !scene) scene = sceneOf(state, transform);
      dirty.photo = false;
      renderer?.draw(scene);
      counts.composeMs = performance.now() - begin;
      counts.composed += 1;
    }
    const comparing = state.compare.on && !state.compare.held && project !== null;
    compare.update(comparing, state.compare.position, t("compare.handle"));
    if (untold && (!pointers.busy || time - toldPointer > POINTER_INTERVAL)) tellPointer(time, document);
    if (renderer?.unfinished || pictures.fading || painting.untold) again();
  }

  /**
   * @param {State} state
   * @param {import("./view.js").Transform} transform
   */
  function drawInk(state, transform) {
    const moving = selecting.by !== null;
    const selected = state.document.strokes.filter((s) => state.selection.includes(s.id));
    let strokes = state.document.strokes;
    if (moving) strokes = strokes.filter((s) => !selected.includes(s));
    if (state.keyStroke) strokes = [...strokes, state.keyStroke];
    layers.place(device, transform);
    layers.show(state.showInk);
    if (dirty.ink || !layers.follows(strokes)) layers.draw(strokes, state.document.base ? base : null);
    else layers.append(strokes);
    layers.clear();
    if (state.tool === "select" && state.showInk) {
      const by = selecting.by ?? [0, 0];
      layers.select(selected, by);
      if (moving) layers.ghost(selected, by);
    }
    if (selecting.rectangle) layers.frame(frameBox(...selecting.rectangle));
    painting.redraw();
    dirty.ink = dirty.upper = false;
  }

  /** @param {{x: number, y: number}} a @param {{x: number, y: number}} b */
  function frameBox(a, b) {
    const ratio = device.width / size.width;
    return {
      top: ratio * Math.min(a.y, b.y),
      left: ratio * Math.min(a.x, b.x),
      bottom: ratio * Math.max(a.y, b.y),
      right: ratio * Math.max(a.x, b.x),
    };
  }

  /**
   * @param {State} state
   * @param {import("./view.js").Transform} transform
   * @returns {import("./compositor.js").Scene}
   */
  function sceneOf({ project, document, compare: { on, position, held } }, transform) {
    const photo = project ?? { height: 1, width: 1 };
    const part = visiblePart(transform, device, photo);
    const drawn = tiles ? tiles.select(part, levelFor(transform.scale, tiles.project.levels)) : [];
    return {
      device,
      photo,
      transform,
      tiles: drawn,
      exact: transform.scale >= EXACT,
      picture: held ? null : pictures.shown,
      before: pictures.before,
      fade: pictures.fade,
      vividness: document.settings.vividness,
      opacity: document.settings.opacity,
      slider: on && !held ? position * device.width : -1,
    };
  }

  /** @param {number} time @param {State["document"]} document */
  function tellPointer(time, document) {
    if (!untold) return;
    const [row, column] = photoPoint(...untold);
    untold = null;
    toldPointer = time;
    const gray = grayAt(row, column);
    const color = readPixel(row, column, document);
    const known = gray !== null && color !== null;
    const lightness = known ? lightnessTable(space("lab"))[gray] : 0;
    if (known) actions.setPointer({ row, column, lightness, color });
    else if (store.get().pointer) actions.setPointer(null);
  }

  /** @param {number} row @param {number} column @returns {number | null} */
  function grayAt(row, column) {
    return tiles ? tiles.grayAt(row, column) : null;
  }

  /**
   * Colour of the result at a photo point.
   * @param {number} row
   * @param {number} column
   * @returns {RGB | null}
   */
  function readPixel(row, column, { settings } = store.get().document) {
    const gray = grayAt(row, column);
    if (gray === null || !tiles) return null;
    const picture = pictures.shown;
    if (!picture || picture.zero) return [gray, gray, gray];
    const { height, width } = tiles.project;
    const model = space(picture.space);
    const light = lightnessTable(model)[gray];
    const chroma = [0, 0];
    upsample(picture, light, (Math.floor(row) + 0.5) / height, (Math.floor(column) + 0.5) / width, chroma);
    if (chroma[0] === 0 && chroma[1] === 0) return [gray, gray, gray];
    return composed(model, light, chroma[0], chroma[1], settings.vividness, settings.opacity);
  }

  /** @param {Project} project */
  async function loadBase(project) {
    try {
      const response = await fetch(`/api/projects/${encodeURIComponent(project.id)}/base.png`);
      if (!response.ok) return;
      const image = await createImageBitmap(await response.blob());
      if (tiles?.project !== project) return image.close();
      base = { image, photo: project };
      again({ ink: true });
    } catch (error) {
      console.error("the mask below the strokes could not be had:", error);
    }
  }

  /** @param {Project | null} project */
  function setProject(project) {
    const same = project !== null && tiles?.project.id === project.id;
    base?.image.close();
    base = null;
    if (!same) {
      painting.end = null;
      pointers.blur();
      pictures.clear();
      renderer?.forget();
      tiles?.close();
      tiles = project && new Tiles(project, () => again({ photo: true }));
      if (project) actions.zoomFit();
    } else if (tiles) {
      tiles.project = project;
    }
    if (project && store.get().document.base) void loadBase(project);
    again({ photo: true, ink: true, upper: true });
  }

  /** @param {Frame} received */
  function setFrame(received) {
    counts.frames += 1;
    const shown = pictures.take(received);
    if (shown) again();
    return shown;
  }

  const forget = store.subscribe((state, before) => {
    if (state.view !== before.view) again({ photo: true, ink: true, upper: true });
    if (state.document !== before.document) {
      again({ upper: true });
      if (state.document.settings !== before.document.settings) again({ photo: true });
      if (state.document.base !== before.document.base) again({ ink: true });
      if (state.document.base && !before.document.base && !base && tiles) void loadBase(tiles.project);
    }
    if (state.compare !== before.compare) again({ photo: true });
    for (const key of /** @type {const} */ (["selection", "tool", "showInk", "keyStroke"])) {
      if (state[key] !== before[key]) again({ upper: true });
    }
    for (const key of /** @type {const} */ (["kind", "color", "brushSize", "eraserSize", "crosshair"])) {
      if (state[key] !== before[key]) again();
    }
  });

  const observer = new ResizeObserver(([entry]) => {
    const { height, width } = entry.contentRect;
    if (!(height > 0 && width > 0)) return;
    size = { height, width };
    const exact = entry.devicePixelContentBoxSize?.[0];
    device = {
      height: exact?.blockSize ?? Math.round(height * devicePixelRatio),
      width: exact?.inlineSize ?? Math.round(width * devicePixelRatio),
    };
    actions.stageResized();
    again({ photo: true, ink: true, upper: true });
  });
  try {
    observer.observe(stage, { box: "device-pixel-content-box" });
  } catch {
    observer.observe(stage); // Safari does not know that box; rounding is right at whole ratios.
  }

  return {
    setProject,
    setFrame,
    readPixel: (/** @type {number} */ row, /** @type {number} */ column) => readPixel(row, column),
    grayAt,

    /** How the photo is drawn: "webgl2", or "2d" where that is missing. */
    renderer: renderer.kind,

    /** Forget which picture is shown, so that one of a lower revision may follow. */
    resetFrames: () => pictures.forgetOrder(),

    renderStats: () => ({
      renderer: renderer.kind,
      textureLimit: gl ? gl.limit : null,
      lost: gl ? gl.lost : false,
      device,
      ...counts,
      inkRedraws: layers.redraws,
      inkAppended: layers.appended,
      ...pictures.stats(),
      tiles: tiles ? { ready: tiles.ready.size, loading: tiles.loading.size, bytes: tiles.bytes } : null,
      complete: scene !== null && !dirty.photo && !renderer.unfinished && tiles?.wanted.length === 0,
      tileError: tiles?.error ?? null,
      ...renderer.stats(),
    }),

    /** When the newest pointer events of strokes happened, and when their ink was drawn. */
    inkLatencies: () => {
      const first = latency % MOST_LATENCIES;
      return latency > MOST_LATENCIES ? [...latencies.slice(first), ...latencies.slice(0, first)] : [...latencies];
    },

    destroy() {
      ignore();
      forget();
      observer.disconnect();
      cancelAnimationFrame(request);
      tiles?.close();
      renderer.destroy();
      cursor.destroy();
      compare.destroy();
      for (const child of [canvas, layers.ink, layers.live]) child.remove();
    },
  };
}

/** A canvas fills the stage and takes no events. @param {HTMLCanvasElement} canvas */
function lay(canvas) {
  Object.assign(canvas.style, {
    position: "absolute",
    inset: "0",
    width: "100%",
    height: "100%",
    pointerEvents: "none",
  });
}
