/**
 * The palette of a reference picture. The picture stays in the browser.
 *
 * @typedef {import("./types.js").RGB} RGB
 */

import { composed, fromCodes, space } from "./color/spaces.js";

const SIDE = 96;
const ROUNDS = 24;

/**
 * Centres of `count` groups of points (Lloyd's algorithm, begun at points far from each other), with
 * the largest group first. The same points always give the same centres.
 *
 * @param {readonly number[][]} points
 * @param {number} count
 * @returns {{centre: number[], size: number}[]} no empty groups
 */
export function kMeans(points, count) {
  if (!points.length) return [];
  let centres = spread(points, count);
  /** @type {number[]} */
  let sizes = [];
  for (let round = 0; round < ROUNDS; round++) {
    const sums = centres.map((c) => c.map(() => 0));
    sizes = centres.map(() => 0);
    for (const point of points) {
      const k = nearest(point, centres).index;
      sizes[k]++;
      for (let d = 0; d < point.length; d++) sums[k][d] += point[d];
    }
    const moved = centres.map((c, k) => (sizes[k] ? sums[k].map((v) => v / sizes[k]) : c));
    const still = moved.every((c, k) => distance(c, centres[k]) < 1e-6);
    centres = moved;
    if (still) break;
  }
  return centres
    .map((centre, k) => ({ centre, size: sizes[k] }))
    .filter((group) => group.size > 0)
    .sort((a, b) => b.size - a.size);
}

/**
 * Points that lie far from each other: each is the one farthest from those before.
 * @param {readonly number[][]} points
 * @param {number} count
 */
function spread(points, count) {
  const mean = points[0].map((_, d) => points.reduce((sum, p) => sum + p[d], 0) / points.length);
  const chosen = [nearest(mean, points).index];
  const far = points.map((p) => distance(p, points[chosen[0]]));
  while (chosen.length < count) {
    let best = 0;
    for (let i = 1; i < points.length; i++) if (far[i] > far[best]) best = i;
    if (far[best] <= 1e-9) break;
    chosen.push(best);
    for (let i = 0; i < points.length; i++) {
      far[i] = Math.min(far[i], distance(points[i], points[best]));
    }
  }
  return chosen.map((i) => points[i]);
}

/** @param {readonly number[]} a @param {readonly number[]} b */
function distance(a, b) {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += (a[d] - b[d]) ** 2;
  return sum;
}

/** @param {readonly number[]} point @param {readonly (readonly number[])[]} among */
function nearest(point, among) {
  let index = 0;
  let least = Infinity;
  for (let k = 0; k < among.length; k++) {
    const d = distance(point, among[k]);
    if (d < least) [index, least] = [k, d];
  }
  return { index, least };
}

/**
 * The main colours of pixels, from light to dark.
 *
 * @param {Uint8ClampedArray} pixels RGBA
 * @param {number} count
 * @returns {RGB[]}
 */
export function mainColors(pixels, count) {
  const oklab = space("oklab");
  /** @type {number[][]} */
  const points = [];
  for (let i = 0; i < pixels.length; i += 4) {
    if (pixels[i + 3] < 128) continue;
    points.push(fromCodes(oklab, [pixels[i], pixels[i + 1], pixels[i + 2]]));
  }
  return kMeans(points, count)
    .map((group) => group.centre)
    .sort((a, b) => b[0] - a[0])
    .map(([l, a, b]) => composed(oklab, l, a, b, 1, 1));
}

/**
 * The main colours of a picture file.
 * @param {Blob} file
 * @param {number} count
 * @returns {Promise<RGB[]>}
 */
export async function paletteOf(file, count) {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no 2D canvas");
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, width, height);
  picture.close();
  return mainColors(context.getImageData(0, 0, width, height).data, count);
}
