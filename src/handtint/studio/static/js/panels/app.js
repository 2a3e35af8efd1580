/** The page as a whole. */

import { html, useEffect, useRef } from "../../vendor/htm-preact.module.js";
import { t } from "../i18n.js";
import { AdviceSection } from "./advice.js";
import { ColorSection } from "./color.js";
import { IconButton } from "./controls.js";
import { Dialogs, DropCurtain } from "./dialogs.js";
import { usePanelOpen, useStore } from "./hooks.js";
import { Icon } from "./icons.js";
import { MethodSection } from "./method.js";
import { Stage } from "./stage.js";
import { StatusBar } from "./statusbar.js";
import { StrokesSection } from "./strokes.js";
import { ToolBar } from "./toolbar.js";
import { TopBar } from "./topbar.js";

/**
 * @param {import("./hooks.js").Props & {stage: HTMLElement}} props
 */
export function App({ actions, stage }) {
  // Drawn anew as a whole in another language.
  useStore((s) => s.language);
  const open = usePanelOpen();
  const empty = useStore((s) => !s.project);
  const look = `app${open ? "" : " closed"}${empty ? " empty" : ""}`;
  return html`<div class=${look}>
    <${TopBar} actions=${actions} />
    <${ToolBar} actions=${actions} />
    <${Stage} actions=${actions} stage=${stage} />
    <aside class="panel" id="panel" aria-label=${t("panel")}>
      <${ColorSection} actions=${actions} />
      <${AdviceSection} actions=${actions} />
      <${MethodSection} actions=${actions} />
      <${StrokesSection} actions=${actions} />
    </aside>
    <${StatusBar} actions=${actions} />
    <${Dialogs} actions=${actions} />
    <${Toasts} actions=${actions} />
    <${DropCurtain} />
  </div>`;
}

/** @param {import("./hooks.js").Props} props */
function Toasts({ actions }) {
  const toasts = useStore((s) => s.toasts);
  const dialog = useStore((s) => s.dialog);
  const region = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    const element = region.current;
    if (!element) return;
    // Shown anew each time, so that it lies above a dialog that has just opened.
    if (element.matches(":popover-open")) element.hidePopover();
    if (toasts.length) element.showPopover();
  }, [toasts, dialog]);
  // What appears together with its text is not read aloud: the newest message stands here too.
  return html`<div class="hidden" role="alert">${toasts.at(-1)?.text ?? ""}</div>
    <div ref=${region} class="toasts" popover="manual" role="region" aria-label=${t("messages")}>
      ${toasts.map(
        ({ id, kind, text }) => html`<div key=${id} class="toast ${kind}" data-toast=${kind}>
          <${Icon} name=${kind === "error" ? "warning" : "info"} />
          <p>${text}</p>
          <${IconButton} icon="close" label=${t("dismiss")}
            onClick=${() => actions.dismissToast(id)} />
        </div>`,
      )}
    </div>`;
}
