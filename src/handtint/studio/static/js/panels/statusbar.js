/** The line at the bottom: zoom, pointer, colour under it, solver, connection. */

import { html, useEffect, useRef, useState } from "../../vendor/htm-preact.module.js";
import { colorName } from "../color/names.js";
import { t, translator } from "../i18n.js";
import { css, IconButton } from "./controls.js";
import { useStore } from "./hooks.js";

/** A solve shorter than this shows no Cancel: it would only flicker. In milliseconds. */
const PATIENCE = 350;

/** @param {import("./hooks.js").Props} props */
export function StatusBar({ actions }) {
  return html`<footer class="statusbar">
    <${Zoom} actions=${actions} />
    <${Where} />
    <${Working} actions=${actions} />
    <${Line} />
  </footer>`;
}

/** @param {import("./hooks.js").Props} props */
function Zoom({ actions }) {
  const ratio = globalThis.devicePixelRatio || 1;
  const percent = useStore((s) => Math.round(100 * s.view.scale * ratio));
  const none = useStore((s) => !s.project);
  return html`<div class="group zoom" role="group" aria-label=${t("zoom")}>
    <${IconButton} icon="minus" label=${t("zoom.out")} disabled=${none}
      onClick=${() => actions.zoomBy(1 / 1.25)} />
    <button type="button" class="button" id="zoom" disabled=${none} title=${t("zoom.actual")}
      onClick=${actions.zoomActual}>${none ? "–" : t("percent", { value: percent })}</button>
    <${IconButton} icon="plus" label=${t("zoom.in")} disabled=${none}
      onClick=${() => actions.zoomBy(1.25)} />
    <${IconButton} id="fit" icon="fit" label=${t("zoom.fit")} keys="0" disabled=${none}
      onClick=${actions.zoomFit} />
  </div>`;
}

function Where() {
  const pointer = useStore((s) => s.pointer);
  if (!pointer) return html`<div class="where"></div>`;
  const values = {
    row: Math.floor(pointer.row),
    column: Math.floor(pointer.column),
    lightness: Math.round(pointer.lightness),
  };
  return html`<div class="where" id="pointer">
    <span class="place">${t("pointer", values)}</span>
    <span class="lightness">${t("pointer.lightness", values)}</span>
    <span class="dot" style=${{ background: css(pointer.color) }}></span>
    <span class="under">${colorName(pointer.color, t)}</span>
  </div>`;
}

/**
 * What is being done, in words, and how far it is.
 * @param {import("../types.js").State} s
 * @returns {{text: string, fraction: number | null, cancel: boolean}}
 */
export function doing(s) {
  if (s.busy) return { text: s.busy, fraction: null, cancel: false };
  if (!s.project) return { text: "", fraction: null, cancel: false };
  const { state, fraction, stage } = s.solver;
  const drawn = s.document.strokes.length > 0 || s.document.base;
  const method = s.methods?.methods.find((m) => m.name === s.solver.method);
  const name = method ? translator.told(method.title) : "";
  switch (state) {
    case "starting":
      return { text: t("solver.starting"), fraction: null, cancel: false };
    case "preview":
      return { text: t("solver.preview"), fraction: fraction || null, cancel: true };
    case "solving":
      return { text: t("solver.solving", { name }), fraction, cancel: true };
    case "cancelled":
      return { text: t("solver.cancelled"), fraction: null, cancel: false };
    case "failed":
      return { text: t("solver.failed"), fraction: null, cancel: false };
    default:
      return { text: t(drawn && stage ? "solver.done" : "solver.idle"), fraction: null, cancel: false };
  }
}

/** @param {import("./hooks.js").Props} props */
function Working({ actions }) {
  const solver = useStore((s) => s.solver);
  const document = useStore((s) => s.document);
  const busy = useStore((s) => s.busy);
  const project = useStore((s) => s.project);
  const methods = useStore((s) => s.methods);
  const again = useStore((s) => s.solver.state === "cancelled" || s.solver.state === "failed");
  const now = doing(/** @type {any} */ ({ solver, busy, project, methods, document }));
  const patient = useDelayed(now.cancel, PATIENCE);
  // Short work does not change what is said: it would only flicker.
  const said = useRef("");
  if (patient || !now.cancel) said.current = now.text;
  return html`<div class="working">
    <span id="status" role="status" aria-live="polite">${said.current}</span>
    ${(now.fraction !== null || busy) &&
    (patient || busy) &&
    html`<progress max="1" value=${now.fraction ?? undefined} aria-label=${now.text}></progress>`}
    ${patient &&
    html`<button type="button" class="button" id="cancel" onClick=${actions.cancelSolve}>
      ${t("cancel")}
    </button>`}
    ${again &&
    html`<button type="button" class="button" id="solve" onClick=${actions.solve}>
      ${t("solver.again")}
    </button>`}
  </div>`;
}

/**
 * True once `value` has been true for some time; false at once.
 * @param {boolean} value
 * @param {number} milliseconds
 */
function useDelayed(value, milliseconds) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!value) {
      setLate(false);
      return undefined;
    }
    const timer = setTimeout(() => setLate(true), milliseconds);
    return () => clearTimeout(timer);
  }, [value]);
  return value && late;
}

function Line() {
  const connection = useStore((s) => s.connection);
  const unacked = useStore((s) => s.unacked);
  const project = useStore((s) => s.project);
  const renderer = useStore((s) => s.renderer);
  if (!project) return null;
  const text = t(`connection.${connection}`, { count: unacked });
  return html`<div class="line">
    ${renderer && html`<span class="renderer">${t("renderer.2d")}</span>`}
    <span id="connection" class="connection ${connection}" role="status" title=${text}>
      <span class="lamp" aria-hidden="true"></span>
      <span class=${connection === "open" ? "hidden" : ""}>${text}</span>
    </span>
  </div>`;
}
