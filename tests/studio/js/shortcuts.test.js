import assert from "node:assert/strict";
import { test } from "node:test";

import {
  keepsKey,
  listen,
  SHORTCUTS,
  shortcutOf,
  written,
} from "../../../src/handtint/studio/static/js/shortcuts.js";

/** @param {string} key @param {object} [more] */
function press(key, more = {}) {
  return { key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more };
}

test("a key is written the same on all keyboards", () => {
  assert.equal(written(press("z", { ctrlKey: true })), "Ctrl+z");
  assert.equal(written(press("Z", { ctrlKey: true, shiftKey: true })), "Ctrl+Shift+z");
  assert.equal(written(press("z", { metaKey: true })), "Ctrl+z");
  assert.equal(written(press("?", { shiftKey: true })), "?");
  assert.equal(written(press("B")), "b");
  const altGraph = { ctrlKey: true, altKey: true, getModifierState: () => true };
  assert.equal(written(press("[", altGraph)), "[");
});

test("no key stands for two things", () => {
  const keys = SHORTCUTS.filter((s) => s.down).flatMap((s) => s.keys);
  assert.deepEqual(keys.filter((key, i) => keys.indexOf(key) !== i), []);
});

test("the promised keys are there", () => {
  /** @param {string} key @param {object} [more] */
  const id = (key, more) => shortcutOf(press(key, more))?.id;
  const keys = { b: "brush", e: "eraser", v: "select", h: "pan", i: "eyedropper", 1: "color" };
  for (const [key, name] of Object.entries(keys)) assert.equal(id(key), name);
  assert.equal(id("y", { ctrlKey: true }), "redo");
  assert.equal(id("Delete"), "remove");
  assert.equal(id("?", { shiftKey: true }), "help");
  assert.equal(id("0"), "fit");
  assert.equal(id("b", { ctrlKey: true }), undefined);
});

test("text keeps its keys, a slider only those that move it", () => {
  const text = { tagName: "INPUT", type: "text" };
  const slider = { tagName: "INPUT", type: "range" };
  assert.equal(keepsKey(text, "b"), true);
  assert.equal(keepsKey(text, "Ctrl+z"), true);
  assert.equal(keepsKey(text, "Ctrl+s"), false);
  assert.equal(keepsKey(slider, "b"), false);
  assert.equal(keepsKey({ tagName: "SELECT" }, "b"), true);
  assert.equal(keepsKey({ tagName: "BUTTON" }, "b"), false);
  assert.equal(keepsKey(null, "b"), false);
});

/** @param {string} type @param {object} fields */
function keyEvent(type, fields) {
  const event = new Event(type, { cancelable: true });
  const plain = { ...press(""), repeat: false, code: "", ...fields };
  for (const [name, value] of Object.entries(plain)) {
    Object.defineProperty(event, name, { value });
  }
  return event;
}

test("holding shows the original until the key goes up, or the window goes away", () => {
  /** @type {any[]} */
  const done = [];
  const target = new EventTarget();
  const actions = /** @type {any} */ ({ holdOriginal: (/** @type {boolean} */ on) => done.push(on) });
  listen(target, actions, { blocked: () => false });
  target.dispatchEvent(keyEvent("keydown", { key: "\\", code: "Backslash" }));
  target.dispatchEvent(keyEvent("keydown", { key: "\\", code: "Backslash", repeat: true }));
  target.dispatchEvent(keyEvent("keyup", { key: "\\", code: "Backslash" }));
  target.dispatchEvent(keyEvent("keydown", { key: "\\", code: "Backslash" }));
  target.dispatchEvent(new Event("blur"));
  target.dispatchEvent(keyEvent("keyup", { key: "\\", code: "Backslash" }));
  assert.deepEqual(done, [true, false, true, false]);
});

test("a dialog has the keyboard for itself", () => {
  let undone = 0;
  let blocked = true;
  const target = new EventTarget();
  const actions = /** @type {any} */ ({ undo: () => undone++ });
  const end = listen(target, actions, { blocked: () => blocked });
  const send = () => target.dispatchEvent(keyEvent("keydown", { key: "z", ctrlKey: true }));
  send();
  assert.equal(undone, 0);
  blocked = false;
  send();
  assert.equal(undone, 1);
  end();
  send();
  assert.equal(undone, 1);
});
