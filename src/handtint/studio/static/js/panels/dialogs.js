/** The dialogs: open, export, shortcuts, recovered strokes, another tab. */

import { html, useEffect, useLayoutEffect, useRef, useState } from "../../vendor/htm-preact.module.js";
import { FORMATS } from "../files.js";
import { t } from "../i18n.js";
import { SHORTCUTS } from "../shortcuts.js";
import { IconButton, keyName } from "./controls.js";
import { useStore } from "./hooks.js";
import { Icon } from "./icons.js";

const ACCEPT = ".png,.jpg,.jpeg,.tif,.tiff,.webp,.handtint,.jsonl,image/*";
/** Whether the server is on the person's own machine. */
const LOCAL = /^(127\.0\.0\.1|localhost|\[::1\])$/.test(globalThis.location?.hostname ?? "");
const GROUPS = /** @type {const} */ (["tools", "painting", "view", "edit", "file"]);

/**
 * A native dialog, open while the state says so.
 *
 * @param {{
 *   name: import("../types.js").DialogName, title: string, children: any,
 *   actions: import("./hooks.js").Actions, firm?: boolean, modal?: boolean,
 * }} props firm: it goes only by its own buttons
 */
function Dialog({ name, title, children, actions, firm = false, modal = true }) {
  const open = useStore((s) => s.dialog === name);
  const element = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useLayoutEffect(() => {
    const dialog = element.current;
    if (!dialog || dialog.open === open) return;
    if (!open) dialog.close();
    else if (modal) dialog.showModal();
    else dialog.show();
  }, [open]);

  return html`<dialog
    ref=${element}
    data-dialog=${name}
    class=${modal ? "" : "notice"}
    aria-labelledby="dialog-${name}"
    onCancel=${(/** @type {Event} */ e) => firm && e.preventDefault()}
    onClose=${() => {
      // The event comes late: the dialog may be open again by then.
      if (open && !element.current?.open) actions.closeDialog();
    }}
    onClick=${(/** @type {Event} */ e) => {
      if (!firm && modal && e.target === element.current) actions.closeDialog();
    }}
  >
    <div class="sheet">
      <div class="head">
        <h2 id="dialog-${name}">${title}</h2>
        ${!firm &&
        html`<${IconButton} icon="close" label=${t("close")} onClick=${actions.closeDialog} />`}
      </div>
      ${open && children}
    </div>
  </dialog>`;
}

/**
 * A place to drop a file, with a button that chooses one.
 * @param {{actions: import("./hooks.js").Actions, id: string, autofocus?: boolean}} props
 */
export function DropZone({ actions, id, autofocus = false }) {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  return html`<div class="drop">
    <${Icon} name="picture" />
    <p>${t("drop.sentence")}</p>
    <button
      type="button"
      class="button primary"
      id="choose-${id}"
      autofocus=${autofocus}
      onClick=${() => input.current?.click()}
    >
      ${t("drop.choose")}
    </button>
    <p class="help">${t("drop.paste")} ${LOCAL ? t("drop.private") : ""}</p>
    <input
      ref=${input}
      id="file-${id}"
      type="file"
      accept=${ACCEPT}
      class="hidden"
      tabindex="-1"
      aria-label=${t("drop.choose")}
      onChange=${(/** @type {any} */ e) => {
        const file = e.target.files[0];
        if (file) actions.take(file);
        e.target.value = "";
      }}
    />
  </div>`;
}

/** @param {import("./hooks.js").Props} props */
function OpenDialog({ actions }) {
  const staged = useStore((s) => s.staged);
  const base = useStore((s) => s.document.base);
  return html`<${Dialog} name="open" title=${t(staged ? "open.what" : "open.title")} actions=${actions}>
    ${staged
      ? html`<p class="name">${staged.name}</p>
          <div class="choices">
            <button type="button" class="choice" id="open-photo"
              onClick=${() => void actions.openFile(staged)}>
              <strong>${t("open.as_photo")}</strong><span>${t("open.as_photo.help")}</span>
            </button>
            <button type="button" class="choice" id="open-mask" disabled=${base}
              onClick=${() => void actions.openMask(staged)}>
              <strong>${t("open.as_mask")}</strong>
              <span>${t(base ? "open.as_mask.taken" : "open.as_mask.help")}</span>
            </button>
          </div>`
      : html`<${DropZone} actions=${actions} id="open" autofocus />`}
  <//>`;
}

/** @param {import("./hooks.js").Props} props */
function ExportDialog({ actions }) {
  const busy = useStore((s) => s.busy);
  const project = useStore((s) => s.project);
  return html`<${Dialog} name="export" title=${t("export.title")} actions=${actions}>
    ${project &&
    html`<p class="help">${t("export.size", { width: project.width, height: project.height })}</p>`}
    <div class="choices formats">
      ${FORMATS.map(
        (format, i) => html`<button
          type="button"
          class="choice"
          autofocus=${i === 0}
          data-format=${format}
          disabled=${Boolean(busy)}
          onClick=${() => void actions.exportAs(format)}
        >
          <strong>${t(`format.${format}`)}</strong><span>${t(`format.${format}.help`)}</span>
        </button>`,
      )}
    </div>
    <div class="foot" role="status">
      ${busy ? html`<progress aria-label=${busy}></progress><span>${busy}</span>` : null}
    </div>
  <//>`;
}

/** @param {{keys: string}} props */
function Keys({ keys }) {
  const parts = keys.split(/\+(?=.)/);
  return html`<span class="keys">
    ${parts.map((part) => html`<kbd>${keyName(part)}</kbd>`)}
  </span>`;
}

/** @param {import("./hooks.js").Props} props */
function HelpDialog({ actions }) {
  const version = useStore((s) => s.session?.version ?? "");
  return html`<${Dialog} name="help" title=${t("help.title")} actions=${actions}>
    <div class="shortcuts">
      ${GROUPS.map(
        (group) => html`<section>
          <h3>${t(`help.${group}`)}</h3>
          <dl>
            ${SHORTCUTS.filter((s) => s.group === group).map(
              (s) => html`<div>
                <dt>${t(`shortcut.${s.id}`)}</dt>
                <dd>${s.keys.map((keys) => html`<${Keys} keys=${keys} />`)}</dd>
              </div>`,
            )}
          </dl>
        </section>`,
      )}
    </div>
    <p class="help foot">handtint ${version}</p>
  <//>`;
}

/** @param {import("./hooks.js").Props} props */
function RecoveredNotice({ actions }) {
  const name = useStore((s) => s.project?.name ?? "");
  return html`<${Dialog} name="recovered" title=${t("recovered.title")} modal=${false} firm
    actions=${actions}>
    <p>${t("recovered.text", { name })}</p>
    <div class="buttons">
      <button type="button" class="button primary" id="keep" autofocus onClick=${actions.closeDialog}>
        ${t("recovered.keep")}
      </button>
      <button type="button" class="button" id="afresh" onClick=${actions.startAfresh}>
        ${t("recovered.afresh")}
      </button>
    </div>
  <//>`;
}

/** @param {import("./hooks.js").Props} props */
function SupersededDialog({ actions }) {
  return html`<${Dialog} name="superseded" title=${t("superseded.title")} firm actions=${actions}>
    <p>${t("superseded.text")}</p>
    <div class="buttons">
      <button type="button" class="button primary" id="take-over" onClick=${actions.takeOver}>
        ${t("superseded.take_over")}
      </button>
    </div>
  <//>`;
}

/** What is shown while a file is dragged over the page. */
export function DropCurtain() {
  const [over, setOver] = useState(false);
  useEffect(() => {
    let depth = 0;
    const files = (/** @type {DragEvent} */ e) => e.dataTransfer?.types.includes("Files");
    const show = (/** @type {number} */ change) => {
      depth = Math.max(depth + change, 0);
      setOver(depth > 0);
    };
    const enter = (/** @type {DragEvent} */ e) => files(e) && show(1);
    const leave = (/** @type {DragEvent} */ e) => files(e) && show(-1);
    const drop = () => show(-depth);
    document.addEventListener("dragenter", enter);
    document.addEventListener("dragleave", leave);
    document.addEventListener("drop", drop);
    return () => {
      document.removeEventListener("dragenter", enter);
      document.removeEventListener("dragleave", leave);
      document.removeEventListener("drop", drop);
    };
  }, []);
  return over && html`<div class="curtain"><p>${t("drop.here")}</p></div>`;
}

/** @param {import("./hooks.js").Props} props */
export function Dialogs({ actions }) {
  return html`<${OpenDialog} actions=${actions} />
    <${ExportDialog} actions=${actions} />
    <${HelpDialog} actions=${actions} />
    <${SupersededDialog} actions=${actions} />
    <${RecoveredNotice} actions=${actions} />`;
}
