/**
 * One pixel of `handtint.resample.joint_upsample`: coarse chroma carried to a fine pixel, guided by
 * lightness.
 *
 * A chroma picture holds, for each coarse pixel, both chroma values and the lightness of the photo.
 *
 * @typedef {object} ChromaPicture
 * @property {number} height
 * @property {number} width
 * @property {import("../types.js").SpaceName} space
 * @property {Float32Array} values (height, width, 4): first and second chroma, lightness, nothing
 * @property {boolean} zero whether there is no chroma anywhere
 */

/** Lightness difference at which a coarse pixel gets a quarter of its weight. */
export const RANGE = 3;

/** Least share of the weight that any lightness gets. */
export const TINY = 1e-6;

/**
 * Chroma at a place of the photo.
 *
 * @param {ChromaPicture} picture
 * @param {number} lightness of the photo there
 * @param {number} y place as a part of the height, 0 to 1
 * @param {number} x place as a part of the width, 0 to 1
 * @param {Float64Array | number[]} out takes both chroma values
 */
export function upsample(picture, lightness, y, x, out) {
  const { height, width, values } = picture;
  const py = y * height - 0.5;
  const px = x * width - 0.5;
  const top = Math.floor(py);
  const left = Math.floor(px);
  const down = py - top;
  const right = px - left;
  const y0 = Math.min(Math.max(top, 0), height - 1) * width;
  const y1 = Math.min(Math.max(top + 1, 0), height - 1) * width;
  const x0 = Math.min(Math.max(left, 0), width - 1);
  const x1 = Math.min(Math.max(left + 1, 0), width - 1);
  let total = 0;
  let a = 0;
  let b = 0;
  for (let corner = 0; corner < 4; corner++) {
    const at = 4 * ((corner < 2 ? y0 : y1) + (corner % 2 === 0 ? x0 : x1));
    const near = (corner < 2 ? 1 - down : down) * (corner % 2 === 0 ? 1 - right : right);
    const d = (lightness - values[at + 2]) / RANGE;
    const q = 1 / (1 + d * d);
    const weight = near * (q * q + TINY);
    total += weight;
    a += weight * values[at];
    b += weight * values[at + 1];
  }
  out[0] = a / total;
  out[1] = b / total;
}
