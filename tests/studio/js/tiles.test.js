import assert from "node:assert/strict";
import { test } from "node:test";

import {
  levelFor,
  placesIn,
  tileOf,
  Tiles,
} from "../../../src/handtint/studio/static/js/engine/tiles.js";

/** @typedef {import("../../../src/handtint/studio/static/js/types.js").Project} Project */

const project = /** @type {Project} */ (
  /** @type {Partial<Project>} */ ({ id: "p", height: 2500, width: 3001, tile: 1024, levels: 3 })
);
const all = { top: 0, left: 0, bottom: 2500, right: 3001 };

/**
 * A server: the code of each pixel is level * 50 + tile row * 10 + tile column.
 * @param {{fail?: (key: string) => boolean}} [how]
 */
function server({ fail = () => false } = {}) {
  /** @type {string[]} */
  const asked = [];
  /** @type {any} */
  const load = async (/** @type {string} */ url) => {
    const key = url.split("/tiles/")[1];
    asked.push(key);
    if (fail(key)) return { ok: false, status: 500 };
    const [level, row, column] = key.split("/").map(Number);
    const size = (/** @type {number} */ side, /** @type {number} */ at) =>
      Math.min(1024, Math.ceil(side / 2 ** level) - at * 1024);
    const bytes = new Uint8Array(size(2500, row) * size(3001, column)).fill(50 * level + 10 * row + column);
    return { ok: true, arrayBuffer: async () => bytes.buffer };
  };
  return { asked, load };
}

/** @param {() => boolean} condition */
async function until(condition) {
  while (!condition()) await new Promise((done) => setTimeout(done, 5));
}

test("the level is the coarsest that loses nothing", () => {
  /** @type {[number, number][]} */
  const known = [[4, 0], [1, 0], [0.51, 0], [0.5, 1], [0.26, 1], [0.25, 2], [0.01, 2]];
  for (const [scale, level] of known) assert.equal(levelFor(scale, 3), level, String(scale));
});

test("all tiles that are seen are named, once each, the middle ones first", () => {
  const places = placesIn({ top: 1000, left: 1030, bottom: 1030, right: 2100 }, 0, 1024);
  assert.equal(places.length, 4);
  assert.equal(new Set(places.map((p) => `${p.row}/${p.column}`)).size, 4);
  assert.deepEqual(placesIn(all, 0, 1024).length, 9);
  assert.deepEqual(placesIn(all, 0, 1024)[0], { level: 0, row: 1, column: 1 });
  assert.deepEqual(placesIn({ top: 5, left: 5, bottom: 5, right: 9 }, 0, 1024), []);
});

test("a tile at the edge is smaller, and covers the photo to its end", () => {
  const tile = tileOf(project, { level: 1, row: 1, column: 1 }, new Uint8Array(226 * 477));
  assert.deepEqual([tile.height, tile.width, tile.step], [226, 477, 2]);
  assert.deepEqual([tile.top, tile.left, tile.bottom, tile.right], [2048, 2048, 2500, 3001]);
  assert.throws(() => tileOf(project, { level: 1, row: 1, column: 1 }, new Uint8Array(9)), /226 x 477/);
  assert.throws(() => tileOf(project, { level: 1, row: 2, column: 0 }, new Uint8Array(0)), /tile 1\/2\/0/);
});

test("coarse tiles stand in until the fine ones are there", async () => {
  const { load } = server();
  const tiles = new Tiles(project, () => {}, load);
  assert.deepEqual(tiles.select(all, 2), []);
  await until(() => tiles.ready.size === 1);
  const first = tiles.select(all, 0);
  assert.deepEqual(first.map((t) => t.key), ["2/0/0"]);
  await until(() => tiles.ready.size === 10);
  const then = tiles.select(all, 0);
  assert.equal(then.length, 9);
  assert.ok(then.every((t) => t.level === 0));
  // Zoomed out again, the fine ones fill in for a level that is not there yet, over the coarse one.
  const out = tiles.select(all, 1);
  assert.equal(out[0].key, "2/0/0");
  assert.equal(out.length, 10);
});

test("what is not seen any more is not fetched any more", async () => {
  const { asked, load } = server();
  const tiles = new Tiles(project, () => {}, load);
  tiles.select(all, 0);
  tiles.select({ top: 0, left: 0, bottom: 10, right: 10 }, 0);
  await until(() => tiles.ready.size === 2);
  await new Promise((done) => setTimeout(done, 20));
  assert.deepEqual([...tiles.ready.keys()].sort(), ["0/0/0", "2/0/0"]);
  assert.ok(asked.length < 10);
});

test("code values are those of the finest tile that is there", async () => {
  const { load } = server();
  const tiles = new Tiles(project, () => {}, load);
  assert.equal(tiles.grayAt(10, 10), null);
  tiles.select(all, 2);
  await until(() => tiles.ready.size === 1);
  assert.equal(tiles.grayAt(10, 10), 100);
  tiles.select({ top: 2048, left: 2900, bottom: 2100, right: 3001 }, 0);
  await until(() => tiles.ready.size === 2);
  assert.equal(tiles.grayAt(2060.5, 3000.9), 22);
  assert.equal(tiles.grayAt(10, 10), 100);
  for (const [row, column] of [[-1, 0], [2500, 0], [0, 3001], [NaN, 0]]) {
    assert.equal(tiles.grayAt(row, column), null);
  }
});

test("a tile that failed is fetched again", async () => {
  let first = true;
  const { load } = server({
    fail(key) {
      const fails = key === "2/0/0" && first;
      first = false;
      return fails;
    },
  });
  const tiles = new Tiles(project, () => tiles.select(all, 2), load);
  tiles.select(all, 2);
  await until(() => tiles.ready.size === 1);
  assert.match(tiles.error ?? "", /500/);
});
