/**
 * The disc of all colours that are possible at the photo's lightness: grey in the middle, hue around
 * it, and at the rim the most vivid colour that sRGB has there.
 */

import { html, useEffect, useMemo, useRef } from "../../vendor/htm-preact.module.js";
import { colorName } from "../color/names.js";
import { fromCodes, recompose, space } from "../color/spaces.js";
import { chromaIn, drawDisc, placeIn, rimOf } from "../disc.js";
import { t } from "../i18n.js";
import { shownColor } from "../state.js";
import { css } from "./controls.js";
import { useStore } from "./hooks.js";

/** Pixels of the disc's picture; the browser scales it. */
const SIDE = 144;
/** Lightness of the picker before the pointer was over a photo. */
const MIDDLE = 60;

/**
 * Lightness for the picker: near black and white there is nothing to choose from.
 * @param {number | null} lightness
 */
export const usable = (lightness) => Math.round(Math.min(Math.max(lightness ?? MIDDLE, 4), 98));

/** @param {import("./hooks.js").Props} props */
export function Picker({ actions }) {
  const color = useStore(shownColor);
  const name = useStore((s) => s.document.settings.space);
  const light = useStore((s) => usable(s.lightness));
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  const model = space(name);
  const rim = useMemo(() => rimOf(model, light), [name, light]);
  const [, a, b] = fromCodes(model, color);
  const [x, y] = placeIn(rim, a, b);

  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    context?.putImageData(new ImageData(drawDisc(model, light, rim, SIDE), SIDE, SIDE), 0, 0);
  }, [rim]);

  /** @param {number} first @param {number} second @param {boolean} commit */
  function choose(first, second, commit) {
    actions.setColor(recompose(model, light, first, second), { commit });
  }

  /** @param {PointerEvent} event @param {boolean} commit */
  function at(event, commit) {
    const box = /** @type {HTMLElement} */ (event.currentTarget).getBoundingClientRect();
    const place = chromaIn(
      rim,
      (event.clientX - box.left) / box.width,
      (event.clientY - box.top) / box.height,
    );
    choose(place[0], place[1], commit);
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const way = ways[/** @type {keyof typeof ways} */ (event.key)];
    if (!way) return;
    event.preventDefault();
    event.stopPropagation();
    const step = event.shiftKey ? 10 : 2;
    choose(a + step * way[0], b + step * way[1], false);
  }

  /** An arrow key that is held is one change. @param {KeyboardEvent} event */
  function released(event) {
    if (event.key.startsWith("Arrow")) choose(a, b, true);
  }

  return html`<div
    class="disc"
    id="picker"
    role="application"
    tabindex="0"
    aria-label=${t("picker", { color: colorName(color, t), lightness: light })}
    onPointerDown=${(/** @type {PointerEvent} */ e) => {
      /** @type {HTMLElement} */ (e.currentTarget).setPointerCapture(e.pointerId);
      at(e, false);
    }}
    onPointerMove=${(/** @type {PointerEvent} */ e) => e.buttons & 1 && at(e, false)}
    onPointerUp=${(/** @type {PointerEvent} */ e) => at(e, true)}
    onPointerCancel=${(/** @type {PointerEvent} */ e) => at(e, true)}
    onKeyDown=${key}
    onKeyUp=${released}
  >
    <canvas ref=${canvas} width=${SIDE} height=${SIDE}></canvas>
    <span
      class="marker"
      style=${{ left: `${100 * x}%`, top: `${100 * y}%`, background: css(recompose(model, light, a, b)) }}
    ></span>
  </div>`;
}
