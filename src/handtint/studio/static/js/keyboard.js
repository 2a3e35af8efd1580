/**
 * Painting by keyboard: arrow keys move a crosshair over the photo, Enter or Space begins and ends a
 * stroke, Escape throws it away.
 *
 * @typedef {import("./types.js").Point} Point
 * @typedef {import("./types.js").Stroke} Stroke
 * @typedef {import("./actions.js").Actions} Actions
 */

import { newId } from "./commands.js";
import { lightnessTable, space } from "./color/spaces.js";
import { strokeAt } from "./engine/hit.js";
import { toStage } from "./engine/view.js";

/** @type {Record<string, Point>} */
const WAYS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * Where an arrow key leads, kept on the photo.
 *
 * @param {Point} from
 * @param {string} key
 * @param {number} step in photo pixels
 * @param {{height: number, width: number}} photo
 * @returns {Point | null} null when it is no arrow key
 */
export function moved(from, key, step, photo) {
  const way = WAYS[key];
  if (!way) return null;
  const within = (/** @type {number} */ v, /** @type {number} */ side) =>
    Math.min(Math.max(v, 0.5), side - 0.5);
  return [within(from[0] + step * way[0], photo.height), within(from[1] + step * way[1], photo.width)];
}

/**
 * @param {HTMLElement} stage
 * @param {import("./state.js").Store} store
 * @param {Actions} actions
 * @param {import("./types.js").Engine} engine
 */
export function paintByKeyboard(stage, store, actions, engine) {
  /** @param {Stroke | null} stroke */
  function show(stroke) {
    store.set({ keyStroke: stroke });
    actions.strokeLive(stroke);
  }

  /** @param {Point} at */
  function press(at) {
    const { tool, keyStroke, kind, color, document, view } = store.get();
    if (keyStroke) {
      store.set({ keyStroke: null });
      actions.strokeDone(keyStroke);
    } else if (tool === "eyedropper") {
      const found = engine.readPixel(at[0], at[1]);
      if (found) actions.pickColor(found);
    } else if (tool === "select") {
      const found = strokeAt(document.strokes, at[0], at[1], 6 / view.scale);
      actions.select(found ? [found] : []);
    } else if (tool === "brush" || tool === "eraser") {
      const paint = tool === "eraser" ? /** @type {const} */ ("erase") : kind;
      show({
        id: newId(),
        kind: paint,
        color: paint === "color" ? color : null,
        width: actions.size(),
        points: [at],
      });
    }
  }

  /** Move the view so far that the crosshair is on the stage. @param {Point} at */
  function follow(at) {
    const { view } = store.get();
    const size = { height: stage.clientHeight, width: stage.clientWidth };
    const [x, y] = toStage(view, size, at[0], at[1]);
    const over = (/** @type {number} */ v, /** @type {number} */ most) =>
      Math.min(v - 24, 0) + Math.max(v - (most - 24), 0);
    const [dx, dy] = [over(x, size.width), over(y, size.height)];
    if (dx || dy) {
      actions.setView({ ...view, row: view.row + dy / view.scale, column: view.column + dx / view.scale });
    }
  }

  /** Say what is under the crosshair. @param {Point} at */
  function tell([row, column]) {
    const gray = engine.grayAt(row, column);
    const color = engine.readPixel(row, column);
    if (gray === null || !color) return;
    actions.setPointer({ row, column, lightness: lightnessTable(space("lab"))[gray], color });
  }

  stage.addEventListener("keydown", (event) => {
    const { project, crosshair, keyStroke, view } = store.get();
    if (!project || event.ctrlKey || event.metaKey) return;
    /** @type {Point} */
    const at = crosshair ?? [
      Math.min(Math.max(view.row, 0.5), project.height - 0.5),
      Math.min(Math.max(view.column, 0.5), project.width - 0.5),
    ];
    const step = event.altKey ? 1 : Math.max(actions.size() / 4, 1) * (event.shiftKey ? 6 : 1);
    const next = moved(at, event.key, step, project);
    if (next) {
      store.set({ crosshair: next });
      follow(next);
      tell(next);
      if (keyStroke) show({ ...keyStroke, points: [...keyStroke.points, next] });
    } else if (event.key === "Enter" || (event.key === " " && crosshair)) {
      if (event.repeat) return;
      if (crosshair) press(at);
      else store.set({ crosshair: at });
    } else if (event.key === "Escape" && keyStroke) {
      show(null);
    } else if (event.key === "Escape" && crosshair) {
      store.set({ crosshair: null });
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Tab" || event.key in WAYS) document.documentElement.dataset.keyboard = "";
  });
  document.addEventListener("pointerdown", () => delete document.documentElement.dataset.keyboard);

  // The pointer takes over; a stroke of the keyboard that was under way is kept.
  stage.addEventListener("pointerdown", leave);
  stage.addEventListener("blur", leave);
  function leave() {
    const { keyStroke, crosshair } = store.get();
    if (keyStroke) {
      store.set({ keyStroke: null });
      actions.strokeDone(keyStroke);
    }
    if (crosshair) store.set({ crosshair: null });
  }
}
