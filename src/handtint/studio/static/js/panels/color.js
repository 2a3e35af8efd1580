/** The colour section: picker, codes, eyedroppers, recent colours and palettes. */

import { html, useRef } from "../../vendor/htm-preact.module.js";
import { colorName } from "../color/names.js";
import { fromCodes, recompose, space } from "../color/spaces.js";
import { t } from "../i18n.js";
import { paletteOf } from "../reference.js";
import { shownColor } from "../state.js";
import { Chips, css, Entry, fromHex, hex, IconButton, Slider } from "./controls.js";
import { useStore } from "./hooks.js";
import { Icon } from "./icons.js";
import { PALETTES } from "./palettes.js";
import { Picker, usable } from "./picker.js";
import { Section } from "./section.js";

/** @typedef {import("../types.js").RGB} RGB */

const REFERENCE = "reference";
const REFERENCE_COLORS = 14;

/** @param {import("./hooks.js").Props} props */
export function ColorSection({ actions }) {
  const light = useStore((s) => usable(s.lightness));
  return html`<${Section} id="color" title=${t("color")}>
    <div class="mix">
      <${Picker} actions=${actions} />
      <${Codes} actions=${actions} />
    </div>
    <${Slider}
      id="lightness"
      label=${t("lightness")}
      value=${light}
      shown=${String(light)}
      minimum=${4}
      maximum=${98}
      step=${1}
      onInput=${actions.setLightness}
      onChange=${actions.setLightness}
      rest=${{ title: t("lightness.help") }}
    />
    <${Named} actions=${actions} />
    <${Recent} actions=${actions} />
    <${Palettes} actions=${actions} />
  <//>`;
}

/** The colour's name, and the eyedroppers. @param {import("./hooks.js").Props} props */
function Named({ actions }) {
  const color = useStore(shownColor);
  const tool = useStore((s) => s.tool);
  const none = useStore((s) => !s.project);
  const Dropper = /** @type {any} */ (globalThis).EyeDropper;

  async function fromScreen() {
    try {
      const picked = await new Dropper().open();
      const found = fromHex(picked.sRGBHex) ?? fromCss(picked.sRGBHex);
      if (found) actions.pickColor(found);
    } catch {
      // The person gave up: nothing is to be said.
    }
  }

  return html`<div class="named">
    <output id="color-name" class="colorname">${colorName(color, t)}</output>
    <${IconButton} icon="eyedropper" label=${t("tool.eyedropper")} keys="I" disabled=${none}
      pressed=${tool === "eyedropper"} onClick=${() => actions.setTool("eyedropper")} />
    ${Dropper &&
    html`<${IconButton} id="screen-dropper" icon="screen" label=${t("screen_dropper")}
      onClick=${() => void fromScreen()} />`}
  </div>`;
}

/** The colour as numbers. @param {import("./hooks.js").Props} props */
function Codes({ actions }) {
  const color = useStore(shownColor);
  const light = useStore((s) => usable(s.lightness));
  const model = space(useStore((s) => s.document.settings.space));
  const [, a, b] = fromCodes(model, color);
  const here = recompose(model, light, a, b);

  /** @param {number} channel @param {HTMLInputElement} input */
  function setChannel(channel, input) {
    const value = Math.round(input.valueAsNumber);
    if (!(value >= 0 && value <= 255)) return;
    actions.setColor(/** @type {RGB} */ (color.map((v, i) => (i === channel ? value : v))));
  }

  return html`<div class="codes">
    <span class="swatch" title=${t("swatch.help")} style=${{ background: css(color) }}>
      <span id="swatch-here" style=${{ background: css(here) }}></span>
    </span>
    <label class="code wide">
      <span class="hidden">${t("hex")}</span>
      <${Entry}
        value=${hex(color)}
        commit=${(/** @type {HTMLInputElement} */ input) => {
          const found = fromHex(input.value);
          if (found) actions.setColor(found);
        }}
        rest=${{ id: "color-hex", type: "text", spellcheck: false, autocomplete: "off", maxlength: 7 }}
      />
    </label>
    ${["red", "green", "blue"].map(
      (name, i) => html`<label class="code">
        <span aria-hidden="true">${t(`${name}.short`)}</span>
        <${Entry}
          value=${color[i]}
          commit=${(/** @type {HTMLInputElement} */ input) => setChannel(i, input)}
          rest=${{ id: `color-${name}`, type: "number", min: 0, max: 255, "aria-label": t(name) }}
        />
      </label>`,
    )}
  </div>`;
}

/**
 * Colour of "rgb(1, 2, 3)", which some browsers' eyedroppers give.
 * @param {string} text
 * @returns {RGB | null}
 */
function fromCss(text) {
  const found = /(\d+)\D+(\d+)\D+(\d+)/.exec(text);
  return found && [Number(found[1]), Number(found[2]), Number(found[3])];
}

/** @param {import("./hooks.js").Props} props */
function Recent({ actions }) {
  const recent = useStore((s) => s.recent);
  const now = useStore(shownColor);
  if (!recent.length) return null;
  const chips = recent.map((color) => ({ name: colorName(color, t), color }));
  return html`<div class="field">
    <span class="name">${t("recent")}</span>
    <${Chips} id="recent" chips=${chips} label=${t("recent")} now=${now} onPick=${actions.setColor} />
  </div>`;
}

/** @param {import("./hooks.js").Props} props */
function Palettes({ actions }) {
  const now = useStore(shownColor);
  const chosen = useStore((s) => s.palette);
  const reference = useStore((s) => s.reference);
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));

  const own = reference && chosen === REFERENCE;
  const palette = PALETTES.find((p) => p.id === chosen) ?? PALETTES[0];
  const chips = own
    ? reference.colors.map((color) => ({ name: colorName(color, t), color }))
    : palette.colors.map(({ name, color }) => ({ name: t(`swatch.${name}`), color }));

  /** @param {File | undefined} file */
  async function take(file) {
    if (!file) return;
    try {
      const colors = await paletteOf(file, REFERENCE_COLORS);
      actions.setReference({ name: file.name, colors });
    } catch {
      actions.toast("error", t("error.reference", { name: file.name }));
    }
  }

  return html`<div class="field">
    <div class="row">
      <label class="grow">
        <span class="hidden">${t("palette")}</span>
        <select
          id="palette"
          value=${own ? REFERENCE : palette.id}
          onChange=${(/** @type {any} */ e) => actions.setPalette(e.target.value)}
        >
          ${PALETTES.map(({ id }) => html`<option value=${id}>${t(`palette.${id}`)}</option>`)}
          ${reference && html`<option value=${REFERENCE}>${reference.name}</option>`}
        </select>
      </label>
      <button type="button" class="button" title=${t("palette.from_picture.help")}
        onClick=${() => input.current?.click()}>
        <${Icon} name="picture" /><span class="text">${t("palette.from_picture")}</span>
      </button>
      <input
        ref=${input}
        id="reference-file"
        type="file"
        accept="image/*"
        class="hidden"
        tabindex="-1"
        aria-label=${t("palette.from_picture.help")}
        onChange=${(/** @type {any} */ e) => {
          void take(e.target.files[0]);
          e.target.value = "";
        }}
      />
    </div>
    <${Chips} id="palette-chips" chips=${chips} label=${t("palette")} now=${now}
      onPick=${actions.setColor} />
  </div>`;
}
