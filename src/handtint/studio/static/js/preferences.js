/**
 * What is remembered of a person's habits from one visit to the next. What was written by another
 * version, or by hand, is checked field by field.
 *
 * @typedef {import("./types.js").Preferences} Preferences
 */

import { LANGUAGES } from "./i18n.js";

const KEY = "handtint.preferences";

const YEAR = 365 * 24 * 3600;

/**
 * Storage in a cookie. The studio comes from another port each time it is started, and cookies are
 * the one store that a browser shares between the ports of a machine.
 *
 * @param {{cookie: string}} document
 * @returns {Pick<Storage, "getItem" | "setItem">}
 */
export function cookieStorage(document) {
  return {
    getItem(key) {
      const found = document.cookie.split("; ").find((cookie) => cookie.startsWith(`${key}=`));
      return found ? decodeURIComponent(found.slice(key.length + 1)) : null;
    },
    setItem(key, value) {
      const rest = `; path=/; max-age=${YEAR}; samesite=strict`;
      document.cookie = `${key}=${encodeURIComponent(value)}${rest}`;
    },
  };
}

/** @param {unknown} value */
const isSize = (value) => typeof value === "number" && value >= 1 && value <= 10_000;

/** @param {unknown} value */
const isColor = (value) =>
  Array.isArray(value) &&
  value.length === 3 &&
  value.every((v) => Number.isInteger(v) && v >= 0 && v <= 255);

/** @type {Record<keyof Preferences, (value: unknown) => boolean>} */
const CHECKS = {
  brushSize: isSize,
  eraserSize: isSize,
  side: (v) => typeof v === "number" && v >= 1 && v <= 1e6,
  pressure: (v) => typeof v === "boolean",
  showInk: (v) => typeof v === "boolean",
  recent: (v) => Array.isArray(v) && v.length <= 64 && v.every(isColor),
  palette: (v) => typeof v === "string",
  color: isColor,
  theme: (v) => v === "auto" || v === "light" || v === "dark",
  language: (v) => typeof v === "string" && v in LANGUAGES,
};

const NAMES = /** @type {(keyof Preferences)[]} */ (Object.keys(CHECKS));

/**
 * @param {Pick<Storage, "getItem">} storage
 * @returns {Partial<Preferences>} language "" when none was ever chosen
 */
export function readPreferences(storage) {
  /** @type {any} */
  let kept = {};
  try {
    kept = JSON.parse(storage.getItem(KEY) ?? "{}") ?? {};
  } catch {
    // Not ours, or no storage: begin with the defaults.
  }
  const good = NAMES.filter((name) => CHECKS[name](kept[name])).map((name) => [name, kept[name]]);
  return { language: "", ...Object.fromEntries(good) };
}

/**
 * Write the habits down whenever they change.
 * @param {Pick<Storage, "setItem">} storage
 * @param {import("./state.js").Store} store
 */
export function keepPreferences(storage, store) {
  return store.subscribe((state, before) => {
    if (NAMES.every((name) => state[name] === before[name])) return;
    try {
      storage.setItem(KEY, JSON.stringify(Object.fromEntries(NAMES.map((name) => [name, state[name]]))));
    } catch {
      // Full or forbidden: habits are then forgotten, nothing else.
    }
  });
}
