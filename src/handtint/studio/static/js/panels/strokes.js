/** The list of strokes: select, recolour, change kind, delete, clear. */

import { html, useState } from "../../vendor/htm-preact.module.js";
import { colorName } from "../color/names.js";
import { t } from "../i18n.js";
import { css, IconButton } from "./controls.js";
import { useStore } from "./hooks.js";
import { Icon } from "./icons.js";
import { Section } from "./section.js";

/** @typedef {import("../types.js").Stroke} Stroke */

const KINDS = /** @type {const} */ (["color", "neutral", "barrier", "ignore", "erase"]);

/** Rows that are drawn at first, and more at each wish: thousands would be slow. */
const ROWS = 100;

/** @param {import("./hooks.js").Props} props */
export function StrokesSection({ actions }) {
  const strokes = useStore((s) => s.document.strokes);
  const base = useStore((s) => s.document.base);
  const proposing = useStore(
    (s) =>
      s.project !== null &&
      s.methods?.methods.find((m) => m.kind === "union" && m.name !== s.document.settings.method),
  );
  const selection = useStore((s) => s.selection);
  const [rows, setRows] = useState(ROWS);
  const chosen = new Set(selection);
  const newest = strokes.slice(-rows).reverse();
  const note = strokes.length ? t("strokes.count", { count: strokes.length }) : "";

  /** @param {MouseEvent} event @param {string} id */
  function pick(event, id) {
    actions.setTool("select");
    const last = selection.at(-1);
    if (event.shiftKey && last) {
      const order = strokes.map((s) => s.id);
      const [from, to] = [order.indexOf(last), order.indexOf(id)].sort((a, b) => a - b);
      const between = order.slice(from, to + 1).filter((other) => other !== last);
      actions.select([...new Set([...selection, ...between]), last]);
    } else if (event.ctrlKey || event.metaKey) {
      actions.select(chosen.has(id) ? selection.filter((s) => s !== id) : [...selection, id]);
    } else {
      actions.select(chosen.has(id) && selection.length === 1 ? [] : [id]);
    }
  }

  return html`<${Section} id="strokes" title=${t("strokes")} note=${note}>
    ${selection.length > 0 &&
    html`<${Selected} ids=${selection} strokes=${strokes} actions=${actions} />`}
    ${!strokes.length && !base && html`<p class="help">${t("strokes.none")}</p>`}
    ${!strokes.length &&
    !base &&
    proposing &&
    html`<button
      type="button"
      class="button"
      id="propose"
      title=${t("strokes.propose.help")}
      onClick=${() => actions.setMethod(proposing.name)}
    >
      ${t("strokes.propose")}
    </button>`}
    <ul id="stroke-list" aria-label=${t("strokes")}>
      ${newest.map(
        (stroke) => html`<${Row}
          key=${stroke.id}
          stroke=${stroke}
          chosen=${chosen.has(stroke.id)}
          onPick=${(/** @type {MouseEvent} */ e) => pick(e, stroke.id)}
          onRemove=${() => actions.remove([stroke.id])}
        />`,
      )}
    </ul>
    ${strokes.length > rows &&
    html`<button type="button" class="button" onClick=${() => setRows(rows + ROWS)}>
      ${t("strokes.more", { count: Math.min(ROWS, strokes.length - rows) })}
    </button>`}
    ${base && html`<p class="help">${t("strokes.base")}</p>`}
    ${(strokes.length > 0 || base) &&
    html`<button type="button" class="button" id="clear" onClick=${actions.clearAll}>
      <${Icon} name="trash" /><span class="text">${t("strokes.clear")}</span>
    </button>`}
  <//>`;
}

/** @param {Stroke} stroke */
const nameOf = (stroke) => (stroke.color ? colorName(stroke.color, t) : t(`kind.${stroke.kind}.short`));

/**
 * @param {{
 *   stroke: Stroke, chosen: boolean, onPick: (event: MouseEvent) => void, onRemove: () => void,
 * }} props
 */
function Row({ stroke, chosen, onPick, onRemove }) {
  const size = t("size.value", { size: Math.round(stroke.width * 10) / 10 });
  return html`<li class=${chosen ? "chosen" : ""} data-stroke=${stroke.id}>
    <button type="button" class="pick" aria-pressed=${chosen} onClick=${onPick}>
      ${stroke.color
        ? html`<span class="dot" style=${{ background: css(stroke.color) }}></span>`
        : html`<span class="dot none"><${Icon} name=${stroke.kind} /></span>`}
      <span class="what">${nameOf(stroke)}</span>
      <span class="size">${size}</span>
    </button>
    <${IconButton} icon="trash" label=${t("strokes.delete_one", { name: nameOf(stroke) })}
      onClick=${onRemove} />
  </li>`;
}

/**
 * What can be done with the selected strokes.
 * @param {{
 *   ids: readonly string[], strokes: readonly Stroke[], actions: import("./hooks.js").Actions,
 * }} props
 */
function Selected({ ids, strokes, actions }) {
  const color = useStore((s) => s.color);
  const all = strokes.filter((s) => ids.includes(s.id));
  const kinds = new Set(all.map((s) => s.kind));
  const kind = kinds.size === 1 ? all[0].kind : "";
  return html`<div class="selected" role="group" aria-label=${t("strokes.selected", { count: ids.length })}>
    <span class="count">${t("strokes.selected", { count: ids.length })}</span>
    ${all.some((s) => s.color?.join() !== color.join()) &&
    html`<button
      type="button"
      class="button"
      id="recolor"
      title=${t("strokes.recolor.help", { color: colorName(color, t) })}
      onClick=${() => actions.recolor([...ids], color)}
    >
      <span class="dot" style=${{ background: css(color) }}></span>
      <span class="text">${t("strokes.recolor")}</span>
    </button>`}
    <select
      id="selection-kind"
      aria-label=${t("strokes.kind")}
      title=${t("strokes.kind")}
      value=${kind}
      onChange=${(/** @type {any} */ e) => actions.changeKind([...ids], e.target.value)}
    >
      ${!kind && html`<option value="" disabled>${t("strokes.kind.mixed")}</option>`}
      ${KINDS.map((k) => html`<option value=${k}>${t(`kind.${k}.short`)}</option>`)}
    </select>
    <${IconButton} id="remove" icon="trash" label=${t("strokes.delete")} keys="Delete"
      onClick=${() => actions.remove([...ids])} />
  </div>`;
}
