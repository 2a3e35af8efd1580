/**
 * The line between before and after: grey to its left, colour to its right. It can be dragged, and
 * moved by the arrow keys.
 */

const STEP = 0.02;

export class CompareHandle {
  /**
   * @param {HTMLElement} stage
   * @param {(position: number) => void} moved
   */
  constructor(stage, moved) {
    const handle = document.createElement("div");
    handle.className = "compare-handle";
    handle.tabIndex = 0;
    handle.setAttribute("role", "slider");
    handle.setAttribute("aria-orientation", "horizontal");
    handle.setAttribute("aria-valuemin", "0");
    handle.setAttribute("aria-valuemax", "100");
    handle.dataset.ownPointer = "";
    handle.style.display = "none";
    const grip = document.createElement("span");
    grip.className = "compare-grip";
    handle.append(grip);
    stage.append(handle);
    this.handle = handle;
    this.stage = stage;
    this.position = 0.5;

    /** @param {PointerEvent} event */
    const drag = (event) => {
      const box = stage.getBoundingClientRect();
      moved((event.clientX - box.left) / Math.max(box.width, 1));
    };
    handle.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      handle.focus({ preventScroll: true });
      handle.setPointerCapture(event.pointerId);
    });
    handle.addEventListener("pointermove", (event) => {
      if (handle.hasPointerCapture(event.pointerId)) drag(event);
    });
    handle.addEventListener("keydown", (event) => {
      const large = event.shiftKey ? 5 : 1;
      /** @type {Record<string, number>} */
      const steps = {
        ArrowLeft: -1,
        ArrowDown: -1,
        ArrowRight: 1,
        ArrowUp: 1,
        PageDown: -5,
        PageUp: 5,
      };
      let to = null;
      if (event.key in steps) to = this.position + STEP * large * steps[event.key];
      else if (event.key === "Home") to = 0;
      else if (event.key === "End") to = 1;
      if (to === null) return;
      event.preventDefault();
      event.stopPropagation(); // The arrows would also move the crosshair.
      moved(Math.min(Math.max(to, 0), 1));
    });
  }

  /**
   * @param {boolean} shown
   * @param {number} position
   * @param {string} label for those who do not see it
   */
  update(shown, position, label) {
    const { handle } = this;
    this.position = position;
    handle.style.display = shown ? "block" : "none";
    if (!shown) return;
    handle.style.left = `${(100 * position).toFixed(3)}%`;
    handle.setAttribute("aria-valuenow", String(Math.round(100 * position)));
    if (label) handle.setAttribute("aria-label", label);
  }

  destroy() {
    this.handle.remove();
  }
}
