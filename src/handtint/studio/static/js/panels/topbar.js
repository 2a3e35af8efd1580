/** The bar at the top: what is open, undo and redo, compare, open, export or save, help. */

import { html, useRef } from "../../vendor/htm-preact.module.js";
import { LANGUAGES, t } from "../i18n.js";
import { IconButton } from "./controls.js";
import { usePanelOpen, useStore } from "./hooks.js";

/** @param {import("./hooks.js").Props} props */
export function TopBar({ actions }) {
  const project = useStore((s) => s.project);
  const session = useStore((s) => s.session);
  const undo = useStore((s) => s.undo);
  const redo = useStore((s) => s.redo);
  const showInk = useStore((s) => s.showInk);
  const saved = useStore((s) => s.saved);
  const theme = useStore((s) => s.theme);
  const language = useStore((s) => s.language);
  const panel = usePanelOpen();
  const mask = session?.mode === "mask";
  const none = !project;

  return html`<header class="topbar">
    <div class="title">
      <h1>handtint</h1>
      ${project && html`<span class="file" title=${project.name}>${project.name}</span>`}
      ${mask && html`<span class="badge">${t("mask.badge")}</span>`}
      ${mask && project && !saved &&
      html`<span class="unsaved" title=${t("mask.unsaved")}><span aria-hidden="true">●</span>
        <span class="hidden">${t("mask.unsaved")}</span></span>`}
    </div>
    <div class="group">
      <${IconButton} id="undo" icon="undo" label=${t("undo")} keys="Ctrl+Z" disabled=${!undo}
        onClick=${actions.undo} />
      <${IconButton} id="redo" icon="redo" label=${t("redo")} keys="Ctrl+Shift+Z" disabled=${!redo}
        onClick=${actions.redo} />
    </div>
    <div class="group">
      <${IconButton} id="ink" icon="ink" label=${t("ink")} keys="K" pressed=${showInk}
        disabled=${none} onClick=${actions.toggleInk} />
      <${CompareButton} actions=${actions} none=${none} />
    </div>
    <div class="group end">
      <select
        class="quiet"
        id="language"
        aria-label=${t("language")}
        title=${t("language")}
        value=${language}
        onChange=${(/** @type {any} */ e) => void actions.setLanguage(e.target.value)}
      >
        ${Object.entries(LANGUAGES).map(
          ([tag, name]) => html`<option value=${tag} lang=${tag}>${name}</option>`,
        )}
      </select>
      <${IconButton} id="theme" icon=${theme} label=${t(`theme.${theme}`)}
        onClick=${actions.nextTheme} />
      <${IconButton} id="help" icon="help" label=${t("help")} keys="?"
        onClick=${() => actions.showDialog("help")} />
    </div>
    <div class="group">
      <${IconButton} id="open" icon="open" label=${t("open")} text=${t("open")} keys="Ctrl+O"
        onClick=${() => actions.showDialog("open")} />
      <${IconButton} id="export" icon="export" label=${t("export")} text=${t("export")} keys="X"
        primary=${!mask} disabled=${none} onClick=${() => actions.showDialog("export")} />
      ${mask &&
      html`<${IconButton} id="save" icon="save" label=${t("save_mask")} text=${t("save")} keys="S"
        primary disabled=${none} onClick=${() => void actions.save()} />`}
      ${!mask && session?.output &&
      html`<${IconButton} id="save" icon="save" label=${t("save_project")} text=${t("save")} keys="S"
        disabled=${none} onClick=${() => void actions.save()} />`}
      <${IconButton} id="panel-toggle" icon="panel" label=${t("panel")} keys="P" pressed=${panel}
        onClick=${actions.toggleDrawer} rest=${{ "aria-controls": "panel" }} />
    </div>
  </header>`;
}

/** Longer than a click, in milliseconds. */
const HOLD = 350;

/**
 * A click brings the line between before and after; holding the button shows the original.
 * @param {import("./hooks.js").Props & {none: boolean}} props
 */
function CompareButton({ actions, none }) {
  const on = useStore((s) => s.compare.on);
  const timer = useRef(/** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined));
  const held = useRef(false);

  function down() {
    held.current = false;
    timer.current = setTimeout(() => {
      held.current = true;
      actions.holdOriginal(true);
    }, HOLD);
  }

  function up() {
    clearTimeout(timer.current);
    if (held.current) actions.holdOriginal(false);
  }

  return html`<${IconButton}
    id="compare"
    icon="compare"
    label=${t("compare")}
    keys="C"
    pressed=${on}
    disabled=${none}
    onClick=${() => held.current || actions.toggleCompare()}
    rest=${{
      onPointerDown: down,
      onPointerUp: up,
      onPointerLeave: up,
      onPointerCancel: up,
      onKeyDown: () => {
        held.current = false;
      },
    }}
  />`;
}
