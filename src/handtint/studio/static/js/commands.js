/**
 * The document as the outcome of a log of commands: a pure reducer, twin of `studio/log.py`.
 *
 * Undo and redo are commands like the others, so that replaying a log gives the document and both
 * stacks. Documents are never changed but replaced, and share their strokes.
 *
 * @typedef {import("./types.js").Command} Command
 * @typedef {import("./types.js").Document} Document
 * @typedef {import("./types.js").History} History
 * @typedef {import("./types.js").Stroke} Stroke
 */

const KINDS = new Set(["color", "neutral", "barrier", "ignore", "erase"]);
const ID = /^[A-Za-z0-9_-]{1,24}$/;

/** A command that does not fit the document. */
export class CommandError extends Error {}

/**
 * History that begins with `document`.
 * @param {Document} document
 * @returns {History}
 */
export function begin(document) {
  return { document, undo: [], redo: [] };
}

/**
 * History after one more command.
 * @param {History} history
 * @param {Command} command
 * @returns {History}
 */
export function apply(history, command) {
  const { document, undo, redo } = history;
  if (command.op === "undo") {
    const before = undo.at(-1);
    if (!before) throw new CommandError("nothing to undo");
    return { document: before, undo: undo.slice(0, -1), redo: [...redo, document] };
  }
  if (command.op === "redo") {
    const after = redo.at(-1);
    if (!after) throw new CommandError("nothing to redo");
    return { document: after, undo: [...undo, document], redo: redo.slice(0, -1) };
  }
  return { document: edit(document, command), undo: [...undo, document], redo: [] };
}

/**
 * History after a whole log.
 * @param {Document} document where the log begins
 * @param {readonly Command[]} log
 * @returns {History}
 */
export function replay(document, log) {
  /** @type {{document: Document, undo: Document[], redo: Document[]}} */
  const history = { document, undo: [], redo: [] };
  // In place: copying both stacks at each command would make long logs quadratic.
  for (const command of log) {
    if (command.op === "undo" || command.op === "redo") {
      const back = command.op === "undo";
      const found = (back ? history.undo : history.redo).pop();
      if (!found) throw new CommandError(`nothing to ${command.op}`);
      (back ? history.redo : history.undo).push(history.document);
      history.document = found;
    } else {
      const next = edit(history.document, command);
      history.undo.push(history.document);
      history.redo = [];
      history.document = next;
    }
  }
  return history;
}

/**
 * Document after a command that is neither undo nor redo.
 * @param {Document} document
 * @param {Command} command
 * @returns {Document}
 */
function edit(document, command) {
  switch (command.op) {
    case "add":
      return { ...document, strokes: [...document.strokes, added(document, command.stroke)] };
    case "remove": {
      const ids = known(document, command.ids);
      return { ...document, strokes: document.strokes.filter((s) => !ids.has(s.id)) };
    }
    case "change": {
      const ids = known(document, command.ids);
      return {
        ...document,
        strokes: document.strokes.map((s) => (ids.has(s.id) ? changed(s, command) : s)),
      };
    }
    case "move": {
      const ids = known(document, command.ids);
      const [rows, columns] = command.by;
      return {
        ...document,
        strokes: document.strokes.map((s) =>
          ids.has(s.id)
            ? { ...s, points: s.points.map(([r, c]) => [r + rows, c + columns]) }
            : s,
        ),
      };
    }
    case "clear":
      return { ...document, strokes: [], base: false };
    case "settings":
      return { ...document, settings: { ...document.settings, ...command.settings } };
    default:
      throw new CommandError(`unknown command ${JSON.stringify(command)}`);
  }
}

/**
 * @param {Document} document
 * @param {Stroke} stroke
 * @returns {Stroke}
 */
function added(document, stroke) {
  if (!ID.test(stroke.id)) throw new CommandError(`bad id ${JSON.stringify(stroke.id)}`);
  if (document.strokes.some((s) => s.id === stroke.id)) {
    throw new CommandError(`there is a stroke ${stroke.id} already`);
  }
  if (!KINDS.has(stroke.kind)) throw new CommandError(`unknown kind ${stroke.kind}`);
  if ((stroke.kind === "color") !== (stroke.color !== null)) {
    throw new CommandError(`stroke ${stroke.id}: a colour goes with the kind "color", and only it`);
  }
  if (!stroke.points.length) throw new CommandError(`stroke ${stroke.id} has no points`);
  if (stroke.pressure && stroke.pressure.length !== stroke.points.length) {
    throw new CommandError(`stroke ${stroke.id}: as many pressures as points are needed`);
  }
  return stroke;
}

/**
 * @param {Stroke} stroke
 * @param {import("./types.js").ChangeCommand} command
 * @returns {Stroke}
 */
function changed(stroke, command) {
  const kind = command.kind ?? stroke.kind;
  if (!KINDS.has(kind)) throw new CommandError(`unknown kind ${kind}`);
  const color = kind === "color" ? (command.color ?? stroke.color) : null;
  if (kind === "color" && !color) throw new CommandError(`stroke ${stroke.id} needs a colour`);
  return { ...stroke, kind, color, width: command.width ?? stroke.width };
}

/**
 * The ids as a set, all of them in the document.
 * @param {Document} document
 * @param {readonly string[]} ids
 * @returns {Set<string>}
 */
function known(document, ids) {
  const have = new Set(document.strokes.map((s) => s.id));
  const missing = ids.find((id) => !have.has(id));
  if (missing !== undefined) throw new CommandError(`there is no stroke ${missing}`);
  return new Set(ids);
}

/**
 * A fresh id of a stroke.
 * @returns {string}
 */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(9));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
}
