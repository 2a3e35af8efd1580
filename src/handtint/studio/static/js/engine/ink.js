/**
 * The layers of ink over the photo: strokes that are there, and above them what the hand does now.
 *
 * The first is drawn when the view or the document changes, and a stroke that was just painted is
 * added to it without the others. The second holds the stroke that is being painted, the selection and
 * the like; a pointer event redraws only the little rectangle where the line grew.
 *
 * @typedef {import("../types.js").Stroke} Stroke
 * @typedef {import("../types.js").Point} Point
 * @typedef {import("./marks.js").Ink} Ink
 * @typedef {import("./view.js").Transform} Transform
 * @typedef {import("./brush.js").Brush} Brush
 * @typedef {{height: number, width: number}} Size
 * @typedef {{top: number, left: number, bottom: number, right: number}} Box
 */

import { boxOf, meet } from "./hit.js";
import { drawInk, drawSelection, partOf } from "./marks.js";

/**
 * @param {string} name class of the canvas
 * @param {HTMLElement} stage
 */
function layer(name, stage) {
  const canvas = document.createElement("canvas");
  canvas.className = name;
  canvas.setAttribute("aria-hidden", "true");
  stage.append(canvas);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser has no 2D canvas");
  return { canvas, context };
}

export class InkLayers {
  /** @param {HTMLElement} stage */
  constructor(stage) {
    const below = layer("ink", stage);
    const above = layer("live", stage);
    this.ink = below.canvas;
    this.live = above.canvas;
    this.below = below.context;
    this.above = above.context;
    /** @type {Transform} */
    this.transform = { scale: 1, x: 0, y: 0 };
    /** @type {Size} */
    this.device = { height: 1, width: 1 };
    /** @type {Size} */
    this.photo = { height: 0, width: 0 };
    /** @type {readonly Stroke[]} as drawn */
    this.drawn = [];
    this.redraws = 0;
    this.appended = 0;
  }

  /**
   * @param {Size} device
   * @param {Transform} transform
   * @param {Size | null} photo
   */
  place(device, transform, photo) {
    this.photo = photo ?? { height: 0, width: 0 };
    this.device = device;
    this.transform = transform;
    for (const canvas of [this.ink, this.live]) {
      if (canvas.width === device.width && canvas.height === device.height) continue;
      canvas.width = device.width;
      canvas.height = device.height;
    }
  }

  /**
   * Show or hide the layers. An empty one is hidden too: it would cost the browser as much as a full
   * one.
   * @param {boolean} ink
   * @param {boolean} live
   */
  show(ink, live) {
    for (const [canvas, shown] of /** @type {const} */ ([[this.ink, ink], [this.live, live]])) {
      const visibility = shown ? "visible" : "hidden";
      if (canvas.style.visibility !== visibility) canvas.style.visibility = visibility;
    }
  }

  /**
   * Draw all strokes anew.
   * @param {readonly Stroke[]} strokes
   * @param {{image: ImageBitmap, photo: Size} | null} base mask below the strokes
   */
  draw(strokes, base) {
    const { below: context, transform, device } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, device.width, device.height);
    this.#enter(context);
    if (base) {
      context.imageSmoothingEnabled = false;
      context.drawImage(base.image, 0, 0, base.photo.width, base.photo.height);
    }
    const seen = this.#box(0, 0, device.width, device.height);
    for (const stroke of strokes) {
      if (meet(boxOf(stroke), seen)) drawInk(context, stroke, transform.scale);
    }
    context.restore();
    this.drawn = strokes;
    this.redraws += 1;
  }

  /**
   * Whether the strokes are those that are drawn and more, which `append` can add.
   * @param {readonly Stroke[]} strokes
   */
  follows(strokes) {
    return strokes.length >= this.drawn.length && this.drawn.every((s, i) => s === strokes[i]);
  }

  /**
   * Draw the strokes that came on top.
   * @param {readonly Stroke[]} strokes
   */
  append(strokes) {
    this.#enter(this.below);
    for (const stroke of strokes.slice(this.drawn.length)) {
      drawInk(this.below, stroke, this.transform.scale);
      this.appended += 1;
    }
    this.below.restore();
    this.drawn = strokes;
  }

  /** Clear the upper layer. */
  clear() {
    this.above.setTransform(1, 0, 0, 1, 0, 0);
    this.above.clearRect(0, 0, this.device.width, this.device.height);
  }

  /**
   * Draw what grew of the stroke that is being painted.
   *
   * @param {Ink} ink its points are those of the brush
   * @param {number} from first point that may have changed
   * @param {Box | null} tail what was drawn of the part that may change, in device pixels
   * @returns {Box} the same for the next call, which begins at the point `to`
   * @param {number} to first point that may change next time
   */
  grow(ink, from, to, tail) {
    const erases = ink.kind === "erase";
    const context = erases ? this.below : this.above;
    const start = Math.max(from - 1, 0);
    const last = ink.points.length - 1;
    if (erases) {
      // Cutting out twice is the same as once, so that nothing has to be restored.
      this.#enter(context);
      drawInk(context, ink, this.transform.scale, partOf(ink, start, last));
      context.restore();
      return this.#deviceBox(ink, Math.max(to - 1, 0), last);
    }
    let box = this.#deviceBox(ink, start, last);
    if (tail) {
      box = {
        top: Math.min(box.top, tail.top),
        left: Math.min(box.left, tail.left),
        bottom: Math.max(box.bottom, tail.bottom),
        right: Math.max(box.right, tail.right),
      };
    }
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.beginPath();
    context.rect(box.left, box.top, box.right - box.left, box.bottom - box.top);
    context.clip();
    context.clearRect(box.left, box.top, box.right - box.left, box.bottom - box.top);
    this.#enter(context);
    drawInk(context, ink, this.transform.scale, this.#within(ink, box));
    context.restore();
    context.restore();
    return this.#deviceBox(ink, Math.max(to - 1, 0), last);
  }

  /**
   * Draw strokes above the others: the one that the keyboard paints, or those being dragged.
   * @param {readonly Ink[]} inks
   * @param {Point} [by] moved by so many photo pixels
   */
  ghost(inks, by = [0, 0]) {
    const { above: context, transform } = this;
    const { scale, x, y } = transform;
    context.setTransform(scale, 0, 0, scale, x + by[1] * scale, y + by[0] * scale);
    for (const ink of inks) if (ink.kind !== "erase") drawInk(context, ink, scale);
  }

  /**
   * @param {readonly Stroke[]} strokes
   * @param {Point} [by]
   */
  select(strokes, by = [0, 0]) {
    const { above: context, transform } = this;
    const { scale, x, y } = transform;
    context.setTransform(scale, 0, 0, scale, x + by[1] * scale, y + by[0] * scale);
    for (const stroke of strokes) drawSelection(context, stroke, scale);
  }

  /**
   * Where a straight line would go.
   * @param {Point} from
   * @param {Point} to
   */
  ruler(from, to) {
    const { above: context } = this;
    const { scale, x, y } = this.transform;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.beginPath();
    context.moveTo(from[1] * scale + x, from[0] * scale + y);
    context.lineTo(to[1] * scale + x, to[0] * scale + y);
    this.#dashed();
  }

  /** Stroke the current path so that it is seen on anything. */
  #dashed() {
    const { above: context } = this;
    const ratio = Math.max(Math.round(devicePixelRatio), 1);
    context.lineWidth = ratio;
    for (const [style, dash] of /** @type {const} */ ([["#101010", 0], ["#ffffff", 4 * ratio]])) {
      context.strokeStyle = style;
      context.setLineDash(dash ? [dash, dash] : []);
      context.stroke();
    }
    context.setLineDash([]);
  }

  /**
   * The rectangle of a selection, in device pixels.
   * @param {Box} box
   */
  frame({ top, left, bottom, right }) {
    const { above: context } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "rgba(255, 255, 255, 0.12)";
    context.fillRect(left, top, right - left, bottom - top);
    context.beginPath();
    context.rect(Math.round(left) + 0.5, Math.round(top) + 0.5, right - left, bottom - top);
    this.#dashed();
  }

  /**
   * Draw in photo pixels, and on the photo only, until `restore`.
   * @param {CanvasRenderingContext2D} context
   */
  #enter(context) {
    const { scale, x, y } = this.transform;
    context.save();
    context.setTransform(scale, 0, 0, scale, x, y);
    context.beginPath();
    context.rect(0, 0, this.photo.width, this.photo.height);
    context.clip();
  }

  /**
   * Pieces of a stroke that may show in a rectangle.
   * @param {Ink} ink
   * @param {Box} box in device pixels
   * @returns {Path2D}
   */
  #within(ink, box) {
    const { points } = ink;
    const { scale } = this.transform;
    const half = ink.width / 2 + 4 / scale;
    const near = this.#box(box.left, box.top, box.right, box.bottom);
    const path = new Path2D();
    let first = -1;
    const last = Math.max(points.length - 1, 1);
    for (let i = 0; i < last; i++) {
      const [r0, c0] = points[i];
      const [r1, c1] = points[Math.min(i + 1, points.length - 1)];
      const seen =
        Math.min(r0, r1) - half <= near.bottom &&
        Math.max(r0, r1) + half >= near.top &&
        Math.min(c0, c1) - half <= near.right &&
        Math.max(c0, c1) + half >= near.left;
      if (seen && first < 0) first = i;
      if (!seen && first >= 0) {
        path.addPath(partOf(ink, first, i));
        first = -1;
      }
    }
    if (first >= 0) path.addPath(partOf(ink, first, points.length - 1));
    return path;
  }

  /**
   * Photo rectangle of a device rectangle.
   * @param {number} left
   * @param {number} top
   * @param {number} right
   * @param {number} bottom
   * @returns {Box}
   */
  #box(left, top, right, bottom) {
    const { scale, x, y } = this.transform;
    return {
      top: (top - y) / scale,
      left: (left - x) / scale,
      bottom: (bottom - y) / scale,
      right: (right - x) / scale,
    };
  }

  /**
   * Device rectangle, of whole pixels, that holds some points of a stroke and their ink.
   * @param {Ink} ink
   * @param {number} first
   * @param {number} last
   * @returns {Box}
   */
  #deviceBox({ points, width }, first, last) {
    const { scale, x, y } = this.transform;
    let [top, left, bottom, right] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = first; i <= last; i++) {
      const [row, column] = points[i];
      top = Math.min(top, row);
      left = Math.min(left, column);
      bottom = Math.max(bottom, row);
      right = Math.max(right, column);
    }
    const rim = (width / 2) * scale + 6;
    return {
      top: Math.floor(top * scale + y - rim),
      left: Math.floor(left * scale + x - rim),
      bottom: Math.ceil(bottom * scale + y + rim),
      right: Math.ceil(right * scale + x + rim),
    };
  }
}
