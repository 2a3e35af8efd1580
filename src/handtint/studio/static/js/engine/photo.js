/**
 * The photo in colour, below the ink: its tiles, the chroma that is shown, and who draws them.
 *
 * @typedef {import("../types.js").Project} Project
 * @typedef {import("../types.js").RGB} RGB
 * @typedef {import("../types.js").Settings} Settings
 * @typedef {import("../types.js").State} State
 * @typedef {import("../frames.js").Frame} Frame
 * @typedef {import("./compositor.js").Scene} Scene
 * @typedef {import("./view.js").Transform} Transform
 * @typedef {import("./view.js").Size} Size
 */

import { composed, lightnessTable, space } from "../color/spaces.js";
import { upsample } from "../color/upsample.js";
import { Compositor } from "./compositor.js";
import { Fallback } from "./fallback.js";
import { Pictures } from "./pictures.js";
import { levelFor, Tiles } from "./tiles.js";
import { visiblePart } from "./view.js";

/** Device pixels a photo pixel from which pixels are shown as squares. */
const EXACT = 2;

/**
 * Milliseconds that a composition may take: little more than an animation frame. Slower ones are done
 * at half the resolution while a hand moves.
 */
const QUICK = 20;

/**
 * While a stroke is painted, a slow composition is followed by a pause of so many times its length,
 * and of so many milliseconds at most: where the processor draws, it holds up the ink.
 */
const PAUSE = 20;
const LONGEST_PAUSE = 400;

/** Milliseconds after the last movement until the full resolution comes back. */
const REST = 160;

/** The same while a better picture is about to come: drawing both sharp would delay it. */
const LONGER_REST = 600;

export class PhotoLayer {
  /**
   * @param {HTMLElement} stage
   * @param {() => void} changed called when there is something to draw
   */
  constructor(stage, changed) {
    this.changed = changed;
    this.canvas = document.createElement("canvas");
    this.canvas.className = "photo";
    this.canvas.setAttribute("aria-hidden", "true");
    stage.append(this.canvas);
    const wish = new URLSearchParams(location.search).get("renderer");
    this.gl = wish === "2d" ? null : Compositor.create(this.canvas, () => this.touch());
    const renderer = this.gl ?? Fallback.create(this.canvas);
    if (!renderer) throw new Error("this browser has neither WebGL2 nor a 2D canvas");
    this.renderer = renderer;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.pictures = new Pictures(this.gl !== null && !calm);
    /** @type {Tiles | null} */
    this.tiles = null;
    /** @type {Scene | null} */
    this.scene = null;
    this.dirty = true;
    this.composed = 0;
    this.frames = 0;
    /** When it was last drawn. */
    this.drawn = -Infinity;
    /** When a hand last moved, and what brings the full resolution back. */
    this.moved = -Infinity;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.rest = undefined;
  }

  /** It is to be drawn anew. */
  touch() {
    this.dirty = true;
    this.changed();
  }

  /** @param {Project | null} project another one than before */
  open(project) {
    this.pictures.clear();
    this.renderer.forget();
    this.tiles?.close();
    this.tiles = project && new Tiles(project, () => this.touch());
    this.touch();
  }

  /** @param {Frame} frame @returns {boolean} whether it is shown */
  take(frame) {
    this.frames += 1;
    const shown = this.pictures.take(frame);
    if (shown) this.changed();
    return shown;
  }

  /**
   * Draw what changed.
   * @param {number} time
   * @param {State} state
   * @param {Size} device
   * @param {Transform} transform
   * @param {"paints" | "moves" | null} hand what a hand does
   * @returns {boolean} whether there is more to do in the next animation frame
   */
  frame(time, state, device, transform, hand) {
    const { pictures, renderer } = this;
    if (hand || this.scene?.transform.scale !== transform.scale) this.moved = time;
    if (pictures.step(time, renderer.cost < QUICK)) this.dirty = true;
    // What the graphics card has not finished yet is not overtaken: its queue would delay the ink.
    if (renderer.busy) return true;
    const pause = Math.min(PAUSE * renderer.last, LONGEST_PAUSE);
    // A live picture is out of date when its stroke has ended, and the next one about to come.
    const held = hand === "paints" || (pictures.live && time - this.moved < REST);
    if (held && renderer.cost > QUICK && time - this.drawn < pause) return this.dirty;
    const rest = pictures.rough ? LONGER_REST : REST;
    const coarse = time - this.moved < rest && renderer.cost > QUICK;
    if (this.dirty || !this.scene) {
      this.scene = this.#sceneOf(state, device, transform, coarse ? 2 : 1);
      this.dirty = false;
      this.drawn = time;
      this.composed += 1;
      renderer.draw(this.scene);
    } else if (renderer.unfinished) {
      renderer.draw(this.scene);
    }
    if (this.scene.reduce > 1) {
      clearTimeout(this.rest);
      this.rest = setTimeout(() => this.touch(), this.moved + rest - time + 20);
    }
    // Its end is waited for, to know how long it took.
    return renderer.unfinished || renderer.pending !== null || pictures.fading;
  }

  /**
   * @param {State} state
   * @param {Size} device
   * @param {Transform} transform
   * @param {number} reduce
   * @returns {Scene}
   */
  #sceneOf({ project, document, compare: { on, position, held } }, device, transform, reduce) {
    const { tiles, pictures } = this;
    const photo = project ?? { height: 1, width: 1 };
    const part = visiblePart(transform, device, photo);
    const level = tiles ? levelFor(transform.scale, tiles.project.levels) : 0;
    return {
      device,
      reduce,
      photo,
      transform,
      part,
      tiles: tiles ? tiles.select(part, level) : [],
      exact: transform.scale >= EXACT || transform.scale === 1,
      picture: held ? null : pictures.shown,
      before: pictures.before,
      fade: pictures.fade,
      vividness: document.settings.vividness,
      opacity: document.settings.opacity,
      slider: on && !held ? position * device.width : -1,
    };
  }

  /**
   * Code value of the photo at a point.
   * @param {number} row
   * @param {number} column
   * @returns {number | null} null where there is no photo, or not yet
   */
  grayAt(row, column) {
    return this.tiles ? this.tiles.grayAt(row, column) : null;
  }

  /**
   * Colour of the result at a point of the photo.
   * @param {number} row
   * @param {number} column
   * @param {Settings} settings
   * @returns {RGB | null}
   */
  readPixel(row, column, { vividness, opacity }) {
    const gray = this.grayAt(row, column);
    if (gray === null || !this.tiles) return null;
    const picture = this.pictures.shown;
    if (!picture || picture.zero) return [gray, gray, gray];
    const { height, width } = this.tiles.project;
    const model = space(picture.space);
    const light = lightnessTable(model)[gray];
    const [y, x] = [(Math.floor(row) + 0.5) / height, (Math.floor(column) + 0.5) / width];
    const chroma = [0, 0];
    upsample(picture, light, y, x, chroma);
    if (chroma[0] === 0 && chroma[1] === 0) return [gray, gray, gray];
    return composed(model, light, chroma[0], chroma[1], vividness, opacity);
  }

  stats() {
    const { tiles, renderer, scene, gl } = this;
    const { ready, loading, bytes } = tiles ?? { ready: null, loading: null, bytes: 0 };
    return {
      renderer: renderer.kind,
      textureLimit: gl ? gl.limit : null,
      lost: gl ? gl.lost : false,
      composed: this.composed,
      composeMs: renderer.cost,
      reduced: scene ? scene.reduce : 1,
      frames: this.frames,
      ...this.pictures.stats(),
      tiles: { ready: ready?.size ?? 0, loading: loading?.size ?? 0, bytes },
      tileError: tiles?.error ?? null,
      ...renderer.stats(),
    };
  }

  /** Whether everything that is to be seen is drawn, at its full resolution. */
  get complete() {
    const { scene, renderer, tiles, pictures } = this;
    const drawn = scene !== null && scene.reduce === 1 && !this.dirty && !renderer.unfinished;
    return drawn && !pictures.next && !pictures.fading && tiles !== null && tiles.wanted.length === 0;
  }

  destroy() {
    clearTimeout(this.rest);
    this.tiles?.close();
    this.renderer.destroy();
    this.canvas.remove();
  }
}
