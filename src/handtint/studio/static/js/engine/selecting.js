/**
 * The select tool: a click takes the stroke on top, Shift adds, a drag moves what is selected, and on
 * empty ground it draws a rectangle.
 *
 * @typedef {import("../types.js").Point} Point
 * @typedef {import("../types.js").State} State
 * @typedef {import("./pointer.js").Sample} Sample
 *
 * @typedef {object} Surroundings
 * @property {() => State} read
 * @property {(x: number, y: number) => Point} toPhoto
 * @property {(ids: string[]) => void} select
 * @property {(by: Point) => void} move
 * @property {() => void} changed the upper layer is to be drawn anew
 */

import { strokeAt, strokesIn } from "./hit.js";

/** CSS pixels by which a click may miss a stroke. */
const REACH = 5;

export class Selecting {
  /** @param {Surroundings} surroundings */
  constructor(surroundings) {
    this.around = surroundings;
    /** Photo pixels by which the selected strokes are being moved. @type {Point | null} */
    this.by = null;
    /** The rectangle that is being drawn, in the stage. @type {[Sample, Sample] | null} */
    this.rectangle = null;
  }

  /**
   * @param {number} x
   * @param {number} y
   * @returns {string | null} id of the stroke that a click there takes
   */
  at(x, y) {
    const { document, view, showInk } = this.around.read();
    if (!showInk) return null;
    const [row, column] = this.around.toPhoto(x, y);
    return strokeAt(document.strokes, row, column, REACH / view.scale);
  }

  /**
   * @param {Sample} s
   * @returns {"stroke" | "empty"}
   */
  press(s) {
    const id = this.at(s.x, s.y);
    if (id === null) return "empty";
    const { selection } = this.around.read();
    const has = selection.includes(id);
    if (s.shift) this.around.select(has ? selection.filter((o) => o !== id) : [...selection, id]);
    else if (!has) this.around.select([id]);
    return "stroke";
  }

  /**
   * @param {number} dx CSS pixels
   * @param {number} dy
   */
  drag(dx, dy) {
    const { scale } = this.around.read().view;
    this.by = [dy / scale, dx / scale];
    this.around.changed();
  }

  /** @param {boolean} done */
  dragEnd(done) {
    const by = this.by;
    this.by = null;
    this.around.changed();
    if (!done || !by) return;
    // Hundredths of a pixel, like the points of the strokes.
    const [row, column] = by.map((v) => Math.round(100 * v) / 100);
    if (row !== 0 || column !== 0) this.around.move([row, column]);
  }

  /**
   * @param {Sample} from
   * @param {Sample} to
   */
  frame(from, to) {
    this.rectangle = [from, to];
    this.around.changed();
  }

  /**
   * @param {Sample} from
   * @param {Sample | null} to
   */
  frameEnd(from, to) {
    this.rectangle = null;
    this.around.changed();
    if (!to) return;
    const { document, selection } = this.around.read();
    const [r0, c0] = this.around.toPhoto(from.x, from.y);
    const [r1, c1] = this.around.toPhoto(to.x, to.y);
    const found = strokesIn(document.strokes, {
      top: Math.min(r0, r1),
      left: Math.min(c0, c1),
      bottom: Math.max(r0, r1),
      right: Math.max(c0, c1),
    });
    const kept = from.shift ? selection.filter((id) => !found.includes(id)) : [];
    this.around.select([...kept, ...found]);
  }

  /** @param {Sample} s */
  clickEmpty(s) {
    if (!s.shift && this.around.read().selection.length) this.around.select([]);
  }
}
