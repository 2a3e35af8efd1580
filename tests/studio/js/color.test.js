import assert from "node:assert/strict";
import { test } from "node:test";

import { colorName, MESSAGE_KEYS, nameOf } from "../../../src/handtint/studio/static/js/color/names.js";
import {
  atLightness,
  chromaFactor,
  composed,
  fromCodes,
  inGamut,
  lightnessTable,
  recompose,
  space,
  SPACES,
} from "../../../src/handtint/studio/static/js/color/spaces.js";
import { upsample } from "../../../src/handtint/studio/static/js/color/upsample.js";

/** @typedef {import("../../../src/handtint/studio/static/js/types.js").RGB} RGB */

/**
 * Numbers in [0, 1), the same in each run.
 * @param {number} seed
 */
function random(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * @param {() => number} next
 * @returns {RGB}
 */
function someColor(next) {
  const code = () => Math.floor(256 * next());
  return [code(), code(), code()];
}

test("code values come back from lightness and chroma", () => {
  const next = random(1);
  for (const s of SPACES) {
    for (let n = 0; n < 300; n++) {
      const rgb = someColor(next);
      assert.deepEqual(recompose(s, ...fromCodes(s, rgb)), rgb, s.name);
    }
  }
});

test("greys have no chroma, and come back as they were", () => {
  for (const s of SPACES) {
    const table = lightnessTable(s);
    assert.equal(table[0], 0);
    assert.ok(Math.abs(table[255] - 100) < 1e-5);
    for (let code = 0; code < 256; code++) {
      const [, a, b] = fromCodes(s, [code, code, code]);
      assert.ok(a === 0 && b === 0, `${s.name} ${code}`);
      assert.deepEqual(recompose(s, table[code], 0, 0), [code, code, code]);
    }
  }
});

test("what is outside the gamut comes to its boundary, with its hue", () => {
  const next = random(2);
  for (const s of SPACES) {
    for (let n = 0; n < 300; n++) {
      const [l, a, b] = [1 + 98 * next(), 400 * (next() - 0.5), 400 * (next() - 0.5)];
      const t = chromaFactor(s, l, a, b);
      assert.ok(inGamut(s, l, t * a, t * b));
      if (inGamut(s, l, a, b)) {
        assert.equal(t, 1);
        continue;
      }
      // Half a unit of chroma farther is outside; next to yellow the boundary is no single point.
      const beyond = t + 0.5 / Math.hypot(a, b);
      if (!(s.name === "lab" && l > 90)) assert.ok(!inGamut(s, l, beyond * a, beyond * b));
    }
  }
});

test("vividness acts before the gamut, opacity after it", () => {
  const lab = space("lab");
  const far = /** @type {const} */ ([60, 150, 20]);
  assert.deepEqual(composed(lab, ...far, 2, 1), composed(lab, ...far, 1, 1));
  assert.deepEqual(composed(lab, 60, 30, 20, 1, 0.5), composed(lab, 60, 15, 10, 1, 1));
  assert.deepEqual(composed(lab, 60, 30, 20, 1, 0), composed(lab, 60, 0, 0, 1, 1));
});

test("a colour keeps its hue at another lightness", () => {
  const oklab = space("oklab");
  const [l, a, b] = fromCodes(oklab, atLightness(oklab, [180, 70, 60], 30));
  const [, a0, b0] = fromCodes(oklab, [180, 70, 60]);
  assert.ok(Math.abs(l - 30) < 0.5);
  assert.ok(Math.abs(Math.atan2(b, a) - Math.atan2(b0, a0)) < 0.05);
});

test("an unknown space is named", () => {
  assert.throws(() => space("hsv"), /"hsv"/);
});

test("upsampling keeps a flat chroma and follows the edges of lightness", () => {
  const values = new Float32Array(4 * 4);
  for (const [k, [a, b, l]] of [
    [10, 5, 20],
    [-10, 0, 80],
    [10, 5, 20],
    [-10, 0, 80],
  ].entries()) {
    values.set([a, b, l, 0], 4 * k);
  }
  const picture = { height: 2, width: 2, space: /** @type {const} */ ("lab"), values, zero: false };
  const out = [0, 0];
  upsample(picture, 20, 0.5, 0.5, out);
  assert.ok(Math.abs(out[0] - 10) < 0.05);
  upsample(picture, 80, 0.5, 0.5, out);
  assert.ok(Math.abs(out[0] + 10) < 0.05);
  upsample(picture, 20, 0, 0, out);
  assert.ok(Math.abs(out[0] - 10) < 1e-6 && Math.abs(out[1] - 5) < 1e-6);
});

test("nothing but black and white is possible at the ends of lightness", () => {
  assert.deepEqual(recompose(space("lab"), 0, 20, 20), [0, 0, 0]);
  assert.deepEqual(recompose(space("lab"), 100, 20, 20), [255, 255, 255]);
});

/** @type {[RGB, string, string | null][]} */
const NAMED = [
  [[0, 0, 0], "black", null],
  [[255, 255, 255], "white", null],
  [[128, 128, 128], "grey", null],
  [[200, 30, 30], "red", "vivid"],
  [[101, 51, 36], "red_brown", null],
  [[58, 26, 18], "red_brown", "dark"],
  [[120, 80, 45], "brown", null],
  [[255, 140, 0], "orange", null],
  [[224, 172, 140], "skin", null],
  [[245, 240, 225], "cream", null],
  [[210, 180, 140], "beige", null],
  [[85, 107, 47], "moss_green", null],
  [[128, 128, 0], "olive", null],
  [[0, 130, 60], "green", null],
  [[100, 110, 90], "moss_green", "greyish"],
  [[0, 128, 128], "teal", null],
  [[135, 206, 235], "sky_blue", "light"],
  [[20, 30, 110], "blue", "dark"],
  [[128, 60, 160], "purple", null],
  [[255, 192, 203], "pink", "light"],
  [[114, 20, 45], "wine_red", null],
];

test("colours have the names that people give them", () => {
  for (const [rgb, base, tone] of NAMED) assert.deepEqual(nameOf(rgb), { base, tone }, String(rgb));
});

test("every colour has a name, made of known messages", () => {
  const known = new Set(MESSAGE_KEYS);
  const next = random(3);
  for (let n = 0; n < 2000; n++) {
    const name = colorName(someColor(next), (key, values = {}) => {
      assert.ok(known.has(key), key);
      return [key, ...Object.values(values)].join(" ");
    });
    assert.ok(name.startsWith("color."));
  }
});
