/**
 * What a person can do about the view: zoom, pointer, compare, ink.
 *
 * @typedef {import("./types.js").View} View
 */

import { clampView, fitView, zoomAt } from "./engine/view.js";

/** How long the pointer must rest before the colour picker follows it, in milliseconds. */
const DWELL = 400;

/**
 * @param {import("./state.js").Store} store
 */
export function createViewing(store) {
  /** @type {View | null} The last view that showed all, to fit again when the window changes. */
  let fit = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let dwell;

  function stageSize() {
    const stage = document.getElementById("stage");
    return { height: stage?.clientHeight ?? 600, width: stage?.clientWidth ?? 800 };
  }

  const viewing = {
    /** @param {View} view */
    setView(view) {
      store.set({ view });
    },

    zoomFit() {
      const { project } = store.get();
      if (!project) return;
      fit = fitView(project, stageSize());
      store.set({ view: fit });
    },

    /** The stage has another size: what was fitted stays so. */
    stageResized() {
      if (fit && store.get().view === fit) viewing.zoomFit();
    },

    /** One photo pixel to one pixel of the screen. */
    zoomActual() {
      store.set({ view: { ...store.get().view, scale: 1 / (globalThis.devicePixelRatio || 1) } });
    },

    /** @param {import("./types.js").Point} place of the photo, to the middle of the stage */
    lookAt([row, column]) {
      const { view, project } = store.get();
      if (project) store.set({ view: clampView({ ...view, row, column }, project, stageSize()) });
    },

    /** @param {number} factor about the centre of the stage */
    zoomBy(factor) {
      const { view, project } = store.get();
      if (!project) return;
      const stage = stageSize();
      const [x, y] = [stage.width / 2, stage.height / 2];
      store.set({ view: zoomAt(view, project, stage, x, y, factor) });
    },

    /** @param {import("./types.js").State["pointer"]} pointer */
    setPointer(pointer) {
      clearTimeout(dwell);
      store.set({ pointer });
      if (!pointer) return;
      const { row, column, lightness } = pointer;
      dwell = setTimeout(() => store.set({ lightness, rested: [row, column] }), DWELL);
    },

    /** @param {number} lightness of the colours to choose from */
    setLightness(lightness) {
      store.set({ lightness });
    },

    toggleCompare() {
      const { compare } = store.get();
      store.set({ compare: { ...compare, on: !compare.on } });
    },

    /** @param {number} position 0 to 1 of the stage's width */
    setComparePosition(position) {
      const { compare } = store.get();
      store.set({ compare: { ...compare, position: Math.min(Math.max(position, 0), 1) } });
    },

    /** @param {boolean} held whether the original is to be seen */
    holdOriginal(held) {
      const { compare } = store.get();
      if (compare.held !== held) store.set({ compare: { ...compare, held } });
    },

    toggleInk() {
      store.set({ showInk: !store.get().showInk });
    },

    toggleDrawer() {
      store.set({ drawer: !store.get().drawer });
    },
  };
  return viewing;
}
