/**
 * What a hand, a pen or fingers do on the stage, as a state machine. It knows no DOM: `listen.js`
 * feeds it plain samples, and it calls what is to be done.
 *
 * One gesture at a time. A stroke ends as one stroke whatever ends it: button up, a cancelled or lost
 * pointer, a window that loses the focus. Only Escape throws it away, and a second finger that comes
 * so early that the first one was the beginning of a pinch. Once a pen was seen, touch moves the view
 * and never paints, and hands that rest on the screen while a pen paints do nothing.
 *
 * @typedef {import("../types.js").Tool} Tool
 *
 * @typedef {object} Sample
 * @property {number} id of the pointer
 * @property {"mouse" | "pen" | "touch"} type
 * @property {number} button the one that went down
 * @property {number} buttons those that are down, 0 for none
 * @property {number} x CSS pixels in the stage
 * @property {number} y
 * @property {number} pressure
 * @property {boolean} shift
 * @property {boolean} alt
 * @property {number} time milliseconds
 *
 * @typedef {object} Deeds
 * @property {() => {tool: Tool, space: boolean, open: boolean}} read open: whether there is a photo
 * @property {(s: Sample, eraser: boolean) => void} strokeBegin
 * @property {(samples: Sample[]) => void} strokeMove
 * @property {() => void} strokeEnd
 * @property {() => void} strokeCancel
 * @property {(dx: number, dy: number) => void} pan
 * @property {(x: number, y: number, factor: number) => void} zoom
 * @property {(s: Sample) => void} pick
 * @property {(s: Sample) => "stroke" | "empty"} press with the select tool
 * @property {(dx: number, dy: number) => void} drag selected strokes, since the press
 * @property {(done: boolean) => void} dragEnd
 * @property {(from: Sample, to: Sample) => void} marquee
 * @property {(from: Sample, to: Sample | null) => void} marqueeEnd null: thrown away
 * @property {(from: Sample) => void} clickEmpty
 * @property {(s: Sample) => void} hover where the pointer is, whatever it does
 */

const ERASER_BUTTON = 5;

/** A second finger within so many milliseconds and CSS pixels makes a pinch of the first. */
const PINCH_TIME = 350;
const PINCH_WAY = 24;

/** CSS pixels that make a drag of a click. */
const CLICK_WAY = 4;

/**
 * @typedef {{kind: "paint", id: number, type: Sample["type"], from: Sample, way: number}} Painting
 * @typedef {{kind: "pan", id: number, x: number, y: number}} Panning
 * @typedef {{kind: "pinch"}} Pinching
 * @typedef {{kind: "pick", id: number}} Picking
 * @typedef {{kind: "press", id: number, from: Sample, on: "stroke" | "empty"}} Pressing
 * @typedef {{kind: "drag", id: number, from: Sample}} Dragging
 * @typedef {{kind: "marquee", id: number, from: Sample, to: Sample}} Framing
 * @typedef {Painting | Panning | Pinching | Picking | Pressing | Dragging | Framing} Gesture
 */

export class Pointers {
  /** @param {Deeds} deeds */
  constructor(deeds) {
    this.deeds = deeds;
    /** @type {Gesture | null} */
    this.gesture = null;
    /** Whether a pen was ever here. */
    this.penSeen = false;
    /** @type {Map<number, Sample>} fingers on the screen that count */
    this.fingers = new Map();
  }

  /** Whether something is being done. */
  get busy() {
    return this.gesture !== null;
  }

  /**
   * @param {Sample} s
   * @returns {boolean} whether the pointer now belongs to a gesture, so that it is to be captured
   */
  down(s) {
    const { tool, space, open } = this.deeds.read();
    if (s.type === "pen") this.#penComes();
    if (s.type === "touch" && !this.#fingerComes(s)) return false;
    if (this.gesture || !open || s.button === 2) return this.#owns(s.id);
    const erases = s.type === "pen" && s.button === ERASER_BUTTON;
    if (s.button === 1 || space || tool === "pan" || (s.type === "touch" && this.penSeen)) {
      this.gesture = { kind: "pan", id: s.id, x: s.x, y: s.y };
    } else if (s.button !== 0 && !erases) {
      return false;
    } else if (tool === "eyedropper" || (tool === "brush" && s.alt)) {
      this.gesture = { kind: "pick", id: s.id };
    } else if (tool === "select" && !erases) {
      this.gesture = { kind: "press", id: s.id, from: s, on: this.deeds.press(s) };
    } else {
      this.gesture = { kind: "paint", id: s.id, type: s.type, from: s, way: 0 };
      this.deeds.strokeBegin(s, erases || tool === "eraser");
    }
    return true;
  }

  /**
   * @param {Sample[]} samples of one pointer, the newest last
   */
  move(samples) {
    const s = samples[samples.length - 1];
    if (s.type === "pen") this.penSeen = true;
    this.deeds.hover(s);
    if (s.type === "touch" && this.fingers.has(s.id)) {
      const before = this.fingers.get(s.id) ?? s;
      this.fingers.set(s.id, s);
      if (this.gesture?.kind === "pinch") return this.#pinched(before, s);
    }
    const g = this.gesture;
    if (!g || !this.#owns(s.id)) return;
    // No button is down: its release was never told, as it happened elsewhere.
    if (s.buttons === 0) return this.lost(s.id);
    if (g.kind === "paint") {
      g.way = Math.max(g.way, Math.hypot(s.x - g.from.x, s.y - g.from.y));
      this.deeds.strokeMove(samples);
    } else if (g.kind === "pan") {
      this.deeds.pan(s.x - g.x, s.y - g.y);
      g.x = s.x;
      g.y = s.y;
    } else if (g.kind !== "pick") {
      this.#selects(g, s);
    }
  }

  /**
   * The pointer went up: what it did is done.
   * @param {Sample} s
   */
  up(s) {
    this.fingers.delete(s.id);
    const g = this.gesture;
    if (g?.kind === "pinch") return this.#fingerGoes();
    if (!g || !this.#owns(s.id)) return;
    this.gesture = null;
    if (g.kind === "paint") this.deeds.strokeEnd();
    else if (g.kind === "pick") this.deeds.pick(s);
    else if (g.kind === "drag") this.deeds.dragEnd(true);
    else if (g.kind === "marquee") this.deeds.marqueeEnd(g.from, s);
    else if (g.kind === "press" && g.on === "empty") this.deeds.clickEmpty(g.from);
  }

  /**
   * The pointer is gone (cancelled, or its capture lost): a stroke closes, the rest is undone.
   * @param {number} id
   */
  lost(id) {
    this.fingers.delete(id);
    if (this.gesture?.kind === "pinch") return this.#fingerGoes();
    if (this.#owns(id)) this.#leave(true);
  }

  /** The window lost the focus. */
  blur() {
    this.fingers.clear();
    this.#leave(true);
  }

  /**
   * Throw away what is being done.
   * @returns {boolean} whether there was something
   */
  escape() {
    const any = this.gesture !== null;
    this.#leave(false);
    return any;
  }

  /** @param {number} id */
  #owns(id) {
    return this.gesture !== null && "id" in this.gesture && this.gesture.id === id;
  }

  /** @param {boolean} keep whether a stroke counts */
  #leave(keep) {
    const g = this.gesture;
    this.gesture = null;
    if (g?.kind === "paint") {
      if (keep) this.deeds.strokeEnd();
      else this.deeds.strokeCancel();
    } else if (g?.kind === "drag") {
      this.deeds.dragEnd(false);
    } else if (g?.kind === "marquee") {
      this.deeds.marqueeEnd(g.from, null);
    }
  }

  #penComes() {
    this.penSeen = true;
    // A palm may have landed before the pen: what it began gives way, and is no stroke.
    const g = this.gesture;
    const palm = g && (g.kind === "pinch" || (g.kind === "pan" && this.fingers.has(g.id)));
    const touched = g?.kind === "paint" && g.type === "touch";
    if (palm || touched) this.#leave(false);
    this.fingers.clear();
  }

  /**
   * @param {Sample} s
   * @returns {boolean} whether the finger may begin something by itself
   */
  #fingerComes(s) {
    const g = this.gesture;
    if (g?.kind === "paint" && g.type !== "touch") return false;
    this.fingers.set(s.id, s);
    if (this.fingers.size < 2) return true;
    if (g?.kind === "paint") {
      const early = s.time - g.from.time < PINCH_TIME || g.way < PINCH_WAY;
      this.#leave(!early);
    } else {
      this.#leave(false);
    }
    this.gesture = { kind: "pinch" };
    return false;
  }

  #fingerGoes() {
    if (this.fingers.size >= 2) return;
    const [finger] = this.fingers.values();
    this.gesture = finger ? { kind: "pan", id: finger.id, x: finger.x, y: finger.y } : null;
  }

  /**
   * One of two fingers moved.
   * @param {Sample} before
   * @param {Sample} now
   */
  #pinched(before, now) {
    const [first, second] = this.fingers.values();
    if (now.id !== first.id && now.id !== second.id) return;
    const other = now.id === first.id ? second : first;
    const apart = Math.hypot(now.x - other.x, now.y - other.y);
    const was = Math.hypot(before.x - other.x, before.y - other.y);
    this.deeds.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
    const factor = apart > 10 && was > 10 ? apart / was : 1;
    this.deeds.zoom((now.x + other.x) / 2, (now.y + other.y) / 2, factor);
  }

  /**
   * @param {Pressing | Dragging | Framing | Pinching} g
   * @param {Sample} s
   */
  #selects(g, s) {
    if (g.kind === "press" && Math.hypot(s.x - g.from.x, s.y - g.from.y) >= CLICK_WAY) {
      const { id, from } = g;
      this.gesture = g.on === "stroke" ? { kind: "drag", id, from } : { kind: "marquee", id, from, to: s };
    }
    const now = this.gesture;
    if (now?.kind === "drag") this.deeds.drag(s.x - now.from.x, s.y - now.from.y);
    if (now?.kind === "marquee") this.deeds.marquee(now.from, s);
  }
}
