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

import { lightnessTable, space } from "../color/spaces.js";
import { CompareHandle } from "./compare.js";
import { Cursor } from "./cursor.js";
import { InkLayers } from "./ink.js";
import { listen } from "./listen.js";
import { Painting } from "./painting.js";
import { PhotoLayer } from "./photo.js";
import { Pointers } from "./pointer.js";
import { Selecting } from "./selecting.js";
import { deviceTransform, panBy, toPhoto, toStage, zoomAt } from "./view.js";

/** Zoom of a wheel's pixel; a notch of a mouse has about a hundred. */
const WHEEL_ZOOM = 0.0016;

/** Wheel pixels of one step of the brush's size. */
const WHEEL_SIZE = 60;

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
  const photo = new PhotoLayer(stage, () => again());
  const layers = new InkLayers(stage);
  for (const child of [photo.canvas, layers.ink, layers.live]) lay(child);
  if (getComputedStyle(stage).position === "static") stage.style.position = "relative";
  stage.style.overflow = "hidden";
  stage.style.touchAction = "none";
  if (stage.tabIndex < 0) stage.tabIndex = 0;

  const cursor = new Cursor(stage);
  const compare = new CompareHandle(stage, (position) => actions.setComparePosition(position));

  let size = { height: stage.clientHeight || 1, width: stage.clientWidth || 1 };
  let device = { height: size.height, width: size.width };
  /** @type {{image: ImageBitmap, photo: {height: number, width: number}} | null} */
  let base = null;
  const dirty = { ink: true, upper: true };
  const now = { space: false, panning: false, shift: false, alt: false, overStroke: false };
  /** @type {[number, number] | null} where the pointer is, not told to the store yet */
  let untold = null;
  let toldPointer = 0;
  let request = 0;
  let inkMs = 0;
  /** @type {Latency[]} */
  const latencies = [];
  let latency = 0;

  /** @param {{photo?: boolean, ink?: boolean, upper?: boolean}} [what] */
  function again(what = {}) {
    photo.dirty ||= what.photo ?? false;
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
    strokeBegin(s, eraser) {
      painting.begin(s, eraser);
      again({ upper: true });
    },
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
      const selects = store.get().tool === "select" && !pointers.busy;
      now.overStroke = selects && selecting.at(s.x, s.y) !== null;
      again({ upper: now.shift });
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
      // While the keyboard paints, Space is its pen.
      if (held && store.get().crosshair) return false;
      now.space = held;
      again();
      return true;
    },
    modifiers(shift, alt) {
      if (now.shift === shift && now.alt === alt) return;
      again({ upper: now.shift !== shift });
      now.shift = shift;
      now.alt = alt;
    },
    leave() {
      cursor.at = null;
      untold = null;
      if (store.get().pointer) actions.setPointer(null);
      again({ upper: now.shift });
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
    const { project, view } = state;
    now.panning = pointers.gesture?.kind === "pan";
    const transform = deviceTransform(view, size, device.width / size.width);
    if (dirty.ink || dirty.upper) {
      const begin = performance.now();
      drawInk(state, transform);
      inkMs = performance.now() - begin;
    }
    cursor.update(state, now, state.crosshair && toStage(view, size, ...state.crosshair));
    painting.tell(time);
    const hand = painting.active ? "paints" : pointers.busy ? "moves" : null;
    const more = photo.frame(time, state, device, transform, hand);
    const comparing = state.compare.on && !state.compare.held && project !== null;
    compare.update(comparing, state.compare.position, t("compare.handle"));
    if (untold && (!pointers.busy || time - toldPointer > POINTER_INTERVAL)) tellPointer(time, state);
    if (more || painting.untold) again();
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
    layers.place(device, transform, state.project);
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
    const ruled = now.shift && !pointers.busy && (state.tool === "brush" || state.tool === "eraser");
    const [from, to] = [painting.end, cursor.at];
    if (ruled && from && to && !cursor.touch) layers.ruler(from, photoPoint(...to));
    const above = ruled || painting.active || selecting.rectangle !== null || selected.length > 0;
    layers.show(state.showInk && (strokes.length > 0 || base !== null), above);
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

  /** @param {number} time @param {State} state */
  function tellPointer(time, { document, pointer }) {
    if (!untold) return;
    const [row, column] = photoPoint(...untold);
    untold = null;
    toldPointer = time;
    const gray = photo.grayAt(row, column);
    const color = photo.readPixel(row, column, document.settings);
    const lightness = gray === null ? 0 : lightnessTable(space("lab"))[gray];
    if (color) actions.setPointer({ row, column, lightness, color });
    else if (pointer) actions.setPointer(null);
  }

  /** @param {number} row @param {number} column */
  const readPixel = (row, column) => photo.readPixel(row, column, store.get().document.settings);

  /** @param {Project} project */
  async function loadBase(project) {
    try {
      const response = await fetch(`/api/projects/${encodeURIComponent(project.id)}/base.png`);
      if (!response.ok) return;
      const image = await createImageBitmap(await response.blob());
      if (photo.tiles?.project !== project) return image.close();
      base = { image, photo: project };
      again({ ink: true });
    } catch (error) {
      console.error("the mask below the strokes could not be had:", error);
    }
  }

  /** @param {Project | null} project */
  function setProject(project) {
    const { tiles } = photo;
    base?.image.close();
    base = null;
    if (project && tiles?.project.id === project.id) {
      tiles.project = project;
    } else {
      pointers.blur();
      photo.open(project);
      if (project) actions.zoomFit();
    }
    if (project && store.get().document.base) void loadBase(project);
    again({ photo: true, ink: true, upper: true });
  }

  const forget = store.subscribe((state, before) => {
    if (state.view !== before.view) again({ photo: true, ink: true, upper: true });
    if (state.document !== before.document) {
      again({ upper: true });
      if (state.document.settings !== before.document.settings) again({ photo: true });
      if (state.document.base !== before.document.base) again({ ink: true });
      const { tiles } = photo;
      const comes = state.document.base && !before.document.base && !base;
      if (comes && tiles) void loadBase(tiles.project);
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
    device = deviceSize(size, entry.devicePixelContentBoxSize?.[0]);
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
    setFrame: (/** @type {Frame} */ frame) => photo.take(frame),
    readPixel,
    grayAt: (/** @type {number} */ row, /** @type {number} */ column) => photo.grayAt(row, column),

    /** How the photo is drawn: "webgl2", or "2d" where that is missing. */
    renderer: photo.renderer.kind,

    /** Forget which picture is shown, so that one of a lower revision may follow. */
    resetFrames: () => photo.pictures.forgetOrder(),

    renderStats: () => ({
      ...photo.stats(),
      device,
      inkMs,
      inkRedraws: layers.redraws,
      inkAppended: layers.appended,
      complete: photo.complete && !dirty.ink && !dirty.upper,
    }),

    /** When the newest pointer events of strokes happened, and when their ink was drawn. */
    inkLatencies: () => {
      const first = latency % MOST_LATENCIES;
      if (latency <= MOST_LATENCIES) return [...latencies];
      return [...latencies.slice(first), ...latencies.slice(0, first)];
    },

    destroy() {
      ignore();
      forget();
      observer.disconnect();
      cancelAnimationFrame(request);
      photo.destroy();
      cursor.destroy();
      compare.destroy();
      for (const child of [layers.ink, layers.live]) child.remove();
    },
  };
}

/**
 * Size in device pixels: as the browser tells it, or else as the ratio says. Where a browser only
 * pretends to a ratio, what it tells is that of the real screen.
 * @param {{height: number, width: number}} size in CSS pixels
 * @param {ResizeObserverSize | undefined} told
 */
function deviceSize(size, told) {
  const height = size.height * devicePixelRatio;
  const width = size.width * devicePixelRatio;
  const fits = told && Math.abs(told.blockSize - height) < 1 && Math.abs(told.inlineSize - width) < 1;
  return fits
    ? { height: told.blockSize, width: told.inlineSize }
    : { height: Math.max(Math.round(height), 1), width: Math.max(Math.round(width), 1) };
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
