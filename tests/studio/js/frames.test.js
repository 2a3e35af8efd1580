import assert from "node:assert/strict";
import { test } from "node:test";

import { Pictures } from "../../../src/handtint/studio/static/js/engine/pictures.js";
import {
  decodeFrame,
  FrameError,
  halfTable,
  joined,
  replaces,
} from "../../../src/handtint/studio/static/js/frames.js";

/** @typedef {import("../../../src/handtint/studio/static/js/frames.js").ChromaFrame} ChromaFrame */
/** @typedef {import("../../../src/handtint/studio/static/js/frames.js").GuideFrame} GuideFrame */

/**
 * Bytes of a frame.
 * @param {object} [head]
 * @param {number} [head.type]
 * @param {number} [head.stage]
 * @param {number} [head.space]
 * @param {number} [head.dtype]
 * @param {number} [head.rev]
 * @param {number} [head.height]
 * @param {number} [head.width]
 * @param {number} [head.scale]
 * @param {number} [head.live]
 * @param {number} [head.bytes] length of the values
 */
function frame({
  type = 0, stage = 0, space = 0, dtype = 0, rev = 1, height = 2, width = 3, scale = 0.5, live = 0,
  bytes = height * width * (type === 0 ? 2 : 1) * (dtype === 0 ? 1 : 2),
} = {}) {
  const buffer = new ArrayBuffer(32 + bytes);
  const view = new DataView(buffer);
  new Uint8Array(buffer).set([0x48, 0x54, 0x46, 0x31, type, stage, space, dtype]);
  view.setUint32(8, rev, true);
  view.setUint32(12, height, true);
  view.setUint32(16, width, true);
  view.setFloat32(20, scale, true);
  view.setUint32(24, live, true);
  return buffer;
}

const guide = (more = {}) => /** @type {GuideFrame} */ (decodeFrame(frame({ type: 1, dtype: 1, ...more })));
const chroma = (more = {}) => /** @type {ChromaFrame} */ (decodeFrame(frame(more)));

test("a frame tells what it is", () => {
  const bytes = frame({ stage: 2, space: 3, rev: 70_000, live: 1, scale: 0.25 });
  new Int8Array(bytes, 32).set([-127, 5, 127]);
  const read = /** @type {ChromaFrame} */ (decodeFrame(bytes));
  assert.deepEqual(
    [read.type, read.stage, read.space, read.rev, read.height, read.width, read.scale, read.live],
    ["chroma", "refined", "yuv709", 70_000, 2, 3, 0.25, true],
  );
  assert.deepEqual([...read.values.slice(0, 3)], [-127, 5, 127]);
});

test("what is not as agreed is refused", () => {
  const wrong = [
    new ArrayBuffer(0),
    new ArrayBuffer(31),
    new ArrayBuffer(64),
    frame({ type: 2 }),
    frame({ stage: 4 }),
    frame({ space: 4 }),
    frame({ dtype: 2 }),
    frame({ type: 1, dtype: 0 }),
    frame({ height: 0, bytes: 0 }),
    frame({ width: 9000, bytes: 10 }),
    frame({ height: 2 ** 31, width: 2, bytes: 0 }),
    frame({ bytes: 11 }),
    frame({ bytes: 13 }),
    frame({ scale: NaN }),
    frame({ scale: -1 }),
    frame({ scale: Infinity }),
  ];
  for (const bytes of wrong) assert.throws(() => decodeFrame(bytes), FrameError);
});

test("float16 is read as the standard has it", () => {
  const table = halfTable();
  /** @type {[number, number][]} */
  const known = [
    [0x0000, 0], [0x3c00, 1], [0xc000, -2], [0x7bff, 65504], [0x0001, 2 ** -24], [0x0400, 2 ** -14],
    [0x5640, 100], [0x3555, 0.333251953125], [0x7c00, 0], [0xfe00, 0],
  ];
  for (const [bits, value] of known) assert.equal(table[bits], value);
});

test("chroma and guide are joined", () => {
  const bytes = frame({ height: 1, width: 2, scale: 0.5 });
  new Int8Array(bytes, 32).set([10, -20, 0, 4]);
  const light = frame({ type: 1, dtype: 1, height: 1, width: 2 });
  new Uint16Array(light, 32).set([0x5640, 0x3c00]);
  const read = /** @type {ChromaFrame} */ (decodeFrame(bytes));
  const picture = joined(read, /** @type {GuideFrame} */ (decodeFrame(light)));
  assert.deepEqual([...picture.values], [5, -10, 100, 0, 0, 2, 1, 0]);
  assert.equal(picture.zero, false);
  assert.equal(joined(chroma(), guide()).zero, true);
});

test("nothing goes back to an older document or a worse stage", () => {
  /** @param {number} rev @param {ChromaFrame["stage"]} stage */
  const at = (rev, stage, live = false) => ({ rev, stage, live });
  assert.ok(replaces(at(1, "preview"), null));
  assert.ok(replaces(at(2, "preview"), at(1, "final")));
  assert.ok(!replaces(at(1, "final"), at(2, "preview")));
  assert.ok(!replaces(at(2, "preview"), at(2, "refined")));
  assert.ok(replaces(at(2, "refined"), at(2, "refined")));
  assert.ok(replaces(at(2, "final"), at(2, "preview")));
});

test("a stroke that is being painted shows at once, and gives way when it is given up", () => {
  /** @param {ChromaFrame["stage"]} stage @param {boolean} live */
  const at = (stage, live) => ({ rev: 3, stage, live });
  assert.ok(replaces(at("preview", true), at("final", false)));
  assert.ok(replaces(at("preview", true), at("preview", true)));
  assert.ok(replaces(at("preview", false), at("preview", true)));
});

test("a picture waits for its guide, and is made once a frame from the newest", () => {
  const pictures = new Pictures(false);
  assert.equal(pictures.take(chroma({ rev: 1 })), false);
  assert.equal(pictures.step(0), false);
  assert.equal(pictures.take(guide()), true);
  assert.equal(pictures.step(16), true);
  assert.equal(pictures.shown?.width, 3);
  assert.equal(pictures.take(chroma({ rev: 2, stage: 1 })), true);
  assert.equal(pictures.take(chroma({ rev: 2, stage: 0 })), false);
  assert.equal(pictures.dropped, 1);
  assert.equal(pictures.step(32), true);
  assert.equal(pictures.step(48), false);
});

test("a guide of another space or grid does not serve", () => {
  const pictures = new Pictures(false);
  pictures.take(guide({ space: 1 }));
  pictures.take(guide({ height: 4 }));
  assert.equal(pictures.take(chroma()), false);
});

test("a picture on another grid fades in", () => {
  const pictures = new Pictures(true);
  pictures.take(guide());
  pictures.take(guide({ height: 4, width: 6 }));
  pictures.take(chroma({ rev: 1 }));
  pictures.step(0);
  assert.equal(pictures.fading, false);
  pictures.take(chroma({ rev: 1, stage: 3, height: 4, width: 6 }));
  pictures.step(1000);
  assert.ok(pictures.fading && pictures.before !== null);
  pictures.step(1060);
  assert.ok(pictures.fade > 0.3 && pictures.fade < 0.7);
  assert.equal(pictures.step(1200), true);
  assert.equal(pictures.fading, false);
  assert.equal(pictures.before, null);
});
