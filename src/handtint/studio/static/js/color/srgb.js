/**
 * The sRGB encoding: transfer function and primaries, as in `handtint.color.srgb`.
 *
 * @typedef {number[][]} Matrix three rows of three
 */

const PRIMARIES = [
  [0.64, 0.33],
  [0.3, 0.6],
  [0.15, 0.06],
];
const WHITE = [0.3127, 0.329];

/**
 * Inverse of a 3 by 3 matrix, by its cofactors.
 * @param {Matrix} m
 * @returns {Matrix}
 */
export function invert(m) {
  const [[a, b, c], [d, e, f], [g, h, i]] = m;
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  return [
    [e * i - f * h, c * h - b * i, b * f - c * e],
    [f * g - d * i, a * i - c * g, c * d - a * f],
    [d * h - e * g, b * g - a * h, a * e - b * d],
  ].map((row) => row.map((v) => v / determinant));
}

/**
 * @param {Matrix} m
 * @param {number[]} v
 */
const times = (m, v) => m.map((row) => row[0] * v[0] + row[1] * v[1] + row[2] * v[2]);

/** @returns {Matrix} */
function rgbToXyz() {
  const columns = PRIMARIES.map(([x, y]) => [x / y, 1, (1 - x - y) / y]);
  const rows = [0, 1, 2].map((i) => columns.map((column) => column[i]));
  const [x, y] = WHITE;
  const scale = times(invert(rows), [x / y, 1, (1 - x - y) / y]);
  return rows.map((row) => row.map((v, j) => v * scale[j]));
}

/** XYZ from linear RGB. */
export const RGB_TO_XYZ = rgbToXyz();

/** Linear RGB from XYZ. */
export const XYZ_TO_RGB = invert(RGB_TO_XYZ);

/** XYZ of white. */
export const WHITE_XYZ = times(RGB_TO_XYZ, [1, 1, 1]);

/**
 * Linear value of an encoded value, odd in its argument.
 * @param {number} encoded
 */
export function decodeValue(encoded) {
  const size = Math.abs(encoded);
  const linear = size <= 0.04045 ? size / 12.92 : ((size + 0.055) / 1.055) ** 2.4;
  return encoded >= 0 ? linear : -linear;
}

/**
 * Encoded value of a linear value, odd in its argument.
 * @param {number} linear
 */
export function encodeValue(linear) {
  const size = Math.abs(linear);
  const encoded = size <= 0.0031308 ? size * 12.92 : 1.055 * size ** (1 / 2.4) - 0.055;
  return linear >= 0 ? encoded : -encoded;
}
