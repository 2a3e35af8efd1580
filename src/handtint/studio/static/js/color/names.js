/**
 * A name for any colour, as message keys: "dark red-brown" is the tone "dark" of "red_brown".
 *
 * Names go by hue, chroma and lightness in Oklab. Brown, olive and beige are no hues of their own but
 * what dark or pale orange and yellow are called.
 *
 * @typedef {import("../types.js").RGB} RGB
 * @typedef {{base: string, tone: string | null}} ColorName
 * @typedef {object} Base
 * @property {string} key
 * @property {number} from hue in degrees at which it begins
 * @property {number} typical lightness at which the bare name is right
 * @property {{key: string, typical: number, when: (l: number, c: number) => boolean}[]} [else]
 *   other names for the same hue; the first that fits wins
 */

import { fromCodes, space } from "./spaces.js";

/** @type {readonly Base[]} */
const BASES = [
  { key: "red", from: 17, typical: 56, else: [
    { key: "red_brown", typical: 40, when: (l, c) => l < 58 && c < 14 },
    { key: "salmon", typical: 76, when: (l) => l >= 68 },
  ] },
  { key: "orange", from: 41, typical: 72, else: [
    { key: "brown", typical: 46, when: (l, c) => l < 67 && c < 15 },
    { key: "beige", typical: 82, when: (_, c) => c < 5.5 },
    { key: "skin", typical: 78, when: (_, c) => c < 11 },
  ] },
  { key: "golden_yellow", from: 70, typical: 82, else: [
    { key: "ochre", typical: 60, when: (l) => l < 74 },
    { key: "cream", typical: 93, when: (l, c) => l >= 88 && c < 6 },
    { key: "beige", typical: 80, when: (_, c) => c < 8 },
  ] },
  { key: "yellow", from: 97, typical: 93, else: [
    { key: "olive", typical: 56, when: (l) => l < 78 },
    { key: "cream", typical: 95, when: (_, c) => c < 6 },
  ] },
  { key: "yellow_green", from: 117, typical: 82, else: [
    { key: "moss_green", typical: 52, when: (l, c) => l < 70 && c < 14 },
  ] },
  { key: "green", from: 134, typical: 62 },
  { key: "sea_green", from: 160, typical: 62 },
  { key: "turquoise", from: 182, typical: 74, else: [
    { key: "teal", typical: 50, when: (l) => l < 62 },
  ] },
  { key: "sky_blue", from: 218, typical: 72, else: [
    { key: "steel_blue", typical: 52, when: (l) => l < 62 },
  ] },
  { key: "blue", from: 252, typical: 50 },
  { key: "violet", from: 281, typical: 48, else: [
    { key: "lilac", typical: 76, when: (l) => l >= 66 },
  ] },
  { key: "purple", from: 311, typical: 50, else: [
    { key: "pink", typical: 78, when: (l) => l >= 66 },
  ] },
  { key: "pink", from: 341, typical: 74, else: [
    { key: "wine_red", typical: 38, when: (l) => l < 54 },
  ] },
];

const GREYS = [
  { key: "black", below: 14 },
  { key: "very_dark_grey", below: 32 },
  { key: "dark_grey", below: 50 },
  { key: "grey", below: 74 },
  { key: "light_grey", below: 91 },
  { key: "very_light_grey", below: 98.5 },
  { key: "white", below: Infinity },
];

const TONES = ["very_dark", "dark", "light", "pale", "greyish", "vivid"];

/** Every message that a name may need. */
export const MESSAGE_KEYS = [
  "color.with_tone",
  ...TONES.map((tone) => `color.tone.${tone}`),
  ...new Set(
    [...BASES.flatMap((b) => [b.key, ...(b.else ?? []).map((e) => e.key)]), ...GREYS.map((g) => g.key)]
      .map((key) => `color.${key}`),
  ),
];

/**
 * Name of a colour.
 * @param {RGB} rgb
 * @returns {ColorName}
 */
export function nameOf(rgb) {
  const [l, a, b] = fromCodes(space("oklab"), rgb);
  const c = Math.hypot(a, b);
  if (c < 1.2) {
    const grey = GREYS.find((g) => l < g.below);
    return { base: grey ? grey.key : "white", tone: null };
  }
  const hue = ((Math.atan2(b, a) * 180) / Math.PI + 360) % 360;
  const base = BASES.filter((entry) => hue >= entry.from).pop() ?? BASES[BASES.length - 1];
  const { key, typical } = base.else?.find((other) => other.when(l, c)) ?? base;
  const above = l - typical;
  /** @type {string | null} */
  let tone = null;
  if (above < -24) tone = "very_dark";
  else if (above < -10) tone = "dark";
  else if (c > 19.5) tone = "vivid";
  else if (above > 18) tone = "pale";
  else if (c < 3.5 && key !== "cream" && key !== "beige") tone = "greyish";
  else if (above > 8) tone = "light";
  return { base: key, tone };
}

/**
 * Name of a colour in words. The message `color.with_tone` puts both words in their order.
 * @param {RGB} rgb
 * @param {(key: string, values?: Record<string, string>) => string} t finds a message
 * @returns {string}
 */
export function colorName(rgb, t) {
  const { base, tone } = nameOf(rgb);
  const color = t(`color.${base}`);
  return tone ? t("color.with_tone", { tone: t(`color.tone.${tone}`), color }) : color;
}
