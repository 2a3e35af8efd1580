/** The bar at the left: tools, kinds of stroke, size, pressure. */

import { html } from "../../vendor/htm-preact.module.js";
import { t } from "../i18n.js";
import { css, Entry, IconButton, Toolbar } from "./controls.js";
import { useStore } from "./hooks.js";

const TOOLS = /** @type {const} */ ([
  ["brush", "B"],
  ["eraser", "E"],
  ["select", "V"],
  ["pan", "H"],
  ["eyedropper", "I"],
]);
const KINDS = /** @type {const} */ (["color", "neutral", "barrier", "ignore"]);

/** Positions of the size slider: its way is even in the logarithm of the size. */
const STEPS = 100;

/** @param {import("./hooks.js").Props} props */
export function ToolBar({ actions }) {
  const tool = useStore((s) => s.tool);
  const color = useStore((s) => s.color);
  const kind = useStore((s) => s.kind);
  const pressure = useStore((s) => s.pressure);
  const none = useStore((s) => !s.project);
  const marked = tool === "brush" ? kind : null;

  return html`<nav class="toolbar" aria-label=${t("toolbar")}>
    <${Toolbar} label=${t("tools")} class="stack" vertical>
      ${TOOLS.map(
        ([name, key]) => html`<${IconButton}
          icon=${name}
          label=${t(`tool.${name}`)}
          keys=${key}
          pressed=${tool === name}
          disabled=${none}
          onClick=${() => actions.setTool(name)}
          rest=${{ "data-tool": name }}
        />`,
      )}
    <//>
    <hr />
    <${Toolbar} label=${t("kinds")} class="stack kinds" vertical>
      ${KINDS.map(
        (name, i) => html`<${IconButton}
          icon=${name}
          label=${t(`kind.${name}`)}
          keys=${String(i + 1)}
          pressed=${marked === name}
          disabled=${none}
          onClick=${() => actions.setKind(name)}
          rest=${{
            "data-kind": name,
            style: name === "color" ? { "--ink": css(color) } : undefined,
          }}
        />`,
      )}
    <//>
    <hr />
    <${Size} actions=${actions} none=${none} />
    <hr />
    <div class="stack">
      <${IconButton}
        id="pressure"
        icon="pressure"
        label=${t("pressure")}
        pressed=${pressure}
        disabled=${none}
        onClick=${() => actions.setPressure(!pressure)}
      />
    </div>
  </nav>`;
}

/** @param {any} event @param {number} most */
const sizeAt = (event, most) => Math.exp((event.target.valueAsNumber / STEPS) * Math.log(most));

/** @param {{actions: import("./hooks.js").Actions, none: boolean}} props */
function Size({ actions, none }) {
  const size = useStore(() => actions.size());
  const most = useStore(() => actions.largestSize());
  const eraser = useStore((s) => s.tool === "eraser");
  const label = t(eraser ? "size.eraser" : "size.brush");
  const place = Math.round((STEPS * Math.log(size)) / Math.log(most));
  return html`<div class="stack size">
    <input
      type="range"
      class="upright"
      id="size"
      aria-label=${label}
      aria-orientation="vertical"
      aria-valuetext=${t("size.value", { size })}
      title="${label} ([ ])"
      min="0"
      max=${STEPS}
      value=${place}
      disabled=${none}
      onInput=${(/** @type {any} */ e) => actions.setSizeTo(sizeAt(e, most), { commit: false })}
      onChange=${(/** @type {any} */ e) => actions.setSizeTo(sizeAt(e, most))}
    />
    <${Entry}
      value=${Math.round(size)}
      commit=${(/** @type {HTMLInputElement} */ input) =>
        input.valueAsNumber > 0 && actions.setSizeTo(input.valueAsNumber)}
      rest=${{
        id: "size-number",
        type: "number",
        "aria-label": label,
        title: label,
        min: 1,
        max: most,
        step: 1,
        disabled: none,
      }}
    />
  </div>`;
}
