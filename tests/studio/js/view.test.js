import assert from "node:assert/strict";
import { test } from "node:test";

import {
  clampView,
  deviceTransform,
  fitView,
  panBy,
  scaleLimits,
  toPhoto,
  toStage,
  visiblePart,
  zoomAt,
} from "../../../src/handtint/studio/static/js/engine/view.js";

const photo = { height: 3000, width: 4000 };
const stage = { height: 700, width: 1000 };

/** @param {readonly number[]} a @param {readonly number[]} b */
const near = (a, b, by = 1e-9) => a.every((v, i) => Math.abs(v - b[i]) <= by);

test("a fitted photo lies whole in the middle", () => {
  const view = fitView(photo, stage);
  const [x0, y0] = toStage(view, stage, 0, 0);
  const [x1, y1] = toStage(view, stage, photo.height, photo.width);
  assert.ok(x0 >= 0 && y0 >= 0 && x1 <= stage.width && y1 <= stage.height);
  assert.ok(near([x0 + x1, y0 + y1], [stage.width, stage.height]));
  assert.ok(x0 < 40 || y0 < 40, "as large as it goes");
});

test("stage and photo points are inverse", () => {
  const view = { scale: 3.7, row: 812.3, column: 99.5 };
  assert.ok(near(toPhoto(view, stage, ...toStage(view, stage, 800, 120)), [800, 120]));
});

test("the point under the pointer stays there while zooming", () => {
  let view = fitView(photo, stage);
  const under = toPhoto(view, stage, 300, 250);
  for (const factor of [1.2, 1.2, 2, 0.9, 3, 1 / 1.7]) {
    view = zoomAt(view, photo, stage, 300, 250, factor);
    assert.ok(near(toPhoto(view, stage, 300, 250), under, 1e-6));
  }
});

test("zoom ends at its limits, also there without a shift", () => {
  const [least, most] = scaleLimits(photo, stage);
  const start = fitView(photo, stage);
  assert.equal(zoomAt(start, photo, stage, 10, 10, 1e9).scale, most);
  assert.equal(zoomAt(start, photo, stage, 10, 10, 1e-9).scale, least);
  assert.ok(least < start.scale && most >= 32);
});

test("a drag moves the photo with the pointer, and never out of sight", () => {
  const view = { scale: 2, row: 1000, column: 1000 };
  assert.deepEqual(panBy(view, photo, stage, 30, -10), { scale: 2, row: 1005, column: 985 });
  assert.deepEqual(panBy(view, photo, stage, 1e6, 1e6), { scale: 2, row: 0, column: 0 });
  assert.deepEqual(panBy(view, photo, stage, -1e6, -1e6), { scale: 2, row: 3000, column: 4000 });
});

test("a tiny and a long photo have a view", () => {
  for (const odd of [{ height: 1, width: 1 }, { height: 200, width: 30000 }]) {
    const view = fitView(odd, stage);
    assert.ok(view.scale > 0 && Number.isFinite(view.scale));
    assert.deepEqual(clampView(view, odd, stage), view);
  }
});

test("at 100 % the photo's pixels lie on the screen's", () => {
  for (const ratio of [1, 2]) {
    const { scale, x, y } = deviceTransform({ scale: 1 / ratio, row: 0.3, column: 7.7 }, stage, ratio);
    assert.ok(Math.abs(scale - 1) < 1e-9);
    assert.ok(Number.isInteger(x) && Number.isInteger(y));
  }
  const between = deviceTransform({ scale: 1.5, row: 0.3, column: 7.7 }, stage, 1);
  assert.ok(!Number.isInteger(between.x));
});

test("device and stage points agree", () => {
  const view = { scale: 1.3, row: 100.25, column: 50 };
  const { scale, x, y } = deviceTransform(view, stage, 2);
  const [sx, sy] = toStage(view, stage, 70, 90);
  assert.ok(near([scale * 90 + x, scale * 70 + y], [2 * sx, 2 * sy]));
});

test("the visible part ends at the photo", () => {
  const device = { height: 700, width: 1000 };
  const all = visiblePart(deviceTransform(fitView(photo, stage), stage, 1), device, photo);
  assert.deepEqual(all, { top: 0, left: 0, bottom: 3000, right: 4000 });
  const view = { scale: 2, row: 1000, column: 1000 };
  const part = visiblePart(deviceTransform(view, stage, 1), device, photo);
  assert.deepEqual(part, { top: 825, left: 750, bottom: 1175, right: 1250 });
});
