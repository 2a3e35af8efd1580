/**
 * The chroma that is shown: newer frames replace it, and a picture on another grid fades in.
 *
 * @typedef {import("../color/upsample.js").ChromaPicture} ChromaPicture
 * @typedef {import("../frames.js").Frame} Frame
 * @typedef {import("../frames.js").ChromaFrame} ChromaFrame
 * @typedef {import("../frames.js").GuideFrame} GuideFrame
 */

import { gridKey, joined, replaces } from "../frames.js";

/** Milliseconds of a fade. */
const FADE = 120;

export class Pictures {
  /** @param {boolean} fades whether pictures may fade in */
  constructor(fades) {
    this.fades = fades;
    /** @type {Map<string, GuideFrame>} */
    this.guides = new Map();
    /** @type {ChromaPicture | null} */
    this.shown = null;
    /** @type {ChromaPicture | null} */
    this.before = null;
    /** Share of the new picture. */
    this.fade = 1;
    this.began = 0;
    /** @type {ChromaFrame | null} taken, and not made into a picture yet */
    this.next = null;
    /** @type {ChromaFrame | null} whose guide has not come yet */
    this.early = null;
    /** @type {Pick<ChromaFrame, "rev" | "stage" | "live" | "height" | "width"> | null} */
    this.order = null;
    this.dropped = 0;
    this.taken = 0;
  }

  /** Another photo: nothing is known of it. */
  clear() {
    this.guides.clear();
    this.shown = this.before = null;
    this.next = this.early = null;
    this.order = null;
    this.fade = 1;
  }

  forgetOrder() {
    this.order = null;
  }

  /** Whether what is shown is a preview or on its way: the chosen method has not ended. */
  get rough() {
    return this.order?.stage === "preview" || this.order?.stage === "progress";
  }

  /** Whether the newest picture is of a stroke that is being painted. */
  get live() {
    return this.order?.live ?? false;
  }

  get fading() {
    return this.fade < 1;
  }

  /**
   * @param {Frame} frame
   * @returns {boolean} whether there is something new to show
   */
  take(frame) {
    if (frame.type === "guide") {
      this.guides.set(gridKey(frame), frame);
      const waiting = this.early;
      this.early = null;
      return waiting ? this.take(waiting) : false;
    }
    if (!replaces(frame, this.order)) {
      this.dropped += 1;
      return false;
    }
    if (!this.guides.has(gridKey(frame))) {
      this.early = frame;
      return false;
    }
    const { rev, stage, live, height, width } = frame;
    this.order = { rev, stage, live, height, width };
    this.next = frame;
    this.taken += 1;
    return true;
  }

  /**
   * Bring what is shown up to date; to be called once an animation frame.
   * @param {number} time
   * @param {boolean} [quick] whether there is time for a fade
   * @returns {boolean} whether the picture looks different now
   */
  step(time, quick = true) {
    const frame = this.next;
    this.next = null;
    const guide = frame && this.guides.get(gridKey(frame));
    if (frame && guide) {
      const old = this.shown;
      this.shown = joined(frame, guide);
      const other = old && (old.height !== frame.height || old.width !== frame.width);
      const fades = quick && this.fades && other && !frame.live && old.space === frame.space;
      this.before = fades ? old : null;
      this.fade = fades ? 0 : 1;
      this.began = time;
      return true;
    }
    if (this.fade === 1) return false;
    this.fade = Math.min((time - this.began) / FADE, 1);
    if (this.fade === 1) this.before = null;
    return true;
  }

  stats() {
    return { shown: this.order, framesTaken: this.taken, framesDropped: this.dropped };
  }
}
