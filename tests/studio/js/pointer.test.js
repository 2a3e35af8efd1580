import assert from "node:assert/strict";
import { test } from "node:test";

import { Pointers } from "../../../src/handtint/studio/static/js/engine/pointer.js";

/** @typedef {import("../../../src/handtint/studio/static/js/engine/pointer.js").Sample} Sample */
/** @typedef {import("../../../src/handtint/studio/static/js/types.js").Tool} Tool */

/**
 * A hand on a stage; `did` tells what it did, without mere hovering.
 * @param {{tool?: Tool, open?: boolean, on?: "stroke" | "empty"}} [how]
 */
function desk({ tool = "brush", open = true, on = "empty" } = {}) {
  /** @type {string[]} */
  const did = [];
  const now = { tool, space: false, open };
  let clock = 0;
  const pointers = new Pointers({
    read: () => now,
    strokeBegin: (s, eraser) => did.push(`begin ${s.type}${eraser ? " eraser" : ""}`),
    strokeMove: (samples) => did.push(`paint ${samples.length}`),
    strokeEnd: () => did.push("end"),
    strokeCancel: () => did.push("cancel"),
    pan: (dx, dy) => did.push(`pan ${dx} ${dy}`),
    zoom: (x, y, factor) => did.push(`zoom ${x} ${y} ${factor.toFixed(2)}`),
    pick: () => did.push("pick"),
    press: () => on,
    drag: (dx, dy) => did.push(`drag ${dx} ${dy}`),
    dragEnd: (done) => did.push(`dragged ${done}`),
    marquee: () => did.push("frame"),
    marqueeEnd: (_, to) => did.push(`framed ${to !== null}`),
    clickEmpty: () => did.push("nothing there"),
    hover: () => {},
  });
  /** @param {Partial<Sample>} more @returns {Sample} */
  const sample = (more) => ({
    id: 1, type: "mouse", button: 0, buttons: 1, x: 0, y: 0, pressure: 0.5, shift: false, alt: false,
    time: (clock += 10), ...more,
  });
  return {
    did,
    now,
    pointers,
    wait: (/** @type {number} */ ms) => (clock += ms),
    down: (/** @type {Partial<Sample>} */ more = {}) => pointers.down(sample(more)),
    move: (/** @type {Partial<Sample>} */ more = {}) => pointers.move([sample(more)]),
    up: (/** @type {Partial<Sample>} */ more = {}) => pointers.up(sample(more)),
  };
}

/** @param {Partial<Sample>} [more] @returns {Partial<Sample>} */
const touch = (more = {}) => ({ id: 10, type: "touch", ...more });
/** @param {Partial<Sample>} [more] @returns {Partial<Sample>} */
const pen = (more = {}) => ({ id: 20, type: "pen", ...more });

test("a press, a move and a release are one stroke", () => {
  const d = desk();
  assert.equal(d.down(), true);
  d.move({ x: 5 });
  d.up();
  d.move({ x: 9 });
  assert.deepEqual(d.did, ["begin mouse", "paint 1", "end"]);
});

test("without a photo nothing is painted", () => {
  const d = desk({ open: false });
  assert.equal(d.down(), false);
  assert.deepEqual(d.did, []);
});

test("the right button never paints, not even beside the left one", () => {
  const d = desk();
  d.down({ button: 2 });
  d.move({ x: 5 });
  d.up({ button: 2 });
  assert.deepEqual(d.did, []);
  d.down();
  d.down({ button: 2 });
  d.move({ x: 5 });
  d.up();
  assert.deepEqual(d.did, ["begin mouse", "paint 1", "end"]);
});

test("middle button, Space and the hand tool move the view", () => {
  for (const prepare of [
    (/** @type {ReturnType<typeof desk>} */ d) => d.down({ button: 1, x: 10, y: 10 }),
    (/** @type {ReturnType<typeof desk>} */ d) => {
      d.now.space = true;
      return d.down({ x: 10, y: 10 });
    },
    (/** @type {ReturnType<typeof desk>} */ d) => {
      d.now.tool = "pan";
      return d.down({ x: 10, y: 10 });
    },
  ]) {
    const d = desk();
    assert.equal(prepare(d), true);
    d.move({ x: 14, y: 9 });
    d.up();
    assert.deepEqual(d.did, ["pan 4 -1"]);
  }
});

test("eraser tool, and the eraser end of a pen", () => {
  const d = desk({ tool: "eraser" });
  d.down();
  d.up();
  assert.deepEqual(d.did, ["begin mouse eraser", "end"]);
  const other = desk();
  other.down(pen({ button: 5 }));
  other.up(pen());
  assert.deepEqual(other.did, ["begin pen eraser", "end"]);
});

test("whatever ends a stroke, it stays one stroke", () => {
  for (const end of [
    (/** @type {ReturnType<typeof desk>} */ d) => d.pointers.lost(1),
    (/** @type {ReturnType<typeof desk>} */ d) => d.pointers.blur(),
  ]) {
    const d = desk();
    d.down();
    d.move({ x: 5 });
    end(d);
    d.move({ x: 9 });
    d.up();
    d.pointers.lost(1);
    assert.deepEqual(d.did, ["begin mouse", "paint 1", "end"]);
  }
});

test("a release that was never told ends the stroke", () => {
  const d = desk();
  d.down();
  d.move({ x: 5 });
  d.move({ x: 900, buttons: 0 });
  d.move({ x: 950, buttons: 0 });
  assert.deepEqual(d.did, ["begin mouse", "paint 1", "end"]);
});

test("Escape throws the stroke away", () => {
  const d = desk();
  assert.equal(d.pointers.escape(), false);
  d.down();
  assert.equal(d.pointers.escape(), true);
  d.move({ x: 5 });
  d.up();
  assert.deepEqual(d.did, ["begin mouse", "cancel"]);
});

test("a second pointer does not disturb a stroke", () => {
  const d = desk();
  d.down();
  d.down({ id: 2 });
  d.move({ id: 2, x: 50 });
  d.pointers.lost(2);
  d.up({ id: 2 });
  d.move({ x: 5 });
  d.up();
  assert.deepEqual(d.did, ["begin mouse", "paint 1", "end"]);
});

test("a finger paints until a pen was seen, then it moves the view", () => {
  const d = desk();
  d.down(touch());
  d.up(touch());
  d.move(pen({ pressure: 0 }));
  d.down(touch());
  d.move(touch({ x: 7 }));
  d.up(touch());
  assert.deepEqual(d.did, ["begin touch", "end", "pan 7 0"]);
});

test("a hand that rests while a pen paints does nothing", () => {
  const d = desk();
  d.down(pen());
  assert.equal(d.down(touch()), false);
  d.move(touch({ x: 40 }));
  d.down(touch({ id: 11, x: 90 }));
  d.move(touch({ id: 11, x: 99 }));
  d.move(pen({ x: 5 }));
  d.up(touch());
  d.up(pen());
  assert.deepEqual(d.did, ["begin pen", "paint 1", "end"]);
});

test("a palm that landed before the pen leaves no stroke", () => {
  const d = desk();
  d.down(touch());
  d.move(touch({ x: 1 }));
  d.down(pen());
  d.move(pen({ x: 5 }));
  d.up(pen());
  assert.deepEqual(d.did, ["begin touch", "paint 1", "cancel", "begin pen", "paint 1", "end"]);
});

test("two fingers pinch, and the first one was no stroke", () => {
  const d = desk();
  d.down(touch({ x: 100, y: 100 }));
  d.down(touch({ id: 11, x: 200, y: 100 }));
  d.move(touch({ id: 11, x: 300, y: 100 }));
  assert.deepEqual(d.did, ["begin touch", "cancel", "pan 50 0", "zoom 200 100 2.00"]);
  d.up(touch({ id: 11 }));
  d.move(touch({ x: 103, y: 100 }));
  d.up(touch());
  assert.deepEqual(d.did.slice(4), ["pan 3 0"]);
});

test("a second finger late in a stroke keeps what was painted", () => {
  const d = desk();
  d.down(touch());
  d.wait(1000);
  d.move(touch({ x: 80 }));
  d.down(touch({ id: 11, x: 200 }));
  assert.deepEqual(d.did, ["begin touch", "paint 1", "end"]);
});

test("eyedropper, and Alt with the brush, pick when the button goes up", () => {
  const d = desk({ tool: "eyedropper" });
  d.down();
  d.move({ x: 5 });
  assert.deepEqual(d.did, []);
  d.up();
  const other = desk();
  other.down({ alt: true });
  other.up();
  assert.deepEqual([...d.did, ...other.did], ["pick", "pick"]);
});

test("the select tool clicks, drags and frames", () => {
  const empty = desk({ tool: "select" });
  empty.down();
  empty.move({ x: 2 });
  empty.up();
  assert.deepEqual(empty.did, ["nothing there"]);
  empty.down();
  empty.move({ x: 20 });
  empty.up();
  assert.deepEqual(empty.did.slice(1), ["frame", "framed true"]);
  const hit = desk({ tool: "select", on: "stroke" });
  hit.down();
  hit.move({ x: 2 });
  hit.up();
  assert.deepEqual(hit.did, []);
  hit.down();
  hit.move({ x: 20, y: 1 });
  hit.move({ x: 30, y: 2 });
  hit.up();
  assert.deepEqual(hit.did, ["drag 20 1", "drag 30 2", "dragged true"]);
});

test("a drag that is cut off or given up moves nothing", () => {
  const d = desk({ tool: "select", on: "stroke" });
  d.down();
  d.move({ x: 20 });
  d.pointers.lost(1);
  d.down();
  d.move({ x: 20 });
  d.pointers.escape();
  assert.deepEqual(d.did, ["drag 20 0", "dragged false", "drag 20 0", "dragged false"]);
});
