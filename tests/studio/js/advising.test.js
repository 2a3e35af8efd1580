// Advice is asked for when all strokes are coloured, and goes when it is out of date.

import assert from "node:assert/strict";
import { test } from "node:test";

import { createAdvising } from "../../../src/handtint/studio/static/js/advising.js";
import { createStore, initialState } from "../../../src/handtint/studio/static/js/state.js";

/** @param {number} row @returns {import("../../../src/handtint/studio/static/js/types.js").Spot} */
const spot = (row) => ({ row, column: 20, gain: 0.3, colors: [{ rgb: [1, 2, 3], share: 0.7 }] });

/** @type {any} */
const PROJECT = { id: "p", height: 100, width: 200 };

/** A page with a project, and a server whose answers come when the test says so. */
function begin() {
  const state = initialState();
  const store = createStore({
    ...state,
    project: PROJECT,
    connection: "open",
    solver: { ...state.solver, state: "idle" },
  });
  /** @type {{what: any, answer: (found: any) => Promise<void>, fail: (error: Error) => Promise<void>}[]} */
  const asked = [];
  /** @param {any} what @returns {Promise<any>} */
  const ask = (what) =>
    new Promise((resolve, reject) => {
      const then = (/** @type {any} */ end) => async (/** @type {any} */ value) => {
        end(value);
        await new Promise((done) => setTimeout(done));
      };
      asked.push({ what, answer: then(resolve), fail: then(reject) });
    });
  /** @type {any[]} */
  const looked = [];
  /** @type {any[]} */
  const reported = [];
  const actions = createAdvising(store, {
    spots: (id) => ask(id),
    palette: (_, at) => ask(at),
    look: (at) => looked.push(at),
    report: (error) => reported.push(error),
  });
  const advice = () => store.get().advice;
  /** @param {number} rev */
  const paint = (rev) => {
    const { document, solver } = store.get();
    store.set({ document: { ...document, strokes: [] }, unacked: 1 });
    store.set({ unacked: 0, rev, solver: { ...solver, state: "solving" } });
  };
  /** @param {number} rev */
  const solved = (rev) => store.set({ solver: { ...store.get().solver, state: "idle", rev } });
  return { store, actions, asked, looked, reported, advice, paint, solved };
}

test("spots are asked for once, and not before they are wanted", async () => {
  const { store, actions, asked, advice } = begin();
  store.set({ brushSize: 9 });
  assert.equal(asked.length, 0);
  actions.toggleAdvice();
  store.set({ brushSize: 10 });
  assert.equal(asked.length, 1);
  assert.ok(advice().asking);
  await asked[0].answer([spot(5)]);
  assert.deepEqual(advice().spots, [spot(5)]);
  store.set({ brushSize: 11 });
  assert.equal(asked.length, 1);
});

test("a stroke makes them vanish; new ones come when it is coloured", async () => {
  const { actions, asked, advice, paint, solved } = begin();
  actions.toggleAdvice();
  await asked[0].answer([spot(5)]);
  actions.chooseSpot(0);
  paint(1);
  assert.deepEqual([advice().spots, advice().chosen], [[], null]);
  assert.equal(asked.length, 1);
  solved(0);
  assert.equal(asked.length, 1);
  solved(1);
  assert.equal(asked.length, 2);
  await asked[1].answer([spot(60)]);
  assert.deepEqual(advice().spots, [spot(60)]);
});

test("an answer that is out of date is not shown, and asked for again", async () => {
  const { actions, asked, advice, paint, solved } = begin();
  actions.toggleAdvice();
  paint(1);
  await asked[0].answer([spot(5)]);
  assert.deepEqual(advice().spots, []);
  solved(1);
  assert.equal(asked.length, 2);
});

test("an answer that comes after the button was pressed again is not shown", async () => {
  const { actions, asked, advice } = begin();
  actions.toggleAdvice();
  actions.toggleAdvice();
  await asked[0].answer([spot(5)]);
  assert.deepEqual([advice().on, advice().spots, advice().asking], [false, [], false]);
});

test("what goes wrong is said once and ends it", async () => {
  const { store, actions, asked, reported, advice } = begin();
  actions.toggleAdvice();
  await asked[0].fail(new Error("no network"));
  assert.deepEqual(reported.map((e) => e.message), ["no network"]);
  assert.ok(!advice().on);
  store.set({ brushSize: 9 });
  assert.equal(asked.length, 1);
});

test("a spot is looked at, and its colour is for the brush", async () => {
  const { store, actions, asked, looked, advice } = begin();
  store.set({ tool: "select", kind: "barrier" });
  actions.toggleAdvice();
  await asked[0].answer([spot(5), spot(60)]);
  actions.chooseSpot(1);
  assert.deepEqual(looked, [[60, 20]]);
  assert.equal(advice().chosen, 1);
  actions.chooseSpot(2);
  assert.equal(advice().chosen, 1);
  actions.paintWith([1, 2, 3]);
  const { tool, kind, color } = store.get();
  assert.deepEqual([tool, kind, color], ["brush", "color", [1, 2, 3]]);
});

test("where the pointer rests, likely colours are asked for; not twice for one place", async () => {
  const { store, actions, asked, advice } = begin();
  /** @param {number} row */
  const rest = (row) => store.set({ rested: [row, 7.5] });
  actions.toggleAdvice();
  await asked[0].answer([]);
  rest(40.5);
  assert.deepEqual(asked[1].what, [40, 7]);
  await asked[1].answer([{ rgb: [9, 9, 9], share: 1 }]);
  assert.deepEqual(advice().here, { at: [40, 7], colors: [{ rgb: [9, 9, 9], share: 1 }] });
  rest(41.5);
  assert.equal(asked.length, 2);
  rest(90.5);
  assert.deepEqual(asked[2].what, [90, 7]);
});
