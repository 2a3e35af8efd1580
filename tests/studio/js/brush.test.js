import assert from "node:assert/strict";
import { test } from "node:test";

import {
  Brush,
  simplify,
  straightLine,
  TOLERANCE,
} from "../../../src/handtint/studio/static/js/engine/brush.js";

/** @typedef {import("../../../src/handtint/studio/static/js/engine/brush.js").Sample} Sample */
/** @typedef {import("../../../src/handtint/studio/static/js/types.js").Point} Point */

/**
 * Samples along a curve.
 * @param {number} count
 * @param {(t: number) => [number, number]} curve
 * @param {(t: number) => number} [pressure]
 * @returns {Sample[]}
 */
const along = (count, curve, pressure = () => 0.5) =>
  Array.from({ length: count }, (_, k) => {
    const [row, column] = curve(k / (count - 1));
    return { row, column, pressure: pressure(k / (count - 1)) };
  });

/**
 * @param {Point} p
 * @param {readonly Point[]} line
 */
function distance(p, line) {
  let least = Infinity;
  for (let i = 0; i < line.length; i++) {
    const [r0, c0] = line[i];
    const [r1, c1] = line[Math.min(i + 1, line.length - 1)];
    const length2 = (r1 - r0) ** 2 + (c1 - c0) ** 2;
    const dot = (p[0] - r0) * (r1 - r0) + (p[1] - c0) * (c1 - c0);
    const t = length2 ? Math.min(Math.max(dot / length2, 0), 1) : 0;
    least = Math.min(least, Math.hypot(p[0] - r0 - t * (r1 - r0), p[1] - c0 - t * (c1 - c0)));
  }
  return least;
}

/** @param {readonly Sample[]} samples */
const places = (samples) => samples.map((s) => /** @type {Point} */ ([s.row, s.column]));

/** @param {number} t @returns {[number, number]} */
const circle = (t) => [200 + 90 * Math.sin(6 * t), 200 + 90 * Math.cos(6 * t)];

test("a fast hand leaves a round line", () => {
  const brush = new Brush(1, false);
  for (const s of along(14, circle)) brush.add(s);
  const { points } = brush.line(10);
  for (const [row, column] of points) {
    assert.ok(Math.abs(Math.hypot(row - 200, column - 200) - 90) < 2.5);
  }
  // Not the polygon of its samples: their chords would be far inside.
  assert.ok(points.length > 30);
});

test("the line begins and ends where the hand did, at any zoom", () => {
  for (const scale of [0.1, 1, 8]) {
    const brush = new Brush(scale, false);
    const samples = along(40, (t) => [t * 50, 30 * Math.sin(9 * t)]);
    for (const s of samples) brush.add(s);
    const { points } = brush.line(10);
    assert.ok(distance(points[0], [[samples[0].row, samples[0].column]]) < 0.02);
    assert.ok(distance(points[points.length - 1], [[samples[39].row, samples[39].column]]) < 0.02);
  }
});

test("the line stays near every sample", () => {
  const brush = new Brush(1, false);
  const samples = along(60, (t) => [100 * Math.sin(20 * t), 300 * t]);
  for (const s of samples) brush.add(s);
  const { points } = brush.line(10);
  for (const p of places(samples)) assert.ok(distance(p, points) < 0.8 + TOLERANCE + 0.01);
});

test("settled points never change, however the samples come", () => {
  const samples = along(200, (t) => [100 + 80 * Math.sin(17 * t), 400 * t + 9 * Math.cos(40 * t)]);
  const brush = new Brush(1.3, true);
  /** @type {Sample[]} */
  let before = [];
  for (let i = 0; i < samples.length; ) {
    for (let k = 0; k <= i % 5 && i < samples.length; k++) brush.add(samples[i++]);
    brush.update();
    const settled = brush.curve.slice(0, brush.settled);
    assert.deepEqual(settled.slice(0, before.length), before);
    before = settled;
  }
  const whole = new Brush(1.3, true);
  for (const s of samples) whole.add(s);
  assert.deepEqual(brush.line(9), whole.line(9));
  assert.ok(brush.settled > 0.9 * brush.curve.length);
});

test("simplifying moves the line by at most a quarter of a pixel", () => {
  const brush = new Brush(1, true);
  const samples = along(300, circle, (t) => 0.2 + 0.8 * Math.sin(3 * t) ** 2);
  for (const s of samples) brush.add(s);
  const { points, pressure } = brush.line(30);
  assert.ok(points.length < brush.curve.length / 2);
  for (const p of brush.curve) {
    assert.ok(distance([p.row, p.column], points) <= TOLERANCE);
  }
  assert.equal(pressure?.length, points.length);
});

test("simplify keeps swellings of the brush, and nothing of a straight line", () => {
  /** @param {(k: number) => number} pressure */
  const line = (pressure) =>
    Array.from({ length: 11 }, (_, k) => ({ row: k, column: 2 * k, pressure: pressure(k) }));
  assert.equal(simplify(line(() => 1), 40, 0.25).length, 2);
  assert.equal(simplify(line((k) => (k === 5 ? 1 : 0.5)), 40, 0.25).length, 5);
});

test("pressure is calm and stays in its range", () => {
  const brush = new Brush(1, true);
  const samples = along(50, (t) => [0, 300 * t], (t) => (t < 0.02 ? 0 : t > 0.5 ? 3 : 0.5));
  for (const s of samples) brush.add(s);
  const { pressure } = brush.line(20);
  assert.ok(pressure !== null && pressure.every((p) => p > 0 && p <= 1));
  assert.ok(Math.max(...(pressure ?? [])) > 0.95);
});

test("without a pen there is no pressure", () => {
  const brush = new Brush(1, false);
  for (const s of along(10, (t) => [0, 90 * t])) brush.add(s);
  assert.equal(brush.line(20).pressure, null);
});

test("a click is one point; a trembling hand that rests makes no knot", () => {
  const brush = new Brush(2, false);
  brush.add({ row: 10.126, column: 20, pressure: 0.5 });
  assert.deepEqual(brush.line(5).points, [[10.13, 20]]);
  for (let k = 0; k < 50; k++) brush.add({ row: 10.126 + 0.1 * (k % 2), column: 20, pressure: 0.5 });
  assert.ok(brush.line(5).points.length <= 2);
});

test("nothing was painted: no line", () => {
  assert.deepEqual(new Brush(1, false).line(5).points, []);
});

test("a line has no more points than are allowed", () => {
  const brush = new Brush(1, false);
  for (const s of along(2000, (t) => [300 * Math.sin(200 * t), 3000 * t])) brush.add(s);
  assert.ok(brush.line(5, 100).points.length <= 100);
});

test("a straight line has two ends", () => {
  assert.deepEqual(straightLine([1, 2], [30.005, 4]).points, [[1, 2], [30.01, 4]]);
  assert.deepEqual(straightLine([1, 2], [1, 2]).points, [[1, 2]]);
});
