/** Where next: the places where one more stroke would help, and the colours that are likely there. */

import { html } from "../../vendor/htm-preact.module.js";
import { colorName } from "../color/names.js";
import { t } from "../i18n.js";
import { Chips, css, IconButton } from "./controls.js";
import { useStore } from "./hooks.js";
import { Section } from "./section.js";

/** @typedef {import("../types.js").Likely} Likely */

/** @param {import("./hooks.js").Props} props */
export function AdviceSection({ actions }) {
  const { on, asking, about, spots, chosen, here } = useStore((s) => s.advice);
  const none = useStore((s) => !s.project);
  const state = !on || spots.length ? null : about ? "none" : asking ? "asking" : "waiting";
  const said = state ? t(`advice.${state}`) : "";
  return html`<${Section} id="advice" title=${t("advice")}>
    <${IconButton} id="advise" icon="spot" label=${t("advice.next")} text=${t("advice.next")} keys="N"
      pressed=${on} disabled=${none} onClick=${actions.toggleAdvice} />
    ${!on && html`<p class="help">${t("advice.help")}</p>`}
    <p class="help" role="status">${said}</p>
    ${spots.length > 0 &&
    html`<ol id="spots" aria-label=${t("advice.spots")}>
      ${spots.map(
        (spot, i) => html`<li class=${i === chosen ? "chosen" : ""} data-spot=${i}>
          <button type="button" class="number" aria-pressed=${i === chosen}
            aria-label=${t("advice.spot", { number: i + 1 })}
            title=${t("advice.spot", { number: i + 1 })}
            onClick=${() => actions.chooseSpot(i)}>${i + 1}</button>
          <${Colors} colors=${spot.colors} label=${t("advice.colors", { number: i + 1 })}
            actions=${actions} />
        </li>`,
      )}
    </ol>`}
    ${here &&
    html`<div class="field" id="here">
      <span class="name">${t("advice.here")}</span>
      <${Colors} colors=${here.colors} label=${t("advice.here")} actions=${actions} />
    </div>`}
  <//>`;
}

/**
 * Likely colours to paint with.
 * @param {{colors: readonly Likely[], label: string, actions: import("./hooks.js").Actions}} props
 */
export function Colors({ colors, label, actions }) {
  const now = useStore((s) => s.color);
  const chips = colors.map(({ rgb, share }) => ({
    name: t("advice.color", { color: colorName(rgb, t), share: Math.round(100 * share) }),
    color: rgb,
  }));
  return html`<${Chips} chips=${chips} label=${label} now=${now} onPick=${actions.paintWith} />`;
}

/**
 * The spots on the photo, and beside the chosen one its colours. Whoever cannot point at them has
 * all of it in the panel.
 * @param {import("./hooks.js").Props} props
 */
export function Spots({ actions }) {
  const { spots, chosen } = useStore((s) => s.advice);
  const { scale, row, column } = useStore((s) => s.view);
  /** @param {import("../types.js").Spot} spot */
  const place = (spot) => ({
    left: `calc(50% + ${((spot.column - column) * scale).toFixed(1)}px)`,
    top: `calc(50% + ${((spot.row - row) * scale).toFixed(1)}px)`,
  });
  const near = chosen === null ? null : spots[chosen];
  return html`<div class="spots" aria-hidden="true">
    ${spots.map(
      (spot, i) => html`<div
        key=${i}
        class=${i === chosen ? "spot chosen" : "spot"}
        style=${place(spot)}
        onClick=${() => actions.chooseSpot(i)}
      >
        ${i + 1}
      </div>`,
    )}
    ${near &&
    html`<div class="near" style=${place(near)}>
      ${near.colors.map(
        ({ rgb }) => html`<div class="chip" style=${{ background: css(rgb) }}
          onClick=${() => actions.paintWith(rgb)}></div>`,
      )}
    </div>`}
  </div>`;
}
