/**
 * Messages in the person's language, from catalogues of flat keys.
 *
 * A message may hold `{name}`; with a value `count`, the key with the plural form of that number
 * (`key.one`, `key.other`) is taken. Texts that the server sends (titles and helps of methods, remarks
 * on a photo) are their own keys: a catalogue may hold a translation under `server`, else they stay as
 * they are. There `{1}`, `{2}` stand for any words, in this order in the English text.
 *
 * @typedef {Record<string, string | number>} Values
 * @typedef {{message: string, key?: string, values?: Values}} Said an error or a status of the server
 * @typedef {{language: string, messages: Record<string, string>, server: Record<string, string>}}
 *   Catalogue
 */

/** Languages with a catalogue, with their own names. */
export const LANGUAGES = Object.freeze({ en: "English", es: "Español" });

/**
 * The first of the wished languages that there is, else English.
 * @param {readonly string[]} wished such as navigator.languages
 * @returns {keyof typeof LANGUAGES}
 */
export function choose(wished) {
  for (const tag of wished) {
    const base = tag.toLowerCase().split("-")[0];
    if (base in LANGUAGES) return /** @type {keyof typeof LANGUAGES} */ (base);
  }
  return "en";
}

/**
 * @param {Catalogue} catalogue
 */
export function createTranslator(catalogue) {
  const { language, messages, server } = catalogue;
  const plural = new Intl.PluralRules(language);
  /** @type {Map<number, Intl.NumberFormat>} */
  const formats = new Map();
  const patterns = Object.entries(server)
    .filter(([text]) => text.includes("{1}"))
    .map(([text, translation]) => ({ pattern: matching(text), translation }));

  /**
   * A number as the language writes it.
   * @param {number} value
   * @param {number} [digits] behind the point
   */
  function number(value, digits = 0) {
    let format = formats.get(digits);
    if (!format) {
      format = new Intl.NumberFormat(language, {
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      });
      formats.set(digits, format);
    }
    return format.format(value);
  }

  /**
   * The message of a key; a key that is missing shows itself.
   * @param {string} key
   * @param {Values} [values]
   */
  function t(key, values = {}) {
    let text = messages[key];
    if (text === undefined && typeof values.count === "number") {
      text = messages[`${key}.${plural.select(values.count)}`] ?? messages[`${key}.other`];
    }
    if (text === undefined) return key;
    return text.replace(/\{(\w+)\}/g, (whole, name) => {
      const value = values[name];
      if (value === undefined) return whole;
      return typeof value === "number" ? number(value) : value;
    });
  }

  return {
    language,
    t,
    number,
    /** Whether there is such a message. @param {string} key */
    has: (key) => key in messages,
    /**
     * What the server says, in this language if its key is known here.
     * @param {Said} said
     */
    said: ({ message, key, values }) => (key && key in messages ? t(key, values) : message),
    /** A text of the server, translated where it can be. @param {string} text */
    told(text) {
      if (text in server) return server[text];
      for (const { pattern, translation } of patterns) {
        const found = pattern.exec(text);
        if (found) return translation.replace(/\{(\d)\}/g, (_, place) => found[Number(place)]);
      }
      return text;
    },
  };
}

/**
 * What texts look like that have any words at the places of `{1}`, `{2}`.
 * @param {string} text
 */
function matching(text) {
  const parts = text.split(/\{\d\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("(.+)")}$`, "s");
}

/** @typedef {ReturnType<typeof createTranslator>} Translator */

/**
 * The translator in use; replaced as a whole when the language changes.
 * @type {Translator}
 */
export let translator = createTranslator({ language: "en", messages: {}, server: {} });

/**
 * Message of a key in the language in use.
 * @param {string} key
 * @param {Values} [values]
 */
export const t = (key, values) => translator.t(key, values);

/**
 * What the server says, in the language in use.
 * @param {Said} text
 */
export const said = (text) => translator.said(text);

/** @param {Catalogue} catalogue */
export function use(catalogue) {
  translator = createTranslator(catalogue);
}

/**
 * Fetch the catalogue of a language and use it.
 * @param {string} language
 */
export async function load(language) {
  const response = await fetch(new URL(`../locales/${language}.json`, import.meta.url));
  if (!response.ok) throw new Error(`no catalogue for ${language}: ${response.status}`);
  const { server = {}, ...messages } = await response.json();
  use({ language, messages, server });
}
