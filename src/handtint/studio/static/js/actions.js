/**
 * Everything a person can do, as functions. They change the store and, where the document is
 * concerned, the log of commands, which goes to the server.
 *
 * @typedef {import("./types.js").Command} Command
 * @typedef {import("./types.js").Document} Document
 * @typedef {import("./types.js").History} History
 * @typedef {import("./types.js").Kind} Kind
 * @typedef {import("./types.js").RGB} RGB
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").Stroke} Stroke
 * @typedef {import("./connection.js").Connection} Connection
 */

import { createAdvising } from "./advising.js";
import * as api from "./api.js";
import { apply, begin, CommandError, replay } from "./commands.js";
import { lightnessTable, space } from "./color/spaces.js";
import { t } from "./i18n.js";
import { chosenOf } from "./state.js";
import { createPages } from "./pages.js";
import { createSettings } from "./settings.js";
import { createViewing } from "./viewing.js";

const MOST_RECENT = 16;

/**
 * @param {import("./state.js").Store} store
 */
export function createActions(store) {
  /** @type {History} */
  let history = begin(store.get().document);
  /** What the output file holds. @type {Pick<Document, "strokes" | "base"> | null} */
  let kept = null;
  /** @type {Connection | null} */
  let connection = null;
  /** @type {import("./types.js").Engine | null} */
  let engine = null;
  /** @type {Stroke | null} */
  let live = null;
  /** Tool that the eyedropper gives back to. @type {State["tool"]} */
  let previousTool = "brush";

  const viewing = createViewing(store);
  const pages = createPages(store);
  const advising = createAdvising(store, {
    spots: api.getSpots,
    palette: api.getPalette,
    look(place) {
      viewing.lookAt(place);
      takeLightness(...place);
    },
    report: pages.report,
  });

  const settings = createSettings(store, { document: () => history.document, dispatch, show });

  function show() {
    const { document, undo, redo } = history;
    const ids = new Set(document.strokes.map((s) => s.id));
    const { selection } = store.get();
    store.set({
      document,
      undo: undo.length,
      redo: redo.length,
      selection: selection.every((id) => ids.has(id)) ? selection : selection.filter((id) => ids.has(id)),
      saved: kept !== null && document.strokes === kept.strokes && document.base === kept.base,
    });
  }

  /** @param {Command} command */
  function dispatch(command) {
    if (!connection) return;
    try {
      history = apply(history, command);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      pages.toast("error", error.message);
      return;
    }
    connection.edit(command);
    store.set({ unacked: connection.waiting });
    show();
  }

  /** Ids of the chosen strokes, or null when there are none. */
  function chosen() {
    const ids = chosenOf(store.get());
    return ids.length ? [...ids] : null;
  }

  /** @param {number} row @param {number} column */
  function takeLightness(row, column) {
    const pointer = store.get().pointer;
    if (pointer && Math.hypot(pointer.row - row, pointer.column - column) < 1) {
      store.set({ lightness: pointer.lightness });
    } else {
      const gray = engine?.grayAt(row, column) ?? null;
      if (gray !== null) store.set({ lightness: lightnessTable(space("lab"))[gray] });
    }
  }

  /** @param {RGB} color */
  function remember(color) {
    const rest = store.get().recent.filter((c) => c.join() !== color.join());
    store.set({ recent: [color, ...rest].slice(0, MOST_RECENT) });
  }

  const editing = {
    /**
     * Show the stroke that is being painted, or that it is given up.
     * @param {Stroke | null} stroke
     */
    strokeLive(stroke) {
      live = stroke;
      connection?.live(stroke);
    },

    /** @param {Stroke} stroke */
    strokeDone(stroke) {
      live = null;
      dispatch({ op: "add", stroke });
      if (stroke.color) remember(stroke.color);
      const [row, column] = stroke.points[Math.floor(stroke.points.length / 2)];
      takeLightness(row, column);
    },

    /** The page goes away: what is being painted counts as done. */
    finish() {
      if (live) editing.strokeDone(live);
    },

    undo() {
      if (history.undo.length) dispatch({ op: "undo" });
    },

    redo() {
      if (history.redo.length) dispatch({ op: "redo" });
    },

    /** @param {readonly string[]} ids */
    select(ids) {
      store.set({ selection: [...ids] });
    },

    selectAll() {
      store.set({ tool: "select", selection: history.document.strokes.map((s) => s.id) });
    },

    /** @param {import("./types.js").Point} by */
    moveSelected(by) {
      const ids = [...store.get().selection];
      if (ids.length && (by[0] || by[1])) dispatch({ op: "move", ids, by });
    },

    /** @param {string[]} ids */
    remove(ids) {
      if (ids.length) dispatch({ op: "remove", ids });
    },

    removeSelected() {
      editing.remove([...store.get().selection]);
    },

    /** @param {string[]} ids @param {RGB} color */
    recolor(ids, color) {
      const all = history.document.strokes.filter((s) => ids.includes(s.id));
      // What was only shown goes back to what is in the log.
      if (all.every((s) => s.color?.join() === color.join())) show();
      else dispatch({ op: "change", ids, kind: "color", color });
    },

    /**
     * Strokes in a colour that is being dragged: shown, but no step of the history yet.
     * @param {string[]} ids
     * @param {RGB} color
     */
    previewColor(ids, color) {
      const { document } = history;
      const strokes = document.strokes.map((s) =>
        ids.includes(s.id) ? { ...s, kind: /** @type {const} */ ("color"), color } : s,
      );
      store.set({ document: { ...document, strokes } });
    },

    /** @param {string[]} ids @param {Kind} kind */
    changeKind(ids, kind) {
      if (!ids.length) return;
      const color = kind === "color" ? { color: store.get().color } : {};
      const all = history.document.strokes.filter((s) => ids.includes(s.id));
      const need = all.filter((s) => s.kind !== kind).map((s) => s.id);
      if (need.length) dispatch({ op: "change", ids: need, kind, ...color });
    },

    /** Take all strokes away, and the mask below. */
    clearAll() {
      if (!history.document.strokes.length && !history.document.base) return;
      dispatch({ op: "clear" });
      pages.toast("info", t("toast.cleared"));
    },

    /** @param {State["tool"]} tool */
    setTool(tool) {
      const now = store.get().tool;
      if (tool === now) return;
      if (now !== "eyedropper") previousTool = now;
      store.set({ tool });
    },

    /**
     * Kind of the next stroke; while strokes are selected, of these.
     * @param {import("./types.js").PaintKind} kind
     */
    setKind(kind) {
      const ids = chosen();
      if (ids) editing.changeKind(ids, kind);
      else store.set({ kind, tool: "brush" });
    },

    /**
     * Colour of the next stroke; while strokes are chosen, of these and not of the next one.
     * @param {RGB} color
     * @param {{commit?: boolean}} [how] commit: false while it is being dragged
     */
    setColor(color, { commit = true } = {}) {
      const ids = chosen();
      if (ids) {
        if (commit) editing.recolor(ids, color);
        else editing.previewColor(ids, color);
        return;
      }
      store.set({ color });
      if (commit && (store.get().kind !== "color" || store.get().tool === "eraser")) {
        editing.setKind("color");
      }
    },

    /** @param {RGB} color found by the eyedropper */
    pickColor(color) {
      const { tool, pointer } = store.get();
      if (pointer) store.set({ lightness: pointer.lightness });
      if (tool === "eyedropper") store.set({ tool: previousTool });
      editing.setColor(color);
      remember(color);
    },

    /** @param {number} steps smaller or larger by so many */
    setSize(steps) {
      const now = editing.size();
      const next = now * 1.15 ** steps;
      editing.setSizeTo(Math.abs(next - now) < 1 ? now + Math.sign(steps) : next);
    },

    /** @returns {number} size of what the size slider is for */
    size() {
      const { tool, brushSize, eraserSize } = store.get();
      const id = chosen()?.[0];
      const stroke = id && history.document.strokes.find((s) => s.id === id);
      return stroke ? stroke.width : tool === "eraser" ? eraserSize : brushSize;
    },

    /**
     * @param {number} size
     * @param {{commit?: boolean}} [how] commit: false while it is being dragged
     */
    setSizeTo(size, { commit = true } = {}) {
      const { tool } = store.get();
      const width = Math.round(Math.min(Math.max(size, 1), editing.largestSize()));
      const ids = chosen();
      if (ids && commit) dispatch({ op: "change", ids, width });
      if (!ids) store.set(tool === "eraser" ? { eraserSize: width } : { brushSize: width });
    },

    largestSize() {
      const { project } = store.get();
      return project ? Math.max(64, Math.round(Math.max(project.height, project.width) / 4)) : 400;
    },

    cancelSolve: () => connection?.cancel(),
    solve: () => connection?.solve(),

    /** Give up the nearest thing at hand. */
    escape() {
      const { solver, selection, compare } = store.get();
      if (solver.state === "solving" || solver.state === "preview") connection?.cancel();
      else if (selection.length) store.set({ selection: [] });
      else if (compare.on) viewing.toggleCompare();
    },
  };

  return {
    ...viewing,
    ...pages,
    ...advising,
    ...editing,
    ...settings.actions,

    /** For those that carry the document: main, files. */
    internal: {
      /** @param {import("./types.js").Engine} made */
      setEngine(made) {
        engine = made;
      },

      /**
       * Another project is open.
       * @param {Connection | null} line
       * @param {History} from
       * @param {boolean} saved whether its output file is as the log says
       */
      begin(line, from, saved) {
        connection?.close();
        connection = line;
        settings.forget();
        history = from;
        kept = saved ? from.document : null;
        store.set({ selection: [] });
        show();
      },

      /**
       * The document anew: from the server's log, and what it does not know yet.
       * @param {Document} initial where the log begins
       * @param {readonly Command[]} log
       * @param {readonly Command[]} waiting
       */
      rebuild(initial, log, waiting) {
        const before = history;
        const wasSaved = kept !== null && store.get().saved;
        history = replay(initial, log);
        for (const command of waiting) {
          try {
            history = apply(history, command);
          } catch (error) {
            // The server will refuse it too, and say so.
            if (!(error instanceof CommandError)) throw error;
          }
        }
        const same = (/** @type {Document} */ d) => JSON.stringify([d.strokes, d.base]);
        if (wasSaved && same(before.document) === same(history.document)) kept = history.document;
        show();
      },

      /** What is on the screen is in the output file. @param {Document} document */
      markSaved(document) {
        kept = document;
        show();
      },

      document: () => history.document,
      connection: () => connection,
    },
  };
}

/** @typedef {ReturnType<typeof createActions> & import("./files.js").Files} Actions */
