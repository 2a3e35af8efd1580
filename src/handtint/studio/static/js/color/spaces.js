/**
 * Colour spaces of one lightness and two chroma channels: the twin of `handtint.color`.
 *
 * Lightness runs from 0 to 100, greys have chroma (0, 0). Where the colours of a space meet the RGB
 * cube, CIELAB and Oklab do so in linear values, YUV in encoded ones. All matrices are derived as
 * they are in Python, so that both give the same code values.
 *
 * Sources: IEC 61966-2-1:1999 (sRGB); CIE 15:2018 (CIELAB); B. Ottosson, "A perceptual color space
 * for image processing" (2020); ITU-R BT.601-7 and BT.709-6 (YUV).
 *
 * @typedef {import("../types.js").RGB} RGB
 * @typedef {import("../types.js").SpaceName} SpaceName
 * @typedef {[number, number, number]} Triple
 * @typedef {[number, number]} Row first and last coefficient of a matrix row that sums to one
 */

import { decodeValue, encodeValue, invert, RGB_TO_XYZ, WHITE_XYZ, XYZ_TO_RGB } from "./srgb.js";

/**
 * First and last column of a matrix, after its rows were scaled to sum to one. With these, `combine`
 * maps greys to the same grey to the last bit.
 * @param {number[][]} matrix
 * @returns {[Row, Row, Row]}
 */
function neutralRows(matrix) {
  const rows = matrix.map((row) => {
    const sum = row[0] + row[1] + row[2];
    return /** @type {Row} */ ([row[0] / sum, row[2] / sum]);
  });
  return [rows[0], rows[1], rows[2]];
}

/**
 * Product of a row with the column (p, q, r).
 * @param {Row} row
 * @param {number} p
 * @param {number} q
 * @param {number} r
 */
function combine(row, p, q, r) {
  return q + row[0] * (p - q) + row[1] * (r - q);
}

const LAB_FROM = neutralRows(RGB_TO_XYZ.map((row, i) => row.map((v) => v / WHITE_XYZ[i])));
const LAB_TO = neutralRows(XYZ_TO_RGB.map((row) => row.map((v, j) => v * WHITE_XYZ[j])));
const KNEE = 6 / 29;
const SLOPE = (29 / 3) ** 3 / 116;
const OFFSET = 16 / 116;

/** @param {number} t */
const compress = (t) => (t > KNEE ** 3 ? Math.cbrt(t) - OFFSET : SLOPE * t);

/** @param {number} f */
const expand = (f) => (f > KNEE - OFFSET ? (f + OFFSET) ** 3 : f / SLOPE);

const M1 = [
  [0.4122214708, 0, 0.0514459929],
  [0.2119034982, 0, 0.1073969566],
  [0.0883024619, 0, 0.6299787005],
].map((row) => [row[0], 1 - row[0] - row[2], row[2]]);
const M2 = [
  [0.2104542553, 0, -0.0040720468],
  [1.9779984951, 0, 0.4505937099],
  [0.0259040371, 0, -0.808675766],
].map((row, i) => [row[0], (i === 0 ? 1 : 0) - row[0] - row[2], row[2]]);
const LMS_FROM = neutralRows(M1);
const LMS_TO = neutralRows(invert(M1));
const RESPONSE = invert(M2).map((row) => /** @type {Row} */ ([row[1], row[2]]));

/**
 * A colour space: its conversions in cube coordinates.
 * @typedef {object} Space
 * @property {SpaceName} name
 * @property {number} model its number in frames and shaders
 * @property {boolean} linear whether cube coordinates are linear rather than encoded values
 * @property {(r: number, g: number, b: number) => Triple} fromCube lightness and chroma
 * @property {(lightness: number, a: number, b: number) => Triple} toCube not clipped
 */

/**
 * @param {SpaceName} name
 * @param {number} model
 * @param {Row} weights Kr and Kb
 * @returns {Space}
 */
function yuv(name, model, [kr, kb]) {
  return {
    name,
    model,
    linear: false,
    fromCube(r, g, b) {
      const y = combine([kr, kb], r, g, b);
      return [100 * y, (50 * (b - y)) / (1 - kb), (50 * (r - y)) / (1 - kr)];
    },
    toCube(lightness, u, v) {
      const red = ((1 - kr) * v) / 50;
      const blue = ((1 - kb) * u) / 50;
      const green = (kr * red + kb * blue) / (1 - kr - kb);
      const y = lightness / 100;
      return [y + red, y - green, y + blue];
    },
  };
}

/** @type {Space} */
const LAB = {
  name: "lab",
  model: 0,
  linear: true,
  fromCube(r, g, b) {
    const x = compress(combine(LAB_FROM[0], r, g, b));
    const y = compress(combine(LAB_FROM[1], r, g, b));
    const z = compress(combine(LAB_FROM[2], r, g, b));
    return [116 * y, 500 * (x - y), 200 * (y - z)];
  },
  toCube(lightness, a, b) {
    const f = lightness / 116;
    const x = expand(f + a / 500);
    const y = expand(f);
    const z = expand(f - b / 200);
    return [combine(LAB_TO[0], x, y, z), combine(LAB_TO[1], x, y, z), combine(LAB_TO[2], x, y, z)];
  },
};

/** @type {Space} */
const OKLAB = {
  name: "oklab",
  model: 1,
  linear: true,
  fromCube(r, g, b) {
    const long = Math.cbrt(combine(LMS_FROM[0], r, g, b));
    const medium = Math.cbrt(combine(LMS_FROM[1], r, g, b));
    const short = Math.cbrt(combine(LMS_FROM[2], r, g, b));
    return [
      100 * combine([M2[0][0], M2[0][2]], long, medium, short),
      100 * (M2[1][0] * (long - medium) + M2[1][2] * (short - medium)),
      100 * (M2[2][0] * (long - medium) + M2[2][2] * (short - medium)),
    ];
  },
  toCube(lightness, a, b) {
    const long = (0.01 * (lightness + RESPONSE[0][0] * a + RESPONSE[0][1] * b)) ** 3;
    const medium = (0.01 * (lightness + RESPONSE[1][0] * a + RESPONSE[1][1] * b)) ** 3;
    const short = (0.01 * (lightness + RESPONSE[2][0] * a + RESPONSE[2][1] * b)) ** 3;
    return [
      combine(LMS_TO[0], long, medium, short),
      combine(LMS_TO[1], long, medium, short),
      combine(LMS_TO[2], long, medium, short),
    ];
  },
};

/** All spaces, at the places of their model numbers. */
export const SPACES = /** @type {readonly Space[]} */ (
  Object.freeze([LAB, OKLAB, yuv("yuv", 2, [0.299, 0.114]), yuv("yuv709", 3, [0.2126, 0.0722])])
);

/** The numbers that the shaders need, so that nothing is written down twice. */
export const COEFFICIENTS = { LAB_TO, KNEE, SLOPE, OFFSET, LMS_TO, RESPONSE };

/**
 * The space of this name.
 * @param {string} name
 * @returns {Space}
 */
export function space(name) {
  const found = SPACES.find((s) => s.name === name);
  if (!found) throw new RangeError(`unknown colour space "${name}"`);
  return found;
}

/**
 * Lightness and chroma of sRGB code values.
 * @param {Space} s
 * @param {RGB} rgb
 * @returns {Triple}
 */
export function fromCodes(s, rgb) {
  const [r, g, b] = rgb.map((code) => (s.linear ? decodeValue(code / 255) : code / 255));
  return s.fromCube(r, g, b);
}

/** @type {Map<string, Float32Array>} */
const tables = new Map();

/**
 * Lightness of every grey code value of 8 bit, from 0 to 100. Shared: not to be written to.
 * @param {Space} s
 * @returns {Float32Array}
 */
export function lightnessTable(s) {
  let table = tables.get(s.name);
  if (!table) {
    table = Float32Array.from({ length: 256 }, (_, code) => fromCodes(s, [code, code, code])[0]);
    tables.set(s.name, table);
  }
  return table;
}

/**
 * Rounding moves a colour by less than this, relative to its largest channel, so that colours on
 * the boundary of the gamut count as inside.
 */
const FIT_SLACK = 1e-6;
const MARGIN = 1e-7;
const MOST_STEPS = 64;

/** @param {Triple} cube */
function inside([r, g, b]) {
  const high = Math.max(r, g, b);
  return Math.min(r, g, b) >= -FIT_SLACK * high && high <= 1 + FIT_SLACK;
}

/**
 * Whether sRGB can show this colour.
 * @param {Space} s
 * @param {number} lightness
 * @param {number} a
 * @param {number} b
 */
export function inGamut(s, lightness, a, b) {
  return inside(s.toCube(lightness, a, b));
}

/**
 * How far a colour is outside the cube; negative inside.
 * @param {Triple} cube
 */
const excessOf = ([r, g, b]) => Math.max(Math.max(r, g, b) - 1, -Math.min(r, g, b));

/**
 * Factor t in [0, 1] that brings a chroma into the gamut, lightness and hue kept: the largest one,
 * by the Illinois variant of the regula falsi (Dowell and Jarratt, doi:10.1007/BF01934364).
 * @param {Space} s
 * @param {number} lightness
 * @param {number} a
 * @param {number} b
 */
export function chromaFactor(s, lightness, a, b) {
  const cube = s.toCube(lightness, a, b);
  if (inside(cube)) return 1;
  let inner = 0;
  let outer = 1;
  let below = excessOf(s.toCube(lightness, 0, 0));
  let above = excessOf(cube);
  if (below >= 0) return 0;
  let moved = 0;
  for (let step = 0; step < MOST_STEPS; step++) {
    const t = inner - (below * (outer - inner)) / (above - below);
    const excess = excessOf(s.toCube(lightness, t * a, t * b));
    if (excess > 0) {
      outer = t;
      above = excess;
      if (moved > 0) below *= 0.5;
      moved = 1;
    } else {
      inner = t;
      below = excess;
      if (excess >= -MARGIN) break;
      if (moved < 0) above *= 0.5;
      moved = -1;
    }
  }
  return inner;
}

/**
 * Chroma as the sRGB gamut can show it at this lightness.
 * @param {Space} s
 * @param {number} lightness
 * @param {number} a
 * @param {number} b
 * @returns {[number, number]}
 */
export function reduceChroma(s, lightness, a, b) {
  const t = chromaFactor(s, lightness, a, b);
  return [t * a, t * b];
}

/**
 * Code values of one lightness and chroma that need no reduction, rounded to the nearest.
 * @param {Space} s
 * @param {number} lightness
 * @param {number} a
 * @param {number} b
 * @returns {RGB}
 */
function toCodes(s, lightness, a, b) {
  const codes = s.toCube(lightness, a, b).map((channel) => {
    const value = Math.min(Math.max(channel, 0), 1);
    return Math.floor(255 * (s.linear ? encodeValue(value) : value) + 0.5);
  });
  return [codes[0], codes[1], codes[2]];
}

/**
 * Code values of one lightness and chroma, mapped into the gamut.
 * @param {Space} s
 * @param {number} lightness
 * @param {number} a
 * @param {number} b
 * @returns {RGB}
 */
export function recompose(s, lightness, a, b) {
  const t = chromaFactor(s, lightness, a, b);
  return toCodes(s, lightness, t * a, t * b);
}

/**
 * Code values of the picture: opacity * reduce(vividness * chroma), with this lightness.
 * @param {Space} s
 * @param {number} lightness
 * @param {number} a
 * @param {number} b
 * @param {number} vividness
 * @param {number} opacity
 * @returns {RGB}
 */
export function composed(s, lightness, a, b, vividness, opacity) {
  const t = chromaFactor(s, lightness, vividness * a, vividness * b) * vividness * opacity;
  return toCodes(s, lightness, t * a, t * b);
}

/**
 * A colour at another lightness: what a stroke of it gives in the photo, hue and chroma kept as far
 * as the gamut allows.
 * @param {Space} s
 * @param {RGB} rgb
 * @param {number} lightness
 * @returns {RGB}
 */
export function atLightness(s, rgb, lightness) {
  const [, a, b] = fromCodes(s, rgb);
  return recompose(s, lightness, a, b);
}
