import assert from "node:assert/strict";
import { test } from "node:test";

import {
  boxOf,
  distanceTo,
  strokeAt,
  strokesIn,
} from "../../../src/handtint/studio/static/js/engine/hit.js";

/** @typedef {import("../../../src/handtint/studio/static/js/types.js").Stroke} Stroke */
/** @typedef {import("../../../src/handtint/studio/static/js/types.js").Point} Point */

/**
 * @param {string} id
 * @param {Point[]} points
 * @param {Partial<Stroke>} [more]
 * @returns {Stroke}
 */
const stroke = (id, points, more = {}) => ({
  id,
  kind: "color",
  color: [1, 2, 3],
  width: 10,
  points,
  ...more,
});

const across = stroke("across", [[50, 0], [50, 100]]);
const down = stroke("down", [[0, 50], [100, 50]], { kind: "barrier", color: null, width: 2 });

test("the stroke on top is hit", () => {
  assert.equal(strokeAt([across, down], 50, 50, 0), "down");
  assert.equal(strokeAt([down, across], 50, 50, 0), "across");
  assert.equal(strokeAt([across, down], 53, 20, 0), "across");
  assert.equal(strokeAt([across, down], 58, 20, 0), null);
});

test("a near miss counts, but less than a hit below it", () => {
  assert.equal(strokeAt([across, down], 58, 20, 4), "across");
  assert.equal(strokeAt([across, down], 50, 53, 4), "across");
  assert.equal(strokeAt([down], 50, 53, 4), "down");
});

test("what was erased is not hit, and what was painted over it is", () => {
  const eraser = stroke("rubber", [[50, 40], [50, 60]], { kind: "erase", color: null, width: 20 });
  assert.equal(strokeAt([across, eraser], 50, 50, 3), null);
  assert.equal(strokeAt([across, eraser], 50, 20, 3), "across");
  assert.equal(strokeAt([across, eraser, down], 50, 50, 3), "down");
});

test("a tapered stroke is as wide as it looks", () => {
  const tapered = stroke("tapered", [[0, 0], [0, 100]], { width: 20, pressure: [0.1, 1] });
  assert.ok(distanceTo(tapered, 3, 5) > 0);
  assert.ok(distanceTo(tapered, 3, 60) < 0);
  assert.ok(distanceTo(tapered, 0, 109) < 0);
  assert.ok(distanceTo(tapered, 0, -2) > 0);
});

test("a dot is hit within its radius", () => {
  const dot = stroke("dot", [[5, 5]]);
  assert.equal(strokeAt([dot], 9, 5, 0), "dot");
  assert.equal(strokeAt([dot], 11, 5, 0), null);
});

test("a rectangle takes the strokes whose line meets it", () => {
  const far = stroke("far", [[90, 90]]);
  const eraser = stroke("rubber", [[50, 40], [50, 60]], { kind: "erase", color: null });
  const all = [across, down, far, eraser];
  assert.deepEqual(strokesIn(all, { top: 40, left: 10, bottom: 60, right: 20 }), ["across"]);
  assert.deepEqual(strokesIn(all, { top: 0, left: 0, bottom: 100, right: 100 }), ["across", "down", "far"]);
  assert.deepEqual(strokesIn(all, { top: 80, left: 80, bottom: 95, right: 95 }), ["far"]);
  assert.deepEqual(strokesIn(all, { top: 70, left: 0, bottom: 80, right: 20 }), []);
});

test("the box around a stroke holds its width", () => {
  assert.deepEqual(boxOf(across), { top: 45, left: -5, bottom: 55, right: 105 });
});
