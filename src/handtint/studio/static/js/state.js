/**
 * The one state of the page. Whoever wants to change it says so with `store.set`; whoever shows it
 * subscribes.
 *
 * @typedef {import("./types.js").State} State
 * @typedef {(state: State, previous: State) => void} Listener
 */

import { NO_ADVICE } from "./advising.js";

/** @type {import("./types.js").Document} */
export const EMPTY_DOCUMENT = {
  strokes: [],
  base: false,
  settings: { method: "blending", options: {}, space: "lab", opacity: 1, vividness: 1 },
};

/**
 * State before anything is open.
 * @returns {State}
 */
export function initialState() {
  return {
    session: null,
    methods: null,
    project: null,
    document: EMPTY_DOCUMENT,
    undo: 0,
    redo: 0,
    selection: [],
    tool: "brush",
    kind: "color",
    color: [176, 128, 104],
    brushSize: 24,
    eraserSize: 48,
    side: 1024,
    pressure: true,
    recent: [],
    palette: "skin",
    reference: null,
    view: { scale: 1, row: 0, column: 0 },
    compare: { on: false, position: 0.5, held: false },
    showInk: true,
    solver: {
      state: "starting",
      fraction: 0,
      rev: 0,
      stage: null,
      method: null,
      message: null,
    },
    connection: "connecting",
    unacked: 0,
    rev: 0,
    pointer: null,
    rested: null,
    advice: NO_ADVICE,
    lightness: null,
    crosshair: null,
    keyStroke: null,
    theme: "auto",
    language: "en",
    dialog: null,
    drawer: false,
    staged: null,
    busy: null,
    renderer: null,
    toasts: [],
    saved: true,
  };
}

/**
 * Ids of the strokes that a wish about colour, kind or size is for: those that are selected, while
 * the tool is the one that selects.
 * @param {State} state
 */
export const chosenOf = ({ tool, selection }) => (tool === "select" ? selection : []);

/**
 * Colour that the picker shows and changes: that of the chosen strokes, where they have one between
 * them; else that of the brush.
 * @param {State} state
 */
export function shownColor(state) {
  const ids = new Set(chosenOf(state));
  const chosen = ids.size ? state.document.strokes.filter((s) => ids.has(s.id)) : [];
  const [first, ...others] = chosen.flatMap((s) => (s.color ? [s.color] : []));
  const one = first && others.every((color) => color.join() === first.join());
  return one ? first : state.color;
}

/**
 * A store of one immutable state.
 *
 * @param {State} [state]
 */
export function createStore(state = initialState()) {
  /** @type {Set<Listener>} */
  const listeners = new Set();
  return {
    /** @returns {State} */
    get: () => state,

    /**
     * Replace some fields; listeners hear of it at once, unless nothing changed.
     * @param {Partial<State>} patch
     */
    set(patch) {
      const previous = state;
      const keys = /** @type {(keyof State)[]} */ (Object.keys(patch));
      if (keys.every((key) => Object.is(patch[key], previous[key]))) return;
      state = { ...previous, ...patch };
      const now = state;
      for (const listener of [...listeners]) listener(now, previous);
    },

    /**
     * Call `listener` after each change.
     * @param {Listener} listener
     * @returns {() => void} ends it
     */
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** @typedef {ReturnType<typeof createStore>} Store */

/** The store of this page. */
export const store = createStore();
