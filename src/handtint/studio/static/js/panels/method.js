/** The method section: which method colours, how strongly, and its options from their declarations. */

import { html } from "../../vendor/htm-preact.module.js";
import { t, translator } from "../i18n.js";
import { Entry, IconButton, Slider } from "./controls.js";
import { useStore } from "./hooks.js";
import { Section } from "./section.js";

/** @typedef {import("../types.js").OptionSpec} OptionSpec */
/** @typedef {import("../types.js").Value} Value */

/** Positions of a slider that is even in the logarithm. */
const STEPS = 200;

/** @param {import("./hooks.js").Props} props */
export function MethodSection({ actions }) {
  const methods = useStore((s) => s.methods);
  const settings = useStore((s) => s.document.settings);
  const none = useStore((s) => !s.project);
  if (!methods) return null;
  const method = methods.methods.find((m) => m.name === settings.method);
  const groups = [
    { label: t("method.group.methods"), all: methods.methods.filter((m) => m.kind !== "baseline") },
    { label: t("method.group.baselines"), all: methods.methods.filter((m) => m.kind === "baseline") },
  ];
  const percent = (/** @type {number} */ v) => t("percent", { value: Math.round(100 * v) });

  return html`<${Section} id="method" title=${t("method")}>
    <label class="field">
      <span class="hidden">${t("method")}</span>
      <select
        id="method"
        value=${settings.method}
        disabled=${none}
        onChange=${(/** @type {any} */ e) => actions.setMethod(e.target.value)}
      >
        ${groups.map(
          ({ label, all }) => html`<optgroup label=${label}>
            ${all.map(
              (m) => html`<option value=${m.name}>
                ${m.name}${m.name === methods.default ? ` · ${t("method.default")}` : ""}
              </option>`,
            )}
          </optgroup>`,
        )}
      </select>
    </label>
    ${method &&
    html`<p class="help">
      ${translator.told(method.title)}. ${t(`method.hints.${method.hints}`)}
    </p>`}
    <${Slider}
      id="vividness"
      label=${t("vividness")}
      value=${settings.vividness}
      shown=${percent(settings.vividness)}
      minimum=${0}
      maximum=${2}
      step=${0.01}
      onInput=${(/** @type {number} */ vividness) => actions.previewSettings({ vividness })}
      onChange=${(/** @type {number} */ vividness) => actions.setSettings({ vividness })}
      rest=${{ disabled: none }}
    />
    <${Slider}
      id="opacity"
      label=${t("opacity")}
      value=${settings.opacity}
      shown=${percent(settings.opacity)}
      minimum=${0}
      maximum=${1}
      step=${0.01}
      onInput=${(/** @type {number} */ opacity) => actions.previewSettings({ opacity })}
      onChange=${(/** @type {number} */ opacity) => actions.setSettings({ opacity })}
      rest=${{ disabled: none }}
    />
    <details class="sub" id="options">
      <summary>${t("options")}</summary>
      <label class="option">
        <span class="name">${t("space")}</span>
        <select
          id="space"
          value=${settings.space}
          disabled=${none}
          onChange=${(/** @type {any} */ e) => actions.setSpace(e.target.value)}
        >
          ${methods.spaces.map(
            (s) => html`<option value=${s.name}>${translator.told(s.title)}</option>`,
          )}
        </select>
        <span class="help">${t("space.help")}</span>
      </label>
      ${(method?.options ?? []).map(
        (option) => html`<${OptionField}
          key=${`${settings.method}.${option.name}`}
          option=${option}
          value=${settings.options[option.name] ?? option.default}
          disabled=${none}
          actions=${actions}
        />`,
      )}
      ${method &&
      method.options.length > 0 &&
      html`<button
        type="button"
        class="button"
        id="reset-options"
        disabled=${none || !Object.keys(settings.options).length}
        onClick=${actions.resetOptions}
      >
        ${t("options.reset")}
      </button>`}
    </details>
    ${method &&
    html`<details class="sub" id="about-method">
      <summary>${t("method.about")}</summary>
      <p class="help">${t("method.energy")}</p>
      <p class="formula">${method.energy}</p>
      <p class="help">${t("method.reference")}</p>
      <p class="reference">${method.reference}</p>
    </details>`}
    ${methods.unavailable?.map(
      ({ name, message }) => html`<p class="help warning">${name}: ${translator.told(message)}</p>`,
    )}
  <//>`;
}

/**
 * @param {{
 *   option: OptionSpec, value: Value, disabled: boolean, actions: import("./hooks.js").Actions,
 * }} props
 */
function OptionField({ option, value, disabled, actions }) {
  const changed = value !== option.default;
  const set = (/** @type {Value} */ v) => actions.setOption(option, v);
  const id = `option-${option.name}`;
  return html`<div class="option">
    <label class="name" for=${id}>${option.name.replaceAll("_", " ")}</label>
    <${OptionInput} id=${id} option=${option} value=${value} disabled=${disabled} set=${set} />
    <${IconButton}
      icon="reset"
      label=${t("options.reset_one", { name: option.name, value: String(option.default) })}
      disabled=${disabled || !changed}
      onClick=${() => set(option.default)}
      rest=${{ "data-reset": option.name }}
    />
    <span class="help" id="${id}-help">${translator.told(option.help)}</span>
  </div>`;
}

/**
 * @param {{
 *   id: string, option: OptionSpec, value: Value, disabled: boolean, set: (v: Value) => void,
 * }} props
 */
function OptionInput({ id, option, value, disabled, set }) {
  const common = { id, disabled, "data-option": option.name, "aria-describedby": `${id}-help` };
  if (option.type === "bool") {
    return html`<input type="checkbox" checked=${value}
      onChange=${(/** @type {any} */ e) => set(e.target.checked)} ...${common} />`;
  }
  if (option.choices?.length) {
    return html`<select value=${value} onChange=${(/** @type {any} */ e) => set(e.target.value)}
      ...${common}>
      ${option.choices.map((choice) => html`<option value=${choice}>${choice}</option>`)}
    </select>`;
  }
  if (option.type === "str") {
    return html`<${Entry} value=${String(value)} rest=${{ type: "text", ...common }}
      commit=${(/** @type {HTMLInputElement} */ input) => set(input.value)} />`;
  }
  return html`<${NumberInput} option=${option} value=${value} set=${set} common=${common} />`;
}

/**
 * @param {{option: OptionSpec, value: Value, set: (v: Value) => void, common: any}} props
 */
function NumberInput({ option, value, set, common }) {
  const { minimum, maximum } = option;
  const whole = option.type === "int";
  const range = rangeOf(option);
  const number = Number(value);

  /** @param {HTMLInputElement} input */
  function typed(input) {
    const wish = input.valueAsNumber;
    const bad =
      !Number.isFinite(wish) ||
      (whole && !Number.isInteger(wish)) ||
      (minimum != null && wish < minimum) ||
      (maximum != null && wish > maximum);
    if (!bad) set(wish);
  }

  const bounds = { low: String(minimum), high: String(maximum) };
  return html`<${Entry}
      value=${number}
      commit=${typed}
      rest=${{
        type: "number",
        min: minimum,
        max: maximum,
        step: whole ? 1 : "any",
        title: range ? t("options.range", bounds) : undefined,
        ...common,
      }}
    />
    ${range &&
    html`<input
      type="range"
      min="0"
      max=${STEPS}
      step="1"
      aria-label=${option.name}
      aria-valuetext=${String(number)}
      value=${Math.round(STEPS * range.place(number))}
      disabled=${common.disabled}
      onChange=${(/** @type {any} */ e) => set(range.value(e.target.valueAsNumber / STEPS))}
    />`}`;
}

/**
 * How a slider goes over an option's range: by the logarithm where it spans more than a hundredfold.
 *
 * @param {OptionSpec} option
 * @returns {{place: (value: number) => number, value: (place: number) => number} | null}
 */
export function rangeOf({ type, minimum, maximum }) {
  if (minimum == null || maximum == null || !(maximum > minimum)) return null;
  const low = minimum;
  const high = maximum;
  const round = (/** @type {number} */ v) =>
    Math.min(Math.max(type === "int" ? Math.round(v) : Number(v.toPrecision(3)), low), high);
  if (low > 0 && high / low > 100) {
    return {
      place: (value) => Math.log(value / low) / Math.log(high / low),
      value: (place) => round(low * (high / low) ** place),
    };
  }
  if (low === 0 && high > 100) {
    // From 0 there is no logarithm: the square root leaves room for small values.
    return {
      place: (value) => Math.sqrt(value / high),
      value: (place) => round(high * place * place),
    };
  }
  return {
    place: (value) => (value - low) / (high - low),
    value: (place) => round(low + (high - low) * place),
  };
}
