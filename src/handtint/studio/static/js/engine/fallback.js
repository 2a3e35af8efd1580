/**
 * The photo in colour without WebGL2: the same maths in JavaScript, at the screen's resolution.
 *
 * A screen takes some tenths of a second, so it is drawn in slices that leave the page responsive: at
 * once in coarse blocks, then pixel by pixel. A new scene begins anew.
 *
 * @typedef {import("./compositor.js").Scene} Scene
 * @typedef {import("./tiles.js").Tile} Tile
 */

import { chromaFactor, lightnessTable, space as spaceOf } from "../color/spaces.js";
import { encodeValue } from "../color/srgb.js";
import { upsample } from "../color/upsample.js";

/** Milliseconds of a slice. */
const SLICE = 9;

/** Sides of the blocks of both passes, in device pixels. */
const PASSES = [4, 1];

/** Steps of the table of encoded values, over the square root of the linear value. */
const KNOTS = 4096;

/** Encoded code values; between two entries they change by a small part of one. */
const ENCODED = Float32Array.from({ length: KNOTS + 2 }, (_, k) => 255 * encodeValue((k / KNOTS) ** 2));

/** @param {number} linear in [0, 1] */
function encoded(linear) {
  const position = Math.sqrt(linear) * KNOTS;
  const knot = Math.floor(position);
  return ENCODED[knot] + (position - knot) * (ENCODED[knot + 1] - ENCODED[knot]);
}

export class Fallback {
  kind = "2d";

  /**
   * @param {HTMLCanvasElement} canvas
   * @returns {Fallback | null}
   */
  static create(canvas) {
    const context = canvas.getContext("2d");
    return context ? new Fallback(canvas, context) : null;
  }

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {CanvasRenderingContext2D} context
   */
  constructor(canvas, context) {
    this.canvas = canvas;
    this.context = context;
    /** @type {Scene | null} */
    this.scene = null;
    /** @type {Generator<void, void, void> | null} */
    this.work = null;
  }

  get unfinished() {
    return this.work !== null;
  }

  /** What `Compositor` has: here nothing is under way after `draw`, and its slices never hold up. */
  busy = false;
  pending = null;
  cost = 0;
  last = 0;

  /**
   * Begin a scene; or, for the same scene, go on with it.
   * @param {Scene} scene
   */
  draw(scene) {
    if (scene !== this.scene) {
      this.scene = scene;
      this.work = this.#paint(scene);
    }
    const until = performance.now() + SLICE;
    while (this.work) {
      if (this.work.next().done) this.work = null;
      else if (performance.now() >= until) return;
    }
  }

  forget() {
    this.scene = null;
    this.work = null;
  }

  destroy() {
    this.forget();
  }

  stats() {
    return { textures: 0, textureBytes: 0, uploads: 0 };
  }

  /**
   * @param {Scene} scene
   * @returns {Generator<void, void, void>} pauses after each band
   */
  *#paint(scene) {
    const { canvas, context } = this;
    const { device, transform, photo } = scene;
    if (canvas.width !== device.width || canvas.height !== device.height) {
      canvas.width = device.width;
      canvas.height = device.height;
    }
    const left = Math.max(Math.floor(transform.x), 0);
    const top = Math.max(Math.floor(transform.y), 0);
    const right = Math.min(Math.ceil(transform.x + photo.width * transform.scale), device.width);
    const bottom = Math.min(Math.ceil(transform.y + photo.height * transform.scale), device.height);
    const pixel = painter(scene);
    let clean = false;
    for (const block of PASSES) {
      for (let y = top; y < bottom; y += 16) {
        const rows = Math.min(16, bottom - y);
        const image = new ImageData(Math.max(right - left, 1), rows);
        fill(image, left, y, block, pixel);
        if (!clean) context.clearRect(0, 0, device.width, device.height);
        clean = true;
        context.putImageData(image, left, y);
        yield;
      }
    }
    if (!clean) context.clearRect(0, 0, device.width, device.height);
  }
}

/**
 * @param {ImageData} image
 * @param {number} left device place of its corner
 * @param {number} top
 * @param {number} block
 * @param {(x: number, y: number, out: Uint8ClampedArray, at: number) => void} pixel
 */
function fill(image, left, top, block, pixel) {
  const { width, height, data } = image;
  const words = new Uint32Array(data.buffer);
  for (let y = 0; y < height; y += block) {
    for (let x = 0; x < width; x += block) {
      const at = y * width + x;
      pixel(left + x + block / 2, top + y + block / 2, data, 4 * at);
      const word = words[at];
      for (let j = y; block > 1 && j < Math.min(y + block, height); j++) {
        words.fill(word, j * width + x, j * width + Math.min(x + block, width));
      }
    }
  }
}

/**
 * Function that computes the colour at a place of the screen.
 * @param {Scene} scene
 * @returns {(x: number, y: number, out: Uint8ClampedArray, at: number) => void}
 */
function painter(scene) {
  const { transform, photo, picture, vividness, opacity, slider } = scene;
  const gray = sampler(scene);
  const grey = !picture || picture.zero || opacity === 0 || vividness === 0;
  const space = spaceOf(picture ? picture.space : "lab");
  const table = lightnessTable(space);
  const chroma = [0, 0];
  const place = [0, 0];
  return (x, y, out, at) => {
    place[0] = (y - transform.y) / transform.scale;
    place[1] = (x - transform.x) / transform.scale;
    const code = gray(place);
    if (code < 0) return;
    out[at + 3] = 255;
    out[at] = out[at + 1] = out[at + 2] = code;
    if (grey || !picture || x < slider) return;
    const below = Math.min(Math.floor(code), 254);
    const light = table[below] + (code - below) * (table[below + 1] - table[below]);
    upsample(picture, light, place[0] / photo.height, place[1] / photo.width, chroma);
    const a = vividness * chroma[0];
    const b = vividness * chroma[1];
    if (a === 0 && b === 0) return;
    const t = opacity * chromaFactor(space, light, a, b);
    const cube = space.toCube(light, t * a, t * b);
    for (let k = 0; k < 3; k++) {
      const value = Math.min(Math.max(cube[k], 0), 1);
      out[at + k] = space.linear ? encoded(value) : 255 * value;
    }
  };
}

/**
 * Function that gives the grey code value at a photo place (row, column), -1 outside. Where pixels are
 * shown as squares it moves the place to the middle of its pixel.
 * @param {Scene} scene
 * @returns {(place: number[]) => number}
 */
function sampler({ tiles, exact, photo }) {
  /** @type {Tile | undefined} */
  let tile;
  const order = [...tiles].reverse();
  /** @param {Tile} t @param {number} row @param {number} column */
  const holds = (t, row, column) =>
    row >= t.top && row < t.bottom && column >= t.left && column < t.right;
  return (place) => {
    const [row, column] = place;
    if (row < 0 || column < 0 || row >= photo.height || column >= photo.width) return -1;
    if (!tile || !holds(tile, row, column)) {
      tile = order.find((t) => holds(t, row, column));
      if (!tile) return -1;
    }
    const { top, left, step, height, width, data } = tile;
    const y = (row - top) / step;
    const x = (column - left) / step;
    if (exact) {
      const i = Math.floor(y);
      const j = Math.floor(x);
      place[0] = top + (i + 0.5) * step;
      place[1] = left + (j + 0.5) * step;
      return data[i * width + j];
    }
    const i = Math.floor(y - 0.5);
    const j = Math.floor(x - 0.5);
    const down = y - 0.5 - i;
    const across = x - 0.5 - j;
    const i0 = Math.max(i, 0) * width;
    const i1 = Math.min(i + 1, height - 1) * width;
    const j0 = Math.max(j, 0);
    const j1 = Math.min(j + 1, width - 1);
    const upper = data[i0 + j0] + across * (data[i0 + j1] - data[i0 + j0]);
    const lower = data[i1 + j0] + across * (data[i1 + j1] - data[i1 + j0]);
    return upper + down * (lower - upper);
  };
}
