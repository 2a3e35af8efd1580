/** The stage with what lies above the picture: the welcome, the names of the compared sides. */

import { html, useEffect, useRef } from "../../vendor/htm-preact.module.js";
import { t } from "../i18n.js";
import { Spots } from "./advice.js";
import { DropZone } from "./dialogs.js";
import { useStore } from "./hooks.js";

/**
 * @param {import("./hooks.js").Props & {stage: HTMLElement}} props
 */
export function Stage({ actions, stage }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const none = useStore((s) => !s.project);
  const session = useStore((s) => s.session);
  stage.setAttribute("aria-label", t("stage"));

  // The engine owns what is inside the stage, so that no panel ever touches it.
  useEffect(() => place.current?.prepend(stage), []);

  return html`<main class="stage-frame" ref=${place}>
    <${Spots} actions=${actions} />
    <${CompareSides} />
    <${Busy} />
    ${none && session && html`<div class="welcome"><${DropZone} actions=${actions} id="welcome" /></div>`}
  </main>`;
}

/** Which side of the line is which. */
function CompareSides() {
  const on = useStore((s) => s.compare.on && !s.compare.held && Boolean(s.project));
  const position = useStore((s) => s.compare.position);
  const held = useStore((s) => s.compare.held && Boolean(s.project));
  if (held) return html`<span class="side alone" aria-hidden="true">${t("compare.before")}</span>`;
  if (!on) return null;
  return html`<div class="sides" aria-hidden="true" style=${{ left: `${100 * position}%` }}>
    <span class="side before">${t("compare.before")}</span>
    <span class="side after">${t("compare.after")}</span>
  </div>`;
}

/** Work that takes its time, in the middle of where one looks. */
function Busy() {
  const busy = useStore((s) => s.busy);
  const exporting = useStore((s) => s.dialog === "export");
  if (!busy || exporting) return null;
  return html`<div class="busy"><progress aria-label=${busy}></progress><span>${busy}</span></div>`;
}
