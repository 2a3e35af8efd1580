/**
 * The one table of keyboard shortcuts: the key handler and the help sheet read it.
 *
 * A key is written as in "Ctrl+Shift+z": modifiers in the order Ctrl, Alt, Shift, then
 * `KeyboardEvent.key`, letters small. Ctrl stands for the Command key on a Mac too. Shift is
 * written only before letters and named keys: "?" is "?" on any keyboard.
 *
 * @typedef {import("./actions.js").Actions} Actions
 *
 * @typedef {object} Shortcut
 * @property {string} id the help sheet shows the message `shortcut.<id>`
 * @property {"tools" | "painting" | "view" | "edit" | "file"} group
 * @property {string[]} keys
 * @property {(actions: Actions) => void} [down] without it, the row is for the help sheet only
 * @property {(actions: Actions) => void} [up] when the key is released
 * @property {boolean} [repeat] whether holding the key repeats it
 */

/** @type {readonly Shortcut[]} */
export const SHORTCUTS = Object.freeze([
  { id: "brush", group: "tools", keys: ["b"], down: (a) => a.setTool("brush") },
  { id: "eraser", group: "tools", keys: ["e"], down: (a) => a.setTool("eraser") },
  { id: "select", group: "tools", keys: ["v"], down: (a) => a.setTool("select") },
  { id: "pan", group: "tools", keys: ["h"], down: (a) => a.setTool("pan") },
  { id: "eyedropper", group: "tools", keys: ["i"], down: (a) => a.setTool("eyedropper") },
  { id: "color", group: "tools", keys: ["1"], down: (a) => a.setKind("color") },
  { id: "neutral", group: "tools", keys: ["2"], down: (a) => a.setKind("neutral") },
  { id: "barrier", group: "tools", keys: ["3"], down: (a) => a.setKind("barrier") },
  { id: "ignore", group: "tools", keys: ["4"], down: (a) => a.setKind("ignore") },

  { id: "advice", group: "painting", keys: ["n"], down: (a) => a.toggleAdvice() },
  { id: "smaller", group: "painting", keys: ["[", "-"], repeat: true, down: (a) => a.setSize(-1) },
  { id: "larger", group: "painting", keys: ["]", "+"], repeat: true, down: (a) => a.setSize(1) },
  { id: "sizeWheel", group: "painting", keys: ["Ctrl+wheel"] },
  { id: "straight", group: "painting", keys: ["Shift+click"] },
  { id: "eyedropperHold", group: "painting", keys: ["Alt+click"] },
  { id: "keyboard", group: "painting", keys: ["arrows"] },
  { id: "keyboardFar", group: "painting", keys: ["Shift+arrows"] },
  { id: "keyboardFine", group: "painting", keys: ["Alt+arrows"] },
  { id: "keyboardStroke", group: "painting", keys: ["Enter"] },

  { id: "undo", group: "edit", keys: ["Ctrl+z", "z"], repeat: true, down: (a) => a.undo() },
  {
    id: "redo",
    group: "edit",
    keys: ["Ctrl+Shift+z", "Ctrl+y"],
    repeat: true,
    down: (a) => a.redo(),
  },
  { id: "selectAll", group: "edit", keys: ["Ctrl+a"], down: (a) => a.selectAll() },
  { id: "remove", group: "edit", keys: ["Delete", "Backspace"], down: (a) => a.removeSelected() },
  { id: "escape", group: "edit", keys: ["Escape"], down: (a) => a.escape() },

  { id: "zoomWheel", group: "view", keys: ["wheel"] },
  { id: "panSpace", group: "view", keys: ["Space+drag", "middle"] },
  { id: "fit", group: "view", keys: ["0"], down: (a) => a.zoomFit() },
  { id: "actual", group: "view", keys: ["9", "Ctrl+0"], down: (a) => a.zoomActual() },
  { id: "compare", group: "view", keys: ["c"], down: (a) => a.toggleCompare() },
  {
    id: "original",
    group: "view",
    keys: ["\\", "o"],
    down: (a) => a.holdOriginal(true),
    up: (a) => a.holdOriginal(false),
  },
  { id: "ink", group: "view", keys: ["k"], down: (a) => a.toggleInk() },
  { id: "panel", group: "view", keys: ["p"], down: (a) => a.toggleDrawer() },

  { id: "open", group: "file", keys: ["Ctrl+o"], down: (a) => a.showDialog("open") },
  { id: "paste", group: "file", keys: ["Ctrl+v"] },
  { id: "save", group: "file", keys: ["s", "Ctrl+s"], down: (a) => void a.save() },
  { id: "export", group: "file", keys: ["x"], down: (a) => a.showDialog("export") },
  { id: "help", group: "file", keys: ["?"], down: (a) => a.showDialog("help") },
]);

/**
 * A key press, written as in the table.
 * @param {Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey"> &
 *   {getModifierState?: (key: string) => boolean}} event
 * @returns {string}
 */
export function written(event) {
  const letter = event.key.length === 1 && event.key.toLowerCase() !== event.key.toUpperCase();
  const named = event.key.length > 1;
  // Where [ or \ need AltGr, some systems report it as Ctrl and Alt.
  const graph = event.getModifierState?.("AltGraph");
  return [
    (event.ctrlKey || event.metaKey) && !graph ? "Ctrl" : "",
    event.altKey && !graph ? "Alt" : "",
    event.shiftKey && (letter || named) ? "Shift" : "",
    letter ? event.key.toLowerCase() : event.key,
  ]
    .filter(Boolean)
    .join("+");
}

/** @type {Map<string, Shortcut>} */
const BY_KEY = new Map(
  SHORTCUTS.flatMap((s) => (s.down ? s.keys.map((key) => /** @type {const} */ ([key, s])) : [])),
);

/**
 * The shortcut of a key press.
 * @param {Parameters<typeof written>[0]} event
 * @returns {Shortcut | undefined}
 */
export const shortcutOf = (event) => BY_KEY.get(written(event));

/**
 * Whether an element wants the key itself: text wants all keys, a control those that change it.
 * @param {{tagName?: string, type?: string, isContentEditable?: boolean} | null} element
 * @param {string} key as in `written`
 */
export function keepsKey(element, key) {
  const tag = element?.tagName;
  if (!element || !tag) return false;
  if (element.isContentEditable || tag === "TEXTAREA") return true;
  if (tag === "SELECT") return !key.includes("Ctrl");
  if (tag !== "INPUT") return false;
  const press = ["checkbox", "radio", "button", "file"].includes(element.type ?? "");
  if (press || element.type === "range") return key === "Space";
  return !/^Ctrl\+(s|o|Shift\+z|y|0)$/.test(key) && key !== "Escape";
}

/**
 * Listen to the keyboard.
 *
 * @param {EventTarget} target
 * @param {Actions} actions
 * @param {{blocked: () => boolean}} surroundings blocked: whether a dialog has the keyboard
 * @returns {() => void} ends it
 */
export function listen(target, actions, { blocked }) {
  /** Shortcuts that wait for their key to go up, by `KeyboardEvent.code`. */
  const held = new Map();

  /** @param {Event} raw */
  function down(raw) {
    const event = /** @type {KeyboardEvent} */ (raw);
    if (event.defaultPrevented || blocked()) return;
    const found = shortcutOf(event);
    if (!found?.down) return;
    if (keepsKey(/** @type {any} */ (event.target), written(event))) return;
    event.preventDefault();
    if (event.repeat && !found.repeat) return;
    if (found.up) held.set(event.code, found);
    found.down(actions);
  }

  /** @param {Event} raw */
  function up(raw) {
    const event = /** @type {KeyboardEvent} */ (raw);
    held.get(event.code)?.up(actions);
    held.delete(event.code);
  }

  /** The window lost the keyboard: whatever is held counts as released. */
  function away() {
    for (const shortcut of held.values()) shortcut.up(actions);
    held.clear();
  }

  target.addEventListener("keydown", down);
  target.addEventListener("keyup", up);
  target.addEventListener("blur", away);
  return () => {
    target.removeEventListener("keydown", down);
    target.removeEventListener("keyup", up);
    target.removeEventListener("blur", away);
  };
}
