import assert from "node:assert/strict";
import { test } from "node:test";

import {
  apply,
  begin,
  CommandError,
  newId,
  replay,
} from "../../../src/handtint/studio/static/js/commands.js";
import { EMPTY_DOCUMENT } from "../../../src/handtint/studio/static/js/state.js";

/** @typedef {import("../../../src/handtint/studio/static/js/types.js").Command} Command */
/** @typedef {import("../../../src/handtint/studio/static/js/types.js").Stroke} Stroke */

/**
 * @param {string} id
 * @param {Partial<Stroke>} [more]
 * @returns {Stroke}
 */
function stroke(id, more = {}) {
  return { id, kind: "color", color: [200, 100, 50], width: 8, points: [[1, 2]], ...more };
}

/**
 * @param {Command[]} log
 * @param {import("../../../src/handtint/studio/static/js/types.js").Document} [from]
 */
const run = (log, from = EMPTY_DOCUMENT) => log.reduce(apply, begin(from));

/** @param {{document: {strokes: readonly Stroke[]}}} history */
const ids = (history) => history.document.strokes.map((s) => s.id);

test("strokes lie in the order of painting", () => {
  const history = run([
    { op: "add", stroke: stroke("a") },
    { op: "add", stroke: stroke("b", { kind: "barrier", color: null }) },
  ]);
  assert.deepEqual(ids(history), ["a", "b"]);
  assert.equal(history.undo.length, 2);
});

test("undo and redo go through the same documents", () => {
  const one = run([{ op: "add", stroke: stroke("a") }]);
  const two = apply(one, { op: "add", stroke: stroke("b") });
  const back = apply(two, { op: "undo" });
  assert.equal(back.document, one.document);
  const again = apply(back, { op: "redo" });
  assert.equal(again.document, two.document);
  assert.deepEqual([again.undo.length, again.redo.length], [2, 0]);
});

test("a new command forgets what could be redone", () => {
  const history = run([
    { op: "add", stroke: stroke("a") },
    { op: "undo" },
    { op: "add", stroke: stroke("b") },
  ]);
  assert.deepEqual(ids(history), ["b"]);
  assert.equal(history.redo.length, 0);
  assert.throws(() => apply(history, { op: "redo" }), CommandError);
});

test("there is nothing to undo at the beginning", () => {
  assert.throws(() => run([{ op: "undo" }]), /nothing to undo/);
});

test("remove, and unknown strokes", () => {
  const history = run([
    { op: "add", stroke: stroke("a") },
    { op: "add", stroke: stroke("b") },
    { op: "remove", ids: ["a"] },
  ]);
  assert.deepEqual(ids(history), ["b"]);
  assert.throws(() => apply(history, { op: "remove", ids: ["b", "x"] }), /no stroke x/);
  assert.throws(() => apply(history, { op: "move", ids: ["x"], by: [1, 1] }), /no stroke x/);
});

test("change of kind drops the colour, and back needs one", () => {
  const neutral = run([
    { op: "add", stroke: stroke("a") },
    { op: "change", ids: ["a"], kind: "neutral" },
  ]);
  assert.equal(neutral.document.strokes[0].color, null);
  assert.throws(() => apply(neutral, { op: "change", ids: ["a"], kind: "color" }), /needs a colour/);
  const blue = apply(neutral, { op: "change", ids: ["a"], kind: "color", color: [1, 2, 3] });
  assert.deepEqual(blue.document.strokes[0].color, [1, 2, 3]);
});

test("change of width and colour leaves the rest", () => {
  const history = run([
    { op: "add", stroke: stroke("a", { pressure: [0.5] }) },
    { op: "change", ids: ["a"], width: 3, color: [9, 9, 9] },
  ]);
  assert.deepEqual(history.document.strokes[0], {
    ...stroke("a", { pressure: [0.5] }),
    width: 3,
    color: [9, 9, 9],
  });
});

test("move shifts points and can be undone", () => {
  const history = run([
    { op: "add", stroke: stroke("a", { points: [[1, 2], [3, 4]] }) },
    { op: "move", ids: ["a"], by: [10, -1] },
  ]);
  assert.deepEqual(history.document.strokes[0].points, [[11, 1], [13, 3]]);
  assert.deepEqual(apply(history, { op: "undo" }).document.strokes[0].points, [[1, 2], [3, 4]]);
});

test("clear takes strokes and base, and undo brings both back", () => {
  const history = run(
    [{ op: "add", stroke: stroke("a") }, { op: "clear" }],
    { ...EMPTY_DOCUMENT, base: true },
  );
  assert.deepEqual([history.document.strokes.length, history.document.base], [0, false]);
  const back = apply(history, { op: "undo" });
  assert.deepEqual([back.document.strokes.length, back.document.base], [1, true]);
});

test("settings change one by one", () => {
  const history = run([
    { op: "settings", settings: { opacity: 0.5 } },
    { op: "settings", settings: { method: "fast", options: { scale: 2 } } },
  ]);
  assert.deepEqual(history.document.settings, {
    ...EMPTY_DOCUMENT.settings,
    opacity: 0.5,
    method: "fast",
    options: { scale: 2 },
  });
});

test("strokes that cannot be are refused", () => {
  const one = run([{ op: "add", stroke: stroke("a") }]);
  const bad = [
    stroke("a"),
    stroke("not an id"),
    stroke(""),
    stroke("b", { color: null }),
    stroke("b", { kind: "erase" }),
    stroke("b", { points: [] }),
    stroke("b", { pressure: [1, 1] }),
    stroke("b", { kind: /** @type {any} */ ("glitter") }),
  ];
  for (const s of bad) {
    assert.throws(() => apply(one, { op: "add", stroke: s }), CommandError, JSON.stringify(s));
  }
  assert.throws(() => apply(one, /** @type {any} */ ({ op: "explode" })), CommandError);
});

test("replay gives what one command after the other gives", () => {
  let state = 7;
  const random = (/** @type {number} */ n) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * n);
  };
  /** @type {Command[]} */
  const log = [];
  let history = begin(EMPTY_DOCUMENT);
  for (let i = 0; i < 400; i++) {
    const have = ids(history);
    const pick = have[random(Math.max(have.length, 1))];
    /** @type {Command[]} */
    const choices = [{ op: "add", stroke: stroke(`s${i}`) }];
    if (have.length) {
      choices.push({ op: "remove", ids: [pick] }, { op: "move", ids: have, by: [0.25, -1] });
      choices.push({ op: "change", ids: [pick], kind: "color", color: [i % 256, 0, 1] });
    }
    if (history.undo.length) choices.push({ op: "undo" });
    if (history.redo.length) choices.push({ op: "redo" });
    const command = choices[random(choices.length)];
    log.push(command);
    history = apply(history, command);
  }
  assert.deepEqual(replay(EMPTY_DOCUMENT, log), history);
});

test("fresh ids are ids, and differ", () => {
  const made = new Set(Array.from({ length: 100 }, newId));
  assert.equal(made.size, 100);
  for (const id of made) assert.match(id, /^[A-Za-z0-9_-]{1,24}$/);
});
