/** The beginning: store, actions, engine, panels, keyboard, files from outside. */

import { html, render } from "../vendor/htm-preact.module.js";
import { createActions } from "./actions.js";
import * as api from "./api.js";
import { createEngine } from "./engine/engine.js";
import { createFiles } from "./files.js";
import { choose, load, t } from "./i18n.js";
import { paintByKeyboard } from "./keyboard.js";
import { App } from "./panels/app.js";
import { cookieStorage, keepPreferences, readPreferences } from "./preferences.js";
import { listen } from "./shortcuts.js";
import { store } from "./state.js";

/** Apply theme and language to the page itself. */
function dress() {
  const { theme, language } = store.get();
  const root = document.documentElement;
  if (theme === "auto") delete root.dataset.theme;
  else root.dataset.theme = theme;
  root.lang = language;
}

/** @param {import("./actions.js").Actions} actions */
function takeFiles(actions) {
  /** @param {FileList | undefined} files */
  const first = (files) => {
    if (files?.[0]) actions.take(files[0]);
  };
  document.addEventListener("dragover", (event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    first(event.dataTransfer?.files);
  });
  document.addEventListener("paste", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (!target.closest("input, textarea")) first(event.clipboardData?.files);
  });
}

/** @param {import("./actions.js").Actions} actions */
function guardLeaving(actions) {
  window.addEventListener("pagehide", () => actions.finish());
  window.addEventListener("online", () => actions.reconnect());
  window.addEventListener("beforeunload", (event) => {
    const { session, saved, unacked, connection } = store.get();
    const unsaved = session?.mode === "mask" && !saved;
    // Edits on their way arrive by themselves; those behind a cut line would wait for this tab.
    if (unsaved || (unacked > 0 && connection !== "open")) event.preventDefault();
  });
}

async function boot() {
  const habits = cookieStorage(document);
  store.set(readPreferences(habits));
  const language = store.get().language || choose(navigator.languages);
  await load(language);
  store.set({ language });
  dress();
  store.subscribe(dress);
  keepPreferences(habits, store);

  const stage = document.createElement("div");
  stage.id = "stage";
  stage.tabIndex = 0;
  stage.setAttribute("role", "application");

  const base = createActions(store);
  const engine = createEngine({ stage, store, actions: base, t });
  base.internal.setEngine(engine);
  const actions = Object.assign(base, createFiles(store, base, engine));
  Object.assign(window, { handtint: { store, actions, engine } });

  const root = /** @type {HTMLElement} */ (document.getElementById("app"));
  render(html`<${App} actions=${actions} stage=${stage} />`, root);
  listen(window, actions, { blocked: () => document.querySelector("dialog:modal") !== null });
  paintByKeyboard(stage, store, actions, engine);
  takeFiles(actions);
  guardLeaving(actions);
  if (engine.renderer === "2d") store.set({ renderer: "2d" });

  try {
    const [session, methods] = await Promise.all([api.getSession(), api.getMethods()]);
    store.set({ session, methods });
    const wished = location.hash.slice(1);
    if (wished && wished !== session.project && (await actions.resume(wished, true))) return;
    if (session.project) await actions.resume(session.project);
  } catch (error) {
    actions.report(error);
  }
}

void boot();
