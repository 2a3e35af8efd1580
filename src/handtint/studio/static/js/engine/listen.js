/**
 * DOM events of the stage, as samples for the state machine in `pointer.js`.
 *
 * @typedef {import("./pointer.js").Pointers} Pointers
 * @typedef {import("./pointer.js").Sample} Sample
 */

/** Events that a press on these must not reach the stage with: they have their own use. */
const OWN = "[data-own-pointer], button, input, a";

/** Pixels of a line and of a page, for wheels that count in these. */
const WHEEL_UNITS = [1, 16, 400];

/**
 * @typedef {"zoom" | "pan" | "size"} WheelKind
 * @typedef {object} Listener
 * @property {Pointers} pointers
 * @property {(x: number, y: number, dx: number, dy: number, kind: WheelKind) => void} wheel
 * @property {(held: boolean) => boolean} space whether the key now moves the view
 * @property {(shift: boolean, alt: boolean) => void} modifiers
 * @property {() => void} leave the pointer left the stage
 * @property {(event: PointerEvent) => void} painted called after an event was dealt with
 */

/**
 * @param {HTMLElement} stage
 * @param {Listener} listener
 * @returns {() => void} ends it
 */
export function listen(stage, listener) {
  const { pointers } = listener;
  const control = new AbortController();
  const { signal } = control;
  let controlHeld = false;
  /** @type {DOMRect} */
  let box = stage.getBoundingClientRect();

  /**
   * @param {PointerEvent} event
   * @returns {Sample}
   */
  const sample = (event) => ({
    id: event.pointerId,
    type: event.pointerType === "pen" || event.pointerType === "touch" ? event.pointerType : "mouse",
    button: event.button,
    buttons: event.buttons,
    x: event.clientX - box.left,
    y: event.clientY - box.top,
    pressure: event.pressure,
    shift: event.shiftKey,
    alt: event.altKey,
    time: event.timeStamp,
  });

  /** @param {PointerEvent} event */
  const owned = (event) => event.target instanceof Element && event.target.closest(OWN) !== null;

  stage.addEventListener(
    "pointerdown",
    (event) => {
      if (owned(event)) return;
      box = stage.getBoundingClientRect();
      // The middle button would scroll, a mouse select text.
      event.preventDefault();
      stage.focus({ preventScroll: true });
      if (pointers.down(sample(event))) capture(event.pointerId);
      listener.painted(event);
    },
    { signal },
  );

  /** @param {number} id */
  function capture(id) {
    try {
      stage.setPointerCapture(id);
    } catch {
      // The pointer is gone already: its end will be told by pointerup or pointercancel.
    }
  }

  stage.addEventListener(
    "pointermove",
    (event) => {
      if (!pointers.busy && owned(event)) {
        listener.leave();
        return;
      }
      if (!pointers.busy) box = stage.getBoundingClientRect();
      const all = event.getCoalescedEvents?.() ?? [];
      const samples = (all.length ? all : [event]).map(sample);
      pointers.move(samples);
      listener.painted(event);
    },
    { signal },
  );
  stage.addEventListener("pointerup", (event) => pointers.up(sample(event)), { signal });
  stage.addEventListener("pointercancel", (event) => pointers.lost(event.pointerId), { signal });
  stage.addEventListener("lostpointercapture", (event) => pointers.lost(event.pointerId), { signal });
  stage.addEventListener("pointerleave", () => listener.leave(), { signal });
  stage.addEventListener("contextmenu", (event) => event.preventDefault(), { signal });
  // Old WebKit zooms the page by itself, and a long press there selects.
  stage.addEventListener("gesturestart", (event) => event.preventDefault(), { signal });

  stage.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      box = stage.getBoundingClientRect();
      const unit = WHEEL_UNITS[event.deltaMode] ?? 1;
      const [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
      // A pinch on a touchpad comes as a wheel with a Ctrl key that nobody holds.
      const size = event.ctrlKey && controlHeld;
      const kind = size ? "size" : event.shiftKey ? "pan" : "zoom";
      const finer = event.ctrlKey && !controlHeld ? 5 : 1;
      listener.wheel(event.clientX - box.left, event.clientY - box.top, dx, dy * finer, kind);
    },
    { signal, passive: false },
  );

  /** @param {KeyboardEvent} event */
  function key(event) {
    controlHeld = event.ctrlKey || event.metaKey;
    listener.modifiers(event.shiftKey, event.altKey);
  }

  window.addEventListener(
    "keydown",
    (event) => {
      key(event);
      if (event.key === "Escape" && pointers.escape()) {
        event.preventDefault();
        event.stopImmediatePropagation();
      }
      const target = event.target;
      const free = target === stage || target === document.body;
      if (event.code === "Space" && free && !event.ctrlKey && !event.altKey) {
        if (listener.space(true)) event.preventDefault();
      }
    },
    { signal, capture: true },
  );
  window.addEventListener(
    "keyup",
    (event) => {
      key(event);
      if (event.code === "Space") listener.space(false);
    },
    { signal, capture: true },
  );
  window.addEventListener(
    "blur",
    () => {
      controlHeld = false;
      listener.space(false);
      pointers.blur();
    },
    { signal },
  );
  return () => control.abort();
}
