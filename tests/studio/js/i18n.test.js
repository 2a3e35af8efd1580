import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { MESSAGE_KEYS } from "../../../src/handtint/studio/static/js/color/names.js";
import { FORMATS } from "../../../src/handtint/studio/static/js/files.js";
import {
  choose,
  createTranslator,
  LANGUAGES,
} from "../../../src/handtint/studio/static/js/i18n.js";
import { PALETTES } from "../../../src/handtint/studio/static/js/panels/palettes.js";
import { SHORTCUTS } from "../../../src/handtint/studio/static/js/shortcuts.js";

const STATIC = new URL("../../../src/handtint/studio/static/", import.meta.url);

/** @param {string} language @returns {{messages: Record<string, string>, server: Record<string, string>}} */
function catalogue(language) {
  const text = readFileSync(new URL(`locales/${language}.json`, STATIC), "utf8");
  const { server = {}, ...messages } = JSON.parse(text);
  return { messages, server };
}

const english = catalogue("en").messages;
const others = Object.keys(LANGUAGES).filter((language) => language !== "en");

/** @param {string} text */
const placeholders = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort();

/** All files of the page's own JavaScript. @param {URL} folder @returns {string[]} */
function sources(folder = new URL("js/", STATIC)) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? sources(new URL(`${entry.name}/`, folder))
      : [readFileSync(new URL(entry.name, folder), "utf8")],
  );
}

for (const language of others) {
  test(`${language} has the messages of English, with the same placeholders`, () => {
    const { messages } = catalogue(language);
    assert.deepEqual(Object.keys(messages).sort(), Object.keys(english).sort());
    for (const [key, text] of Object.entries(messages)) {
      assert.ok(text.trim(), `${key} is empty`);
      assert.deepEqual(placeholders(text), placeholders(english[key]), key);
    }
  });
}

test("every message that the page asks for is there", () => {
  const asked = sources().flatMap((text) =>
    [...text.matchAll(/\bt\(\s*"([^"]+)"/g)].map((m) => m[1]),
  );
  assert.ok(asked.length > 100);
  const wanted = [
    ...asked,
    ...MESSAGE_KEYS,
    ...FORMATS.flatMap((format) => [`format.${format}`, `format.${format}.help`]),
    ...SHORTCUTS.flatMap(({ id, group }) => [`shortcut.${id}`, `help.${group}`]),
    ...PALETTES.flatMap(({ id, colors }) => [
      `palette.${id}`,
      ...colors.map(({ name }) => `swatch.${name}`),
    ]),
    ...["color", "neutral", "barrier", "ignore", "erase"].flatMap((kind) => [
      `kind.${kind}`,
      `kind.${kind}.short`,
    ]),
    ...["none", "asking", "waiting"].map((state) => `advice.${state}`),
    ...["needed", "used", "ignored"].map((hints) => `method.hints.${hints}`),
    ...["connecting", "open", "lost", "superseded"].map((state) => `connection.${state}`),
  ];
  const missing = wanted.filter((key) => !(key in english) && !(`${key}.other` in english));
  assert.deepEqual(missing, []);
});

test("the first wished language that there is", () => {
  assert.equal(choose(["fr", "es-MX", "en"]), "es");
  assert.equal(choose(["EN-gb"]), "en");
  assert.equal(choose(["fr"]), "en");
  assert.equal(choose([]), "en");
});

test("values, numbers and plurals go into a message", () => {
  const { t, told } = createTranslator({
    language: "es",
    messages: { "n.one": "{count} trazo", "n.other": "{count} trazos", hello: "Hola, {name}: {x}" },
    server: { "No colour": "Sin color", "it is {1} (of {2})": "es {2}, a saber {1}", "a (b)": "c" },
  });
  assert.equal(t("n", { count: 1 }), "1 trazo");
  assert.equal(t("n", { count: 2 }), "2 trazos");
  assert.equal(t("n", { count: 12345 }), "12.345 trazos");
  assert.equal(t("hello", { name: "Ana" }), "Hola, Ana: {x}");
  assert.equal(t("unknown"), "unknown");
  assert.equal(told("No colour"), "Sin color");
  assert.equal(told("Of a plug-in"), "Of a plug-in");
  assert.equal(told("it is red (of 3)"), "es 3, a saber red");
  assert.equal(told("it is (a\nb) (of $1)"), "es $1, a saber (a\nb)");
  assert.equal(told("it is red"), "it is red");
});

test("what the server says is looked up by its key, and shown as it came where there is none", () => {
  const { said } = createTranslator({
    language: "es",
    messages: { "server.closed": "la foto se cerró", "server.most": "como mucho {most} trazos" },
    server: {},
  });
  assert.equal(said({ message: "the photo was closed", key: "server.closed" }), "la foto se cerró");
  const values = { most: 20000 };
  assert.equal(said({ message: "at most 20000", key: "server.most", values }), "como mucho 20.000 trazos");
  assert.equal(said({ message: "of a newer server", key: "server.newer" }), "of a newer server");
  assert.equal(said({ message: "a.png: no picture" }), "a.png: no picture");
});
