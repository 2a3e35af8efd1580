// The pure parts of the panels: colour disc, colour codes, option ranges, crosshair, habits,
// palette of a picture, what the status line says.

import assert from "node:assert/strict";
import { test } from "node:test";

import { fileName } from "../../../src/handtint/studio/static/js/api.js";
import { inGamut, space } from "../../../src/handtint/studio/static/js/color/spaces.js";
import { chromaIn, drawDisc, placeIn, rimOf } from "../../../src/handtint/studio/static/js/disc.js";
import { moved } from "../../../src/handtint/studio/static/js/keyboard.js";
import { fromHex, hex } from "../../../src/handtint/studio/static/js/panels/controls.js";
import { rangeOf } from "../../../src/handtint/studio/static/js/panels/method.js";
import { PALETTES } from "../../../src/handtint/studio/static/js/panels/palettes.js";
import {
  cookieStorage,
  keepPreferences,
  readPreferences,
} from "../../../src/handtint/studio/static/js/preferences.js";
import { kMeans, mainColors } from "../../../src/handtint/studio/static/js/reference.js";
import { chosenOf, createStore, initialState, shownColor } from "../../../src/handtint/studio/static/js/state.js";

test("every place of the disc is a colour that can be shown", () => {
  for (const name of ["lab", "oklab", "yuv", "yuv709"]) {
    const model = space(name);
    for (const lightness of [4, 30, 60, 85, 98]) {
      const rim = rimOf(model, lightness);
      for (let i = 0; i < 21; i++) {
        for (let j = 0; j < 21; j++) {
          const [a, b] = chromaIn(rim, i / 20, j / 20);
          // Between two degrees the rim is a straight line, which may leave the gamut by a little.
          assert.ok(inGamut(model, lightness, 0.985 * a, 0.985 * b), `${name} ${lightness} ${a} ${b}`);
        }
      }
    }
  }
});

test("place and chroma of the disc are inverse, and what is impossible lies on the rim", () => {
  const rim = rimOf(space("lab"), 55);
  for (const [x, y] of [[0.5, 0.5], [0.7, 0.4], [0.1, 0.45], [0.5, 0.99]]) {
    const [u, v] = placeIn(rim, ...chromaIn(rim, x, y));
    assert.ok(Math.hypot(u - x, v - y) < 1e-9);
  }
  const [x, y] = placeIn(rim, 500, 300);
  assert.ok(Math.abs(Math.hypot(2 * x - 1, 1 - 2 * y) - 1) < 1e-9);
});

test("the disc is grey in the middle and coloured at the rim", () => {
  const model = space("lab");
  const side = 41;
  const data = drawDisc(model, 60, rimOf(model, 60), side);
  const at = (/** @type {number} */ i, /** @type {number} */ j) => [...data.slice(4 * (i * side + j), 4 * (i * side + j) + 3)];
  const [r, g, b] = at(20, 20);
  assert.ok(Math.max(r, g, b) - Math.min(r, g, b) <= 1);
  const right = at(20, 40);
  assert.ok(right[0] - right[1] > 100);
});

test("colour codes", () => {
  assert.deepEqual(fromHex("#0a64ff"), [10, 100, 255]);
  assert.deepEqual(fromHex(" F00 "), [255, 0, 0]);
  for (const bad of ["", "#12", "#12345", "red", "#1234567"]) assert.equal(fromHex(bad), null);
  assert.equal(hex([10, 100, 255]), "#0a64ff");
});

test("palettes have distinct colours", () => {
  for (const { id, colors } of PALETTES) {
    const codes = colors.map(({ color }) => hex(color));
    assert.ok(codes.length >= 8, id);
    assert.equal(new Set(codes).size, codes.length, id);
  }
});

/** @param {object} more @returns {any} */
const option = (more) => ({ name: "x", type: "float", default: 1, help: "", ...more });

test("the slider of an option goes over its whole range and stays in it", () => {
  const specs = [
    option({ minimum: 0, maximum: 1 }),
    option({ minimum: 1e-7, maximum: 1 }),
    option({ minimum: 0, maximum: 4096, type: "int" }),
    option({ minimum: 1, maximum: 1_000_000, type: "int" }),
    option({ minimum: 0.25, maximum: 4 }),
  ];
  for (const spec of specs) {
    const range = rangeOf(spec);
    assert.ok(range);
    assert.equal(range.value(0), spec.minimum);
    assert.equal(range.value(1), spec.maximum);
    for (let place = 0; place <= 1; place += 0.1) {
      const value = range.value(place);
      assert.ok(value >= spec.minimum && value <= spec.maximum);
      if (spec.type === "int") assert.ok(Number.isInteger(value));
      else assert.ok(Math.abs(range.place(value) - place) < 0.01);
    }
  }
  assert.equal(rangeOf(option({ minimum: 0, maximum: null })), null);
});

test("the crosshair moves by arrow keys and stays on the photo", () => {
  const photo = { height: 10, width: 20 };
  assert.deepEqual(moved([5, 5], "ArrowRight", 4, photo), [5, 9]);
  assert.deepEqual(moved([5, 5], "ArrowUp", 100, photo), [0.5, 5]);
  assert.deepEqual(moved([5, 5], "ArrowDown", 100, photo), [9.5, 5]);
  assert.equal(moved([5, 5], "a", 4, photo), null);
});

test("groups of colours are found", () => {
  const points = [];
  for (let i = 0; i < 30; i++) points.push([i % 3, 0], [100 + (i % 2), 50]);
  points.push([-200, 7]);
  const groups = kMeans(points, 3);
  assert.deepEqual(groups.map((g) => g.size), [30, 30, 1]);
  assert.deepEqual(groups.map((g) => g.centre[0]).sort((a, b) => a - b), [-200, 1, 100.5]);
  assert.equal(kMeans([[1, 1], [1, 1]], 5).length, 1);
  assert.deepEqual(kMeans([], 5), []);
});

test("the palette of a picture goes from light to dark and skips what is transparent", () => {
  const pixels = new Uint8ClampedArray(4 * 300);
  for (let i = 0; i < 300; i++) {
    const color = [[200, 30, 30, 255], [240, 240, 240, 255], [0, 255, 0, 0]][i % 3];
    pixels.set(color, 4 * i);
  }
  const [light, red, ...more] = mainColors(pixels, 6);
  assert.deepEqual(more, []);
  assert.ok(light.every((v) => Math.abs(v - 240) <= 1));
  assert.ok(Math.abs(red[0] - 200) <= 1 && Math.abs(red[1] - 30) <= 1);
});

test("habits are kept, and what is not right is left out", () => {
  const document = { cookie: "" };
  const storage = cookieStorage(document);
  const store = createStore();
  const end = keepPreferences(storage, store);
  store.set({ brushSize: 33, theme: "dark", recent: [[1, 2, 3]] });
  end();
  document.cookie = `other=1; ${document.cookie.split(";")[0]}`;
  const kept = readPreferences(storage);
  assert.deepEqual([kept.brushSize, kept.theme, kept.recent], [33, "dark", [[1, 2, 3]]]);

  storage.setItem("handtint.preferences", '{"brushSize": -1, "theme": "pink", "palette": "sky"}');
  assert.deepEqual(readPreferences(cookieStorage({ cookie: document.cookie.split(";")[0] })), {
    language: "",
    palette: "sky",
  });
  assert.deepEqual(readPreferences({ getItem: () => "no JSON" }), { language: "" });
});

test("the name of a download", () => {
  assert.equal(fileName("attachment; filename=photo.png"), "photo.png");
  assert.equal(fileName('attachment; filename="a b.png"'), "a b.png");
  assert.equal(fileName("attachment; filename*=UTF-8''abuela%20a%C3%B1os.png"), "abuela años.png");
  assert.equal(fileName(""), "");
});

test("the picker shows the colour that all chosen strokes have, else the brush's", () => {
  const empty = initialState();
  const stroke = (/** @type {string} */ id, /** @type {any} */ color) => ({ id, color, kind: color ? "color" : "barrier" });
  const strokes = [stroke("a", [9, 8, 7]), stroke("b", [9, 8, 7]), stroke("c", [1, 2, 3]), stroke("d", null)];
  const document = { ...empty.document, strokes };
  /** @param {string[]} selection @param {any} [tool] */
  const shown = (selection, tool = "select") =>
    shownColor(/** @type {any} */ ({ ...empty, document, selection, tool }));
  assert.deepEqual(shown(["a"]), [9, 8, 7]);
  assert.deepEqual(shown(["a", "b", "d"]), [9, 8, 7]);
  for (const selection of [[], ["d"], ["a", "c"]]) assert.equal(shown(selection), empty.color);
  // Another tool than the one that selects paints: it is about the next stroke.
  assert.equal(shown(["a"], "brush"), empty.color);
  assert.deepEqual(chosenOf({ ...empty, selection: ["a"] }), []);
});
