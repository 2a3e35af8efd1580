/**
 * How one stroke looks on a 2D canvas, whose transform goes from photo to device pixels.
 *
 * Colour is shown in its colour, "keep grey" as grey hatching, a barrier as a magenta line, ignored
 * places as cyan hatching; all with a thin rim, so that a stroke is seen on its own colour. Strokes
 * are opaque and cut out what lies below them: the whole canvas is made see-through, not the ink. An
 * eraser's stroke cuts out only.
 *
 * @typedef {import("../types.js").Stroke} Stroke
 * @typedef {Pick<Stroke, "kind" | "color" | "width" | "points" | "pressure">} Ink
 * @typedef {CanvasRenderingContext2D} Context
 */

/** Narrowest line in device pixels; thinner ones could not be seen. */
const HAIR = 1.5;

const MAGENTA = "#f02fc2";
const CYAN = "#19c3d9";

/** @type {WeakMap<readonly unknown[], {path: Path2D, width: number}>} by the points of a stroke */
const paths = new WeakMap();

/**
 * Outline of a stroke: a polyline to be stroked, or, with pressure, an area to be filled.
 * @param {Ink} ink
 * @returns {Path2D}
 */
export function pathOf(ink) {
  const known = paths.get(ink.points);
  // Without pressure the width is no part of the outline.
  if (known && (known.width === ink.width || !ink.pressure)) return known.path;
  const path = partOf(ink, 0, ink.points.length - 1);
  paths.set(ink.points, { path, width: ink.width });
  return path;
}

/**
 * Outline of a stroke from one of its points to another.
 * @param {Ink} ink
 * @param {number} first
 * @param {number} last
 * @returns {Path2D}
 */
export function partOf({ points, pressure, width }, first, last) {
  const path = new Path2D();
  if (pressure) {
    for (let i = first; i <= last; i++) {
      addCapsule(path, points, pressure, width / 2, i, Math.min(i + 1, last));
    }
    return path;
  }
  path.moveTo(points[first][1], points[first][0]);
  // A line of no length would have no round ends.
  if (first === last) path.lineTo(points[first][1] + 1e-3, points[first][0]);
  for (let i = first + 1; i <= last; i++) path.lineTo(points[i][1], points[i][0]);
  return path;
}

/**
 * Two circles and their common tangents; all run clockwise, so that they unite when filled.
 * @param {Path2D} path
 * @param {Stroke["points"]} points
 * @param {number[]} pressure
 * @param {number} half
 * @param {number} i
 * @param {number} j
 */
function addCapsule(path, points, pressure, half, i, j) {
  const [r0, c0] = points[i];
  const [r1, c1] = points[j];
  const from = half * pressure[i];
  const to = half * pressure[j];
  path.moveTo(c0 + from, r0);
  path.arc(c0, r0, from, 0, 2 * Math.PI);
  const apart = Math.hypot(r1 - r0, c1 - c0);
  if (apart <= Math.abs(from - to)) return;
  const ahead = Math.atan2(r1 - r0, c1 - c0);
  const aside = Math.acos((from - to) / apart);
  const [left, right] = [ahead - aside, ahead + aside];
  path.moveTo(c0 + from * Math.cos(left), r0 + from * Math.sin(left));
  path.lineTo(c1 + to * Math.cos(left), r1 + to * Math.sin(left));
  path.lineTo(c1 + to * Math.cos(right), r1 + to * Math.sin(right));
  path.lineTo(c0 + from * Math.cos(right), r0 + from * Math.sin(right));
  path.closePath();
}

/** @type {Map<string, CanvasPattern>} */
const hatches = new Map();

/**
 * Diagonal lines on a ground, of the same size at any zoom.
 * @param {Context} context
 * @param {string} line
 * @param {string | null} ground
 * @returns {CanvasPattern | string}
 */
function hatch(context, line, ground) {
  const ratio = Math.max(Math.round(devicePixelRatio), 1);
  const name = `${line} ${ground} ${ratio}`;
  let pattern = hatches.get(name);
  if (!pattern) {
    const side = 8 * ratio;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = side;
    const pen = canvas.getContext("2d");
    if (!pen) return line;
    if (ground) {
      pen.fillStyle = ground;
      pen.fillRect(0, 0, side, side);
    }
    pen.strokeStyle = line;
    pen.lineWidth = 2 * ratio;
    for (const shift of [-side, 0, side]) {
      pen.moveTo(shift - 1, side + 1);
      pen.lineTo(shift + side + 1, -1);
    }
    pen.stroke();
    const made = context.createPattern(canvas, "repeat");
    if (!made) return line;
    pattern = made;
    hatches.set(name, pattern);
  }
  pattern.setTransform(context.getTransform().inverse());
  return pattern;
}

/**
 * @param {Context} context
 * @param {Ink} ink
 * @returns {{fill: string | CanvasPattern, rim: string}}
 */
function look(context, { kind, color }) {
  if (kind === "neutral") return { fill: hatch(context, "#b9b9b9", "#7d7d7d"), rim: "#f2f2f2" };
  if (kind === "barrier") return { fill: MAGENTA, rim: "#4d0a3e" };
  if (kind === "ignore") return { fill: hatch(context, CYAN, null), rim: CYAN };
  const [r, g, b] = color ?? [128, 128, 128];
  const light = 0.3 * r + 0.59 * g + 0.11 * b;
  return { fill: `rgb(${r}, ${g}, ${b})`, rim: light > 110 ? "#222222" : "#e8e8e8" };
}

/**
 * Draw a stroke, or a part of it.
 * @param {Context} context
 * @param {Ink} ink
 * @param {number} scale device pixels a photo pixel
 * @param {Path2D} [path] the part; all of it if not given
 */
export function drawInk(context, ink, scale, path = pathOf(ink)) {
  const width = Math.max(ink.width, HAIR / scale);
  const tapered = ink.pressure !== undefined;
  /** @param {string | CanvasPattern} style @param {number} wider */
  const lay = (style, wider) => {
    context.strokeStyle = style;
    context.fillStyle = style;
    context.lineWidth = tapered ? Math.max(wider, 0) : Math.max(width + wider, 0.5 / scale);
    if (tapered) {
      if (wider > 0) context.stroke(path);
      context.fill(path);
    } else {
      context.stroke(path);
    }
  };
  context.lineCap = "round";
  context.lineJoin = "round";
  if (ink.kind === "erase") {
    context.globalCompositeOperation = "destination-out";
    lay("#000", 0);
    context.globalCompositeOperation = "source-over";
    return;
  }
  const { fill, rim } = look(context, ink);
  // The rim lies outside: what is covered by the fill is what the brush covers.
  const line = (2 * Math.min(devicePixelRatio, 2)) / scale;
  lay(rim, line);
  context.globalCompositeOperation = "destination-out";
  if (typeof fill !== "string") lay("#000", 0);
  context.globalCompositeOperation = "source-over";
  lay(fill, 0);
}

/**
 * Draw the line around a selected stroke: light on dark, so that it is seen on anything.
 * @param {Context} context
 * @param {Ink} ink
 * @param {number} scale
 */
export function drawSelection(context, ink, scale) {
  const unit = Math.max(Math.min(devicePixelRatio, 2), 1) / scale;
  const path = pathOf(ink);
  const inner = Math.max(ink.width, HAIR / scale) + 3 * unit;
  context.lineCap = "round";
  context.lineJoin = "round";
  /** @param {string} style @param {number} wider */
  const ring = (style, wider) => {
    context.strokeStyle = style;
    context.fillStyle = style;
    if (ink.pressure) {
      context.lineWidth = 3 * unit + wider;
      context.stroke(path);
    } else {
      context.lineWidth = inner + wider;
      context.stroke(path);
    }
  };
  ring("#101010", 5 * unit);
  ring("#ffffff", 3 * unit);
  context.globalCompositeOperation = "destination-out";
  if (ink.pressure) {
    context.lineWidth = 3 * unit;
    context.stroke(path);
    context.fill(path);
  } else {
    context.lineWidth = inner;
    context.stroke(path);
  }
  context.globalCompositeOperation = "source-over";
}
