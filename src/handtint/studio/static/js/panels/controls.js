/** Controls that several panels use. */

import { html, useLayoutEffect, useRef, useState } from "../../vendor/htm-preact.module.js";
import { t, translator } from "../i18n.js";
import { Icon } from "./icons.js";

/**
 * One key of a shortcut, as it is called in the language in use.
 * @param {string} part
 */
export function keyName(part) {
  const key = `key.${part}`;
  return translator.has(key) ? t(key) : part.toUpperCase();
}

/**
 * A shortcut as text.
 * @param {string} keys as in the table of shortcuts
 */
const keysLabel = (keys) => keys.split(/\+(?=.)/).map(keyName).join("+");

/**
 * A button with an icon and a name, which is also its tooltip.
 *
 * @param {{
 *   icon: string, label: string, onClick: (event: Event) => void, id?: string, text?: string,
 *   pressed?: boolean, disabled?: boolean, primary?: boolean, keys?: string, rest?: object,
 * }} props
 */
export function IconButton({ icon, label, onClick, id, text, pressed, disabled, primary, keys, rest }) {
  const kind = `${primary ? "button primary" : "button"}${text ? "" : " square"}`;
  return html`<button
    type="button"
    id=${id}
    class=${kind}
    aria-label=${label}
    title=${keys ? `${label} (${keysLabel(keys)})` : label}
    aria-pressed=${pressed}
    disabled=${disabled}
    onClick=${onClick}
    ...${rest}
  >
    <${Icon} name=${icon} />${text && html`<span class="text">${text}</span>`}
  </button>`;
}

/**
 * Arrow keys, Home and End move the focus among the buttons of a toolbar; only one of them is in the
 * order of Tab.
 *
 * @param {KeyboardEvent} event
 */
export function rove(event) {
  const bar = /** @type {HTMLElement} */ (event.currentTarget);
  const items = /** @type {HTMLElement[]} */ ([...bar.querySelectorAll("button:not(:disabled)")]);
  const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  if (at < 0) return;
  const steps = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
  const step = steps[/** @type {keyof typeof steps} */ (event.key)];
  let next;
  if (step) next = (at + step + items.length) % items.length;
  else if (event.key === "Home") next = 0;
  else if (event.key === "End") next = items.length - 1;
  else return;
  event.preventDefault();
  event.stopPropagation();
  items[next].focus();
}

/**
 * A group of buttons with one place in the order of Tab: the pressed one, else the first.
 *
 * @param {{label: string, children: any, id?: string, class?: string, vertical?: boolean}} props
 */
export function Toolbar({ label, children, id, class: name = "", vertical = false }) {
  const bar = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => {
    const items = /** @type {HTMLElement[]} */ ([...(bar.current?.querySelectorAll("button") ?? [])]);
    const pressed = items.find((b) => b.getAttribute("aria-pressed") === "true");
    const focused = items.find((b) => b === document.activeElement);
    const one = focused ?? pressed ?? items.find((b) => !(/** @type {any} */ (b).disabled));
    for (const item of items) item.tabIndex = item === one ? 0 : -1;
  });
  return html`<div
    ref=${bar}
    id=${id}
    class=${name}
    role="toolbar"
    aria-label=${label}
    aria-orientation=${vertical ? "vertical" : "horizontal"}
    onKeyDown=${rove}
  >
    ${children}
  </div>`;
}

/**
 * A slider with its name and value; the wish is told while it is dragged and once it is done.
 *
 * @param {{
 *   id?: string, label: string, value: number, shown: string, minimum: number, maximum: number,
 *   step: number, onInput: (value: number) => void, onChange: (value: number) => void,
 *   rest?: object,
 * }} props
 */
export function Slider(props) {
  const { id, label, value, shown, minimum, maximum, step, onInput, onChange, rest } = props;
  const of = (/** @type {Event} */ e) => Number(/** @type {HTMLInputElement} */ (e.target).value);
  return html`<label class="slider">
    <span class="name">${label}</span>
    <span class="shown" aria-hidden="true">${shown}</span>
    <input
      type="range"
      id=${id}
      min=${minimum}
      max=${maximum}
      step=${step}
      value=${value}
      aria-valuetext=${shown}
      onInput=${(/** @type {Event} */ e) => onInput(of(e))}
      onChange=${(/** @type {Event} */ e) => onChange(of(e))}
      ...${rest}
    />
  </label>`;
}

/**
 * CSS of a colour.
 * @param {import("../types.js").RGB} color
 */
export const css = ([r, g, b]) => `rgb(${r} ${g} ${b})`;

/**
 * @param {import("../types.js").RGB} color
 */
export const hex = (color) => `#${color.map((v) => v.toString(16).padStart(2, "0")).join("")}`;

/**
 * The colour of what was typed: three or six digits, with or without #.
 * @param {string} text
 * @returns {import("../types.js").RGB | null}
 */
export function fromHex(text) {
  const digits = /^\s*#?([0-9a-f]{3}|[0-9a-f]{6})\s*$/i.exec(text)?.[1];
  if (!digits) return null;
  const long = digits.length === 3 ? [...digits].map((d) => d + d).join("") : digits;
  const at = (/** @type {number} */ i) => parseInt(long.slice(i, i + 2), 16);
  return [at(0), at(2), at(4)];
}

/**
 * A field to type into. What is being typed stays, whatever else happens on the page, until it is
 * confirmed or left; then the field shows the value again.
 *
 * @param {{value: string | number, commit: (input: HTMLInputElement) => void, rest: object}} props
 */
export function Entry({ value, commit, rest }) {
  const [draft, setDraft] = useState(/** @type {string | null} */ (null));
  return html`<input
    ...${rest}
    value=${draft ?? value}
    onInput=${(/** @type {any} */ e) => setDraft(e.target.value)}
    onChange=${(/** @type {any} */ e) => {
      commit(e.target);
      setDraft(null);
    }}
    onBlur=${() => setDraft(null)}
  />`;
}

/**
 * Colours to choose from.
 *
 * @param {{
 *   chips: readonly {name: string, color: import("../types.js").RGB}[], label: string, id?: string,
 *   now: import("../types.js").RGB, onPick: (color: import("../types.js").RGB) => void,
 * }} props now: the one that is chosen
 */
export function Chips({ chips, label, id, now, onPick }) {
  return html`<${Toolbar} class="chips" id=${id} label=${label}>
    ${chips.map(
      ({ name, color }) => html`<button
        type="button"
        class="chip"
        aria-label=${name}
        title=${name}
        aria-pressed=${color.join() === now.join()}
        data-color=${hex(color)}
        style=${{ background: css(color) }}
        onClick=${() => onPick(color)}
      ></button>`,
    )}
  <//>`;
}
