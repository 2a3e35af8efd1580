/**
 * The cursor: a ring of the brush's size. An element of its own, which the browser moves without any
 * canvas being drawn.
 *
 * @typedef {import("../types.js").State} State
 */

/** CSS pixels below which a ring tells nothing, and a cross is shown. */
const LEAST_RING = 6;

const MAGENTA = "#f02fc2";
const CYAN = "#19c3d9";

/**
 * Colour of what would be painted.
 * @param {State} state
 */
function inkColor({ tool, kind, color }) {
  if (tool === "eraser") return "transparent";
  if (kind === "color") return `rgb(${color.join(", ")})`;
  return { neutral: "#9a9a9a", barrier: MAGENTA, ignore: CYAN }[kind];
}

/**
 * CSS cursor of a tool.
 * @param {State} state
 * @param {{space: boolean, panning: boolean, alt: boolean, overStroke: boolean}} now
 */
export function cursorOf(state, { space, panning, alt, overStroke }) {
  if (panning) return "grabbing";
  if (space || state.tool === "pan") return "grab";
  if (state.tool === "eyedropper" || (state.tool === "brush" && alt)) return "crosshair";
  if (state.tool === "select") return overStroke ? "move" : "default";
  return sizeOf(state) < LEAST_RING ? "crosshair" : "none";
}

/** @param {State} state */
export const sizeOf = ({ tool, brushSize, eraserSize, view }) =>
  (tool === "eraser" ? eraserSize : brushSize) * view.scale;

export class Cursor {
  /** @param {HTMLElement} stage */
  constructor(stage) {
    this.stage = stage;
    this.ring = document.createElement("div");
    this.ring.className = "cursor-ring";
    this.ring.setAttribute("aria-hidden", "true");
    this.cross = document.createElement("div");
    this.cross.className = "key-cursor";
    this.cross.setAttribute("aria-hidden", "true");
    for (const element of [this.ring, this.cross]) element.style.display = "none";
    stage.append(this.ring, this.cross);
    /** @type {[number, number] | null} where it is in the stage, in CSS pixels */
    this.at = null;
    this.touch = false;
  }

  /**
   * @param {State} state
   * @param {{space: boolean, panning: boolean, alt: boolean, overStroke: boolean}} now
   * @param {[number, number] | null} keyAt where the keyboard paints, in the stage
   */
  update(state, now, keyAt) {
    const css = cursorOf(state, now);
    if (this.stage.style.cursor !== css) this.stage.style.cursor = css;
    const at = css === "none" && !this.touch ? this.at : null;
    place(this.ring, at, sizeOf(state));
    const color = inkColor(state);
    if (at) this.ring.style.borderColor = color === "transparent" ? "#ffffff" : color;
    const size = Math.max(sizeOf(state), LEAST_RING);
    place(this.cross, keyAt, size);
    if (keyAt) this.cross.style.borderColor = color === "transparent" ? "#ffffff" : color;
  }

  destroy() {
    this.ring.remove();
    this.cross.remove();
  }
}

/**
 * @param {HTMLElement} element
 * @param {[number, number] | null} at
 * @param {number} size
 */
function place(element, at, size) {
  const { style } = element;
  if (!at) {
    if (style.display !== "none") style.display = "none";
    return;
  }
  if (style.display !== "block") style.display = "block";
  const side = `${size.toFixed(2)}px`;
  if (style.width !== side) style.width = style.height = side;
  style.transform = `translate(${(at[0] - size / 2).toFixed(2)}px, ${(at[1] - size / 2).toFixed(2)}px)`;
}
