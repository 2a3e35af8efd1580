/**
 * Which chroma a photo's lightness leaves possible: the plane that the colour picker shows.
 *
 * @typedef {import("./spaces.js").Space} Space
 * @typedef {import("../types.js").RGB} RGB
 */

import { chromaFactor, composed, inGamut } from "./spaces.js";

/** Chroma that no sRGB colour reaches in any of the spaces. */
const FAR = 200;
const HUES = 90;

/**
 * Largest chroma that sRGB has at a lightness, over all hues.
 * @param {Space} space
 * @param {number} lightness
 */
export function reach(space, lightness) {
  let most = 0;
  for (let k = 0; k < HUES; k++) {
    const hue = (2 * Math.PI * k) / HUES;
    const t = chromaFactor(space, lightness, FAR * Math.cos(hue), FAR * Math.sin(hue));
    most = Math.max(most, t * FAR);
  }
  return most;
}

/**
 * The possible colours at a lightness as a picture: grey in the middle, first chroma to the right,
 * second chroma upwards. What sRGB cannot show is transparent, with a smooth edge.
 *
 * @param {Space} space
 * @param {number} lightness
 * @param {number} size side in pixels
 * @param {number} most chroma at the middle of each edge (see `reach`)
 * @returns {Uint8ClampedArray<ArrayBuffer>} (size, size, 4), as ImageData takes it
 */
export function chromaSlice(space, lightness, size, most) {
  const data = new Uint8ClampedArray(4 * size * size);
  const step = (2 * most) / size;
  for (let i = 0, at = 0; i < size; i++) {
    const b = most - (i + 0.5) * step;
    for (let j = 0; j < size; j++, at += 4) {
      const a = (j + 0.5) * step - most;
      const chroma = Math.hypot(a, b);
      const inward = chroma > step ? 1 - step / chroma : 0;
      let alpha = 1;
      if (!inGamut(space, lightness, a, b)) {
        if (!inGamut(space, lightness, inward * a, inward * b)) continue;
        alpha = 1 - (chroma * (1 - chromaFactor(space, lightness, a, b))) / step;
      }
      data.set(composed(space, lightness, a, b, 1, 1), at);
      data[at + 3] = 255 * alpha;
    }
  }
  return data;
}

/**
 * Chroma at a place of the picture that `chromaSlice` makes.
 * @param {number} x from 0 at the left to 1 at the right
 * @param {number} y from 0 at the top to 1 at the bottom
 * @param {number} most
 * @returns {[number, number]}
 */
export function chromaAt(x, y, most) {
  return [(2 * x - 1) * most, (1 - 2 * y) * most];
}

/**
 * Place of a chroma in that picture; the inverse of `chromaAt`.
 * @param {number} a
 * @param {number} b
 * @param {number} most
 * @returns {[number, number]} x and y
 */
export function placeOf(a, b, most) {
  return [(a / most + 1) / 2, (1 - b / most) / 2];
}

/**
 * Colour at a lightness and chroma, the nearest possible one of the same hue.
 * @param {Space} space
 * @param {number} lightness
 * @param {number} a
 * @param {number} b
 * @returns {RGB}
 */
export function possible(space, lightness, a, b) {
  return composed(space, lightness, a, b, 1, 1);
}
