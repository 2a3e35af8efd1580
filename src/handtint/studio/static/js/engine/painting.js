/**
 * Painting: the stroke under the hand, from the first sample to the finished stroke.
 *
 * @typedef {import("../types.js").Point} Point
 * @typedef {import("../types.js").State} State
 * @typedef {import("../types.js").Stroke} Stroke
 * @typedef {import("./brush.js").Line} Line
 * @typedef {import("./ink.js").InkLayers} InkLayers
 * @typedef {import("./pointer.js").Sample} Sample
 *
 * @typedef {object} Surroundings
 * @property {() => State} read
 * @property {InkLayers} layers
 * @property {(x: number, y: number) => Point} toPhoto
 * @property {(stroke: Stroke | null) => void} live
 * @property {(stroke: Stroke) => void} done
 * @property {() => void} undone what shows the stroke is to be drawn anew, by `redraw`
 */

import { newId } from "../commands.js";
import { Brush, straightLine } from "./brush.js";

/** Milliseconds between two looks of the server at the stroke that is being painted. */
const LIVE_INTERVAL = 80;

export class Painting {
  /** @param {Surroundings} surroundings */
  constructor(surroundings) {
    this.around = surroundings;
    /** @type {Pick<Stroke, "id" | "kind" | "color" | "width"> | null} */
    this.stroke = null;
    /** @type {Brush | null} */
    this.brush = null;
    /** End of a straight line that is being drawn, and where it began. @type {[Point, Point] | null} */
    this.straight = null;
    /** @type {import("./ink.js").Box | null} */
    this.tail = null;
    this.from = 0;
    this.told = 0;
    this.untold = false;
  }

  get active() {
    return this.stroke !== null;
  }

  /** Where the last stroke ended: a straight line goes on from there. @returns {Point | null} */
  get end() {
    const { strokes } = this.around.read().document;
    const last = strokes[strokes.length - 1];
    return last ? last.points[last.points.length - 1] : null;
  }

  /**
   * @param {Sample} s
   * @param {boolean} eraser
   */
  begin(s, eraser) {
    const { read, toPhoto } = this.around;
    const state = read();
    const kind = eraser ? "erase" : state.kind;
    const at = toPhoto(s.x, s.y);
    this.stroke = {
      id: newId(),
      kind,
      color: kind === "color" ? [...state.color] : null,
      width: eraser ? state.eraserSize : state.brushSize,
    };
    this.tail = null;
    this.from = 0;
    this.told = s.time;
    this.brush = new Brush(state.view.scale, s.type === "pen" && state.pressure);
    this.straight = s.shift && s.type !== "touch" ? [this.end ?? at, at] : null;
    this.move([s]);
  }

  /** @param {Sample[]} samples */
  move(samples) {
    const { brush } = this;
    if (!this.stroke || !brush) return;
    if (this.straight) {
      const s = samples[samples.length - 1];
      this.straight = [this.straight[0], this.around.toPhoto(s.x, s.y)];
      // A line that turns about its beginning leaves no part as it was.
      this.around.undone();
    } else {
      for (const s of samples) {
        const [row, column] = this.around.toPhoto(s.x, s.y);
        brush.add({ row, column, pressure: s.pressure });
      }
      this.draw();
    }
    this.untold = true;
  }

  /** Draw what is new of the line. */
  draw() {
    const { stroke, brush, around } = this;
    if (!stroke || !brush) return;
    if (this.straight) {
      const { points } = straightLine(...this.straight);
      around.layers.grow({ ...stroke, points, pressure: undefined }, 0, 0, null);
      return;
    }
    brush.update();
    const { curve } = brush;
    if (!curve.length) return;
    /** @type {Point[]} */
    const points = curve.map((p) => [p.row, p.column]);
    const pressure = brush.pressed ? curve.map((p) => p.pressure) : undefined;
    const to = Math.max(brush.settled - 1, 0);
    this.tail = around.layers.grow({ ...stroke, points, pressure }, this.from, to, this.tail);
    this.from = to;
  }

  /** The whole line again: the view changed, or the layer was cleared. */
  redraw() {
    this.from = 0;
    this.tail = null;
    this.draw();
  }

  /**
   * Tell the server what is there, now and then.
   * @param {number} now
   */
  tell(now) {
    if (!this.untold || now - this.told < LIVE_INTERVAL) return;
    const stroke = this.#made();
    if (!stroke) return;
    this.told = now;
    this.untold = false;
    this.around.live(stroke);
  }

  finish() {
    const stroke = this.#made();
    this.#forget();
    if (!stroke) return this.around.undone();
    this.around.done(stroke);
  }

  cancel() {
    this.#forget();
    this.around.undone();
    this.around.live(null);
  }

  #forget() {
    this.stroke = null;
    this.brush = null;
    this.straight = null;
    this.untold = false;
  }

  /** @returns {Stroke | null} */
  #made() {
    const { stroke, brush, straight } = this;
    if (!stroke || !brush) return null;
    const most = this.around.read().session?.limits.points ?? Infinity;
    const line = straight ? straightLine(...straight) : brush.line(stroke.width, most);
    if (!line.points.length) return null;
    const { points, pressure } = line;
    return pressure ? { ...stroke, points, pressure } : { ...stroke, points };
  }
}
