/**
 * The colour disc: each hue reaches the rim at the largest chroma that it can have. Pure.
 *
 * @typedef {import("./color/spaces.js").Space} Space
 */

import { chromaFactor, recompose } from "./color/spaces.js";

/** Chroma that no sRGB colour reaches in any of the spaces. */
const FAR = 200;
const HUES = 360;

/**
 * Largest chroma of each hue, in steps of a degree.
 * @param {Space} space
 * @param {number} lightness
 * @returns {Float64Array}
 */
export function rimOf(space, lightness) {
  return Float64Array.from({ length: HUES }, (_, degree) => {
    const hue = (2 * Math.PI * degree) / HUES;
    return FAR * chromaFactor(space, lightness, FAR * Math.cos(hue), FAR * Math.sin(hue));
  });
}

/**
 * Largest chroma in the direction of (a, b).
 * @param {Float64Array} rim
 * @param {number} a
 * @param {number} b
 */
function most(rim, a, b) {
  const degree = ((Math.atan2(b, a) / (2 * Math.PI) + 1) % 1) * HUES;
  const low = Math.floor(degree) % HUES;
  const part = degree - Math.floor(degree);
  return rim[low] * (1 - part) + rim[(low + 1) % HUES] * part;
}

/**
 * Chroma at a place of the disc; outside of it, that of the rim.
 * @param {Float64Array} rim
 * @param {number} x from 0 at the left to 1 at the right
 * @param {number} y from 0 at the top to 1 at the bottom
 * @returns {[number, number]}
 */
export function chromaIn(rim, x, y) {
  const [right, up] = [2 * x - 1, 1 - 2 * y];
  const radius = Math.hypot(right, up);
  if (radius === 0) return [0, 0];
  const chroma = (Math.min(radius, 1) * most(rim, right, up)) / radius;
  return [chroma * right, chroma * up];
}

/**
 * Place of a chroma on the disc; the inverse of `chromaIn`. What is not possible lies on the rim.
 * @param {Float64Array} rim
 * @param {number} a
 * @param {number} b
 * @returns {[number, number]} x and y
 */
export function placeIn(rim, a, b) {
  const chroma = Math.hypot(a, b);
  const limit = most(rim, a, b);
  if (chroma < 1e-9 || limit < 1e-9) return [0.5, 0.5];
  const radius = Math.min(chroma / limit, 1);
  return [(1 + (radius * a) / chroma) / 2, (1 - (radius * b) / chroma) / 2];
}

/**
 * The disc as a picture. Its corners are filled too: the page cuts it round, with a smooth edge.
 * @param {Space} space
 * @param {number} lightness
 * @param {Float64Array} rim
 * @param {number} side in pixels
 * @returns {Uint8ClampedArray<ArrayBuffer>} (side, side, 4), as ImageData takes it
 */
export function drawDisc(space, lightness, rim, side) {
  const data = new Uint8ClampedArray(4 * side * side);
  for (let i = 0, at = 0; i < side; i++) {
    for (let j = 0; j < side; j++, at += 4) {
      const [a, b] = chromaIn(rim, (j + 0.5) / side, (i + 0.5) / side);
      data.set(recompose(space, lightness, a, b), at);
      data[at + 3] = 255;
    }
  }
  return data;
}
