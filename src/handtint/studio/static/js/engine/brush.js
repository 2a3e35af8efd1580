/**
 * From samples of the pointer to a smooth line without gaps. Pure.
 *
 * Two steps. Jitter: each sample moves towards the middle of its neighbours, but by less than a
 * screen pixel, so that corners stay. Curve: a centripetal Catmull-Rom spline through the samples
 * (E. Catmull and R. Rom, 1974; C. Yuksel et al., "Parameterization and applications of Catmull-Rom
 * curves", doi:10.1016/j.cad.2010.08.008), which passes through every one and makes no loops,
 * however far apart a fast hand leaves them.
 *
 * All but the last three pieces of the line are settled: they never change again, so that ink on
 * the screen is drawn once.
 *
 * @typedef {import("../types.js").Point} Point
 * @typedef {{row: number, column: number, pressure: number}} Sample
 * @typedef {{points: Point[], pressure: number[] | null}} Line
 */

/** CSS pixels between samples; nearer ones are the hand's or the device's noise. */
const LEAST_STEP = 0.7;

/** CSS pixels that smoothing may move a sample. */
const MOST_SHIFT = 0.8;

/** CSS pixels between the points of the curve. */
const CURVE_STEP = 3;

/** Pressure below this makes no visible line. */
export const LEAST_PRESSURE = 0.08;

/** Photo pixels (and CSS pixels) that simplification may move the line. */
export const TOLERANCE = 0.25;

/** Points are written down with so many steps a photo pixel. */
const STEPS = 100;

/** A line that is being painted. */
export class Brush {
  /**
   * @param {number} scale CSS pixels a photo pixel
   * @param {boolean} pressed whether pressure counts
   */
  constructor(scale, pressed) {
    this.scale = scale;
    this.pressed = pressed;
    /** @type {Sample[]} */
    this.samples = [];
    /** @type {Sample[]} samples without jitter, as far as they are settled */
    this.smooth = [];
    /** @type {Sample[]} the curve: settled points, then those that may still move */
    this.curve = [];
    /** How many points of the curve are settled. */
    this.settled = 0;
    /** @type {Sample | null} the newest sample, when too near to the last one to count */
    this.rest = null;
  }

  /**
   * Take one more sample.
   * @param {Sample} sample
   */
  add(sample) {
    const pressure = this.pressed ? Math.min(Math.max(sample.pressure, LEAST_PRESSURE), 1) : 1;
    const { row, column } = sample;
    const last = this.samples[this.samples.length - 1];
    if (last && distance(last, sample) * this.scale < LEAST_STEP) {
      this.rest = { row, column, pressure };
      return;
    }
    this.rest = null;
    // A pen reports pressure in steps and with noise; the width must not flicker.
    const calm = last ? 0.6 * last.pressure + 0.4 * pressure : pressure;
    this.samples.push({ row, column, pressure: calm });
  }

  /** Bring the curve up to date with the samples. */
  update() {
    const { samples, smooth } = this;
    const n = samples.length;
    while (smooth.length < n - 1) smooth.push(this.#calmed(smooth.length));
    this.curve.length = this.settled;
    if (n === 0) return;
    if (this.curve.length === 0) {
      this.curve.push(samples[0]);
      this.settled = 1;
    }
    const ends = [...smooth.slice(Math.max(this.#pieces - 1, 0)), samples[n - 1]];
    if (this.rest) ends.push({ ...this.rest, pressure: samples[n - 1].pressure });
    const first = Math.max(this.#pieces - 1, 0);
    const count = first + ends.length;
    /** @param {number} i */
    const at = (i) => ends[Math.min(Math.max(i, 0), count - 1) - first];
    for (let i = this.#pieces; i < count - 1; i++) {
      bend(at(i - 1), at(i), at(i + 1), at(i + 2), this.scale, this.curve);
      if (i + 2 < smooth.length) {
        this.#pieces = i + 1;
        this.settled = this.curve.length;
      }
    }
  }

  /** Pieces between two samples that are settled. */
  #pieces = 0;

  /**
   * Sample i without jitter.
   * @param {number} i
   * @returns {Sample}
   */
  #calmed(i) {
    const sample = this.samples[i];
    if (i === 0) return sample;
    const before = this.samples[i - 1];
    const after = this.samples[i + 1];
    const row = (before.row + after.row) / 4 - sample.row / 2;
    const column = (before.column + after.column) / 4 - sample.column / 2;
    const most = MOST_SHIFT / this.scale;
    const share = Math.min(1, most / Math.max(Math.hypot(row, column), 1e-12));
    return {
      row: sample.row + share * row,
      column: sample.column + share * column,
      pressure: (before.pressure + 2 * sample.pressure + after.pressure) / 4,
    };
  }

  /**
   * The line as it goes into a stroke.
   * @param {number} width of the brush, in photo pixels
   * @param {number} [most] points
   * @returns {Line}
   */
  line(width, most = Infinity) {
    this.update();
    // Half of the tolerance's remainder pays for the rounding to steps.
    let tolerance = TOLERANCE * Math.min(1, 1 / this.scale) - 0.71 / STEPS;
    tolerance = Math.max(tolerance, 0.01);
    let kept = simplify(this.curve, width, tolerance);
    while (kept.length > most && kept.length > 2) {
      tolerance *= 2;
      kept = simplify(this.curve, width, tolerance);
    }
    return written(kept, this.pressed);
  }
}

/**
 * A straight line between two points.
 * @param {Point} from
 * @param {Point} to
 * @returns {Line}
 */
export function straightLine(from, to) {
  const ends = [from, to].map(([row, column]) => ({ row, column, pressure: 1 }));
  return written(ends, false);
}

/**
 * @param {Sample} a
 * @param {Sample} b
 */
const distance = (a, b) => Math.hypot(a.row - b.row, a.column - b.column);

/**
 * Points of the curve after p1 up to p2.
 * @param {Sample} p0
 * @param {Sample} p1
 * @param {Sample} p2
 * @param {Sample} p3
 * @param {number} scale
 * @param {Sample[]} out
 */
function bend(p0, p1, p2, p3, scale, out) {
  const length = distance(p1, p2);
  const steps = Math.min(Math.max(Math.ceil((length * scale) / CURVE_STEP), 1), 200);
  // Times between the knots are the square roots of the distances.
  const t01 = Math.sqrt(distance(p0, p1));
  const t12 = Math.max(Math.sqrt(length), 1e-6);
  const t23 = Math.sqrt(distance(p2, p3));
  /** @param {"row" | "column"} key @returns {[number, number]} slopes at p1 and p2 */
  const slopes = (key) => {
    const d = (p2[key] - p1[key]) / t12;
    const before = t01 > 1e-6 ? (p1[key] - p0[key]) / t01 - (p2[key] - p0[key]) / (t01 + t12) : 0;
    const after = t23 > 1e-6 ? (p3[key] - p2[key]) / t23 - (p3[key] - p1[key]) / (t12 + t23) : 0;
    return [t12 * (before + d), t12 * (after + d)];
  };
  const row = slopes("row");
  const column = slopes("column");
  for (let k = 1; k < steps; k++) {
    const t = k / steps;
    const h1 = (1 + 2 * t) * (1 - t) ** 2;
    const h2 = t * (1 - t) ** 2;
    const h3 = t * t * (3 - 2 * t);
    const h4 = t * t * (t - 1);
    out.push({
      row: h1 * p1.row + h2 * row[0] + h3 * p2.row + h4 * row[1],
      column: h1 * p1.column + h2 * column[0] + h3 * p2.column + h4 * column[1],
      pressure: (1 - t) * p1.pressure + t * p2.pressure,
    });
  }
  out.push(p2);
}

/**
 * Fewer points that stay within a tolerance of all the given ones, in place and in the brush's
 * radius: D. Douglas and T. Peucker, doi:10.3138/FM57-6770-U75U-7727.
 *
 * @param {readonly Sample[]} points
 * @param {number} width of the brush
 * @param {number} tolerance in photo pixels
 * @returns {Sample[]}
 */
export function simplify(points, width, tolerance) {
  if (points.length < 3) return [...points];
  const keep = new Uint8Array(points.length);
  keep[0] = keep[points.length - 1] = 1;
  const spans = [[0, points.length - 1]];
  for (let span = spans.pop(); span; span = spans.pop()) {
    const [first, last] = span;
    let worst = tolerance;
    let at = -1;
    for (let i = first + 1; i < last; i++) {
      const error = deviation(points[i], points[first], points[last], width);
      if (error > worst) {
        worst = error;
        at = i;
      }
    }
    if (at < 0) continue;
    keep[at] = 1;
    spans.push([first, at], [at, last]);
  }
  return points.filter((_, i) => keep[i] === 1);
}

/**
 * How far a point is from a segment, or its radius from the segment's there.
 * @param {Sample} p
 * @param {Sample} from
 * @param {Sample} to
 * @param {number} width
 */
function deviation(p, from, to, width) {
  const dr = to.row - from.row;
  const dc = to.column - from.column;
  const length2 = dr * dr + dc * dc;
  const along = length2 > 0 ? ((p.row - from.row) * dr + (p.column - from.column) * dc) / length2 : 0;
  const t = Math.min(Math.max(along, 0), 1);
  const off = Math.hypot(p.row - from.row - t * dr, p.column - from.column - t * dc);
  const pressure = from.pressure + t * (to.pressure - from.pressure);
  return Math.max(off, (Math.abs(p.pressure - pressure) * width) / 2);
}

/**
 * @param {readonly Sample[]} samples
 * @param {boolean} pressed
 * @returns {Line}
 */
function written(samples, pressed) {
  /** @type {Point[]} */
  const points = [];
  /** @type {number[]} */
  const pressure = [];
  for (const sample of samples) {
    const row = Math.round(sample.row * STEPS) / STEPS;
    const column = Math.round(sample.column * STEPS) / STEPS;
    const last = points[points.length - 1];
    if (last && last[0] === row && last[1] === column) continue;
    points.push([row, column]);
    pressure.push(Math.max(Math.round(sample.pressure * 1000) / 1000, 0.001));
  }
  return { points, pressure: pressed && pressure.some((p) => p < 1) ? pressure : null };
}
