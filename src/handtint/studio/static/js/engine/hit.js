/**
 * Which stroke is at a place. Pure.
 *
 * Later strokes lie on top. An eraser's stroke shows nothing itself and hides what lies below it.
 *
 * @typedef {import("../types.js").Stroke} Stroke
 * @typedef {import("../types.js").Point} Point
 * @typedef {{top: number, left: number, bottom: number, right: number}} Box
 */

/**
 * Distance from a place to the edge of a stroke; negative on it.
 * @param {Stroke} stroke
 * @param {number} row
 * @param {number} column
 */
export function distanceTo(stroke, row, column) {
  const { points, pressure, width } = stroke;
  let least = Infinity;
  for (let i = 0; i < Math.max(points.length - 1, 1); i++) {
    const j = Math.min(i + 1, points.length - 1);
    const [r, c] = points[i];
    const dr = points[j][0] - r;
    const dc = points[j][1] - c;
    const p = pressure ? pressure[i] : 1;
    const dp = (pressure ? pressure[j] : 1) - p;
    const length2 = dr * dr + dc * dc;
    const along = length2 > 0 ? ((row - r) * dr + (column - c) * dc) / length2 : 0;
    const t = Math.min(Math.max(along, 0), 1);
    const off = Math.hypot(row - r - t * dr, column - c - t * dc) - (width / 2) * (p + t * dp);
    // A cap that is wider than the taper says counts too.
    const start = Math.hypot(row - r, column - c) - (width / 2) * p;
    const end = Math.hypot(row - points[j][0], column - points[j][1]) - (width / 2) * (p + dp);
    least = Math.min(least, off, start, end);
  }
  return least;
}

/** @type {WeakMap<Stroke, Box>} */
const boxes = new WeakMap();

/**
 * Rectangle around a stroke, its width included.
 * @param {Stroke} stroke
 * @returns {Box}
 */
export function boxOf(stroke) {
  let box = boxes.get(stroke);
  if (!box) {
    box = { top: Infinity, left: Infinity, bottom: -Infinity, right: -Infinity };
    for (const [row, column] of stroke.points) {
      box.top = Math.min(box.top, row);
      box.left = Math.min(box.left, column);
      box.bottom = Math.max(box.bottom, row);
      box.right = Math.max(box.right, column);
    }
    const half = stroke.width / 2;
    box = {
      top: box.top - half,
      left: box.left - half,
      bottom: box.bottom + half,
      right: box.right + half,
    };
    boxes.set(stroke, box);
  }
  return box;
}

/**
 * @param {Box} a
 * @param {Box} b
 */
export const meet = (a, b) =>
  a.top <= b.bottom && b.top <= a.bottom && a.left <= b.right && b.left <= a.right;

/**
 * The stroke that is seen at a place.
 * @param {readonly Stroke[]} strokes
 * @param {number} row
 * @param {number} column
 * @param {number} reach photo pixels by which a place may miss a stroke
 * @returns {string | null} its id
 */
export function strokeAt(strokes, row, column, reach) {
  const around = { top: row - reach, left: column - reach, bottom: row + reach, right: column + reach };
  /** @type {string | null} */
  let near = null;
  let least = reach;
  for (let i = strokes.length - 1; i >= 0; i--) {
    const stroke = strokes[i];
    if (!meet(boxOf(stroke), around)) continue;
    const off = distanceTo(stroke, row, column);
    if (stroke.kind === "erase") {
      if (off <= 0) return near;
    } else if (off <= 0) {
      return stroke.id;
    } else if (off < least) {
      least = off;
      near = stroke.id;
    }
  }
  return near;
}

/**
 * Strokes whose line meets a rectangle, without those of the eraser.
 * @param {readonly Stroke[]} strokes
 * @param {Box} box
 * @returns {string[]} ids
 */
export function strokesIn(strokes, box) {
  return strokes
    .filter((stroke) => stroke.kind !== "erase" && meet(boxOf(stroke), box) && crosses(stroke, box))
    .map((stroke) => stroke.id);
}

/**
 * @param {Stroke} stroke
 * @param {Box} box
 */
function crosses({ points }, box) {
  return points.some((point, i) => segmentMeets(point, points[Math.min(i + 1, points.length - 1)], box));
}

/**
 * Whether a segment has a point in a rectangle: Liang and Barsky's clipping.
 * @param {Point} from
 * @param {Point} to
 * @param {Box} box
 */
function segmentMeets([r0, c0], [r1, c1], box) {
  let enter = 0;
  let leave = 1;
  for (const [start, step, low, high] of [
    [r0, r1 - r0, box.top, box.bottom],
    [c0, c1 - c0, box.left, box.right],
  ]) {
    if (step === 0) {
      if (start < low || start > high) return false;
    } else {
      const a = (low - start) / step;
      const b = (high - start) / step;
      enter = Math.max(enter, Math.min(a, b));
      leave = Math.min(leave, Math.max(a, b));
    }
  }
  return enter <= leave;
}
