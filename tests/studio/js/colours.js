// Colours and pixels as the page computes them, for test_color_agreement.py: a JSON object on standard
// input, its answer on standard output.

import { readFileSync } from "node:fs";

import {
  composed,
  fromCodes,
  lightnessTable,
  reduceChroma,
  space,
} from "../../../src/handtint/studio/static/js/color/spaces.js";
import { upsample } from "../../../src/handtint/studio/static/js/color/upsample.js";

/**
 * @typedef {object} Question
 * @property {string} space
 * @property {import("../../../src/handtint/studio/static/js/types.js").RGB[]} rgb
 * @property {[number, number, number][]} colours lightness and chroma
 * @property {number} vividness
 * @property {number} opacity
 * @property {number[][]} codes of a photo
 * @property {number[][]} coarse lightness
 * @property {[number, number][][]} chroma on the same grid
 */

/** @type {Question} */
const asked = JSON.parse(readFileSync(0, "utf8"));
const model = space(asked.space);
const table = lightnessTable(model);
const height = asked.coarse.length;
const width = asked.coarse[0].length;
const values = new Float32Array(4 * height * width);
asked.coarse.forEach((row, i) =>
  row.forEach((l, j) => values.set([...asked.chroma[i][j], l], 4 * (i * width + j))),
);
const picture = { height, width, space: model.name, values, zero: false };
const out = [0, 0];
const answer = {
  table: [...table],
  split: asked.rgb.map((rgb) => fromCodes(model, rgb)),
  reduced: asked.colours.map((colour) => reduceChroma(model, ...colour)),
  composed: asked.colours.map((colour) => composed(model, ...colour, asked.vividness, asked.opacity)),
  upsampled: asked.codes.map((row, i) =>
    row.map((code, j) => {
      const [y, x] = [(i + 0.5) / asked.codes.length, (j + 0.5) / row.length];
      upsample(picture, table[code], y, x, out);
      return [...out];
    }),
  ),
};
process.stdout.write(JSON.stringify(answer));
