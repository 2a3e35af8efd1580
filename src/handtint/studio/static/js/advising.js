/**
 * Where one more stroke would help, and the colours that are likely there. Asked for while the
 * person wants it and the server has coloured all strokes; what is out of date is not shown.
 *
 * @typedef {import("./types.js").Likely} Likely
 * @typedef {import("./types.js").Point} Point
 * @typedef {import("./types.js").RGB} RGB
 * @typedef {import("./types.js").Spot} Spot
 */

/** Photo pixels that the pointer must have moved, as a part of the long side, to ask anew. */
const APART = 0.01;

/** @type {import("./types.js").Advice} */
export const NO_ADVICE = { on: false, asking: false, about: null, spots: [], chosen: null, here: null };

/**
 * @param {import("./state.js").Store} store
 * @param {object} parts
 * @param {(id: string) => Promise<Spot[]>} parts.spots asks for the spots of a project
 * @param {(id: string, at: Point) => Promise<Likely[]>} parts.palette asks for the colours of a pixel
 * @param {(at: Point) => void} parts.look brings a place of the photo to the middle of the stage
 * @param {(error: unknown) => void} parts.report says what went wrong
 */
export function createAdvising(store, { spots, palette, look, report }) {
  /** @param {Partial<import("./types.js").Advice>} patch */
  const change = (patch) => store.set({ advice: { ...store.get().advice, ...patch } });

  /** What the advice depends on. */
  function now() {
    const { project, document } = store.get();
    return { project: project?.id ?? null, strokes: document.strokes, base: document.base };
  }

  /** @param {import("./types.js").Advice["about"]} about */
  function current(about) {
    const { project, strokes, base } = now();
    return about?.project === project && about.strokes === strokes && about.base === base;
  }

  /** Whether the worker knows the document as the page has it, and has done with it. */
  function settled() {
    const { project, connection, unacked, rev, solver } = store.get();
    const done = solver.state === "idle" && solver.rev === rev;
    return project !== null && connection === "open" && unacked === 0 && done;
  }

  /**
   * Ask, and take in what is found, unless it is out of date by then.
   * @template T
   * @param {(id: string) => Promise<T>} ask
   * @param {(found: T) => Partial<import("./types.js").Advice>} take
   */
  async function inquire(ask, take) {
    const about = now();
    if (about.project === null) return;
    change({ asking: true });
    try {
      const found = await ask(about.project);
      const wanted = store.get().advice.on && current(about);
      change({ asking: false, ...(wanted ? take(found) : {}) });
    } catch (error) {
      store.set({ advice: NO_ADVICE });
      report(error);
    }
  }

  store.subscribe((state, before) => {
    const { advice } = state;
    if (!advice.on) return;
    if (advice.about && !current(advice.about)) {
      change({ about: null, spots: [], chosen: null, here: null });
    } else if (!advice.about && !advice.asking && settled()) {
      void inquire(spots, (found) => ({ about: now(), spots: found, chosen: null }));
    } else if (advice.about && !advice.asking && state.rested !== before.rested) {
      const { rested, project } = state;
      if (!rested || !project) return;
      /** @type {Point} */
      const at = [Math.floor(rested[0]), Math.floor(rested[1])];
      const [row, column] = advice.here?.at ?? [-Infinity, -Infinity];
      const apart = APART * Math.max(project.height, project.width);
      if (Math.hypot(at[0] - row, at[1] - column) <= apart) return;
      void inquire((id) => palette(id, at), (colors) => ({ here: { at, colors } }));
    }
  });

  return {
    toggleAdvice() {
      const { advice, project } = store.get();
      if (project) store.set({ advice: { ...NO_ADVICE, asking: advice.asking, on: !advice.on } });
    },

    /** @param {number} index of a spot: look there and offer its colours */
    chooseSpot(index) {
      const spot = store.get().advice.spots[index];
      if (!spot) return;
      look([spot.row, spot.column]);
      change({ chosen: index });
    },

    /** @param {RGB} color for the brush, whatever the tool is */
    paintWith(color) {
      store.set({ color, tool: "brush", kind: "color" });
    },
  };
}
