/** What a person can do about the page itself: dialogs, toasts, theme, language, habits. */

import { load, t } from "./i18n.js";

/** How long a message stays that is no error, in milliseconds: longer for more to read. */
const STAYS = 5000;
const STAYS_A_LETTER = 50;
const MOST_TOASTS = 4;

/**
 * @param {import("./state.js").Store} store
 */
export function createPages(store) {
  let lastToast = 0;

  const pages = {
    /** @param {import("./types.js").DialogName} name */
    showDialog(name) {
      store.set({ dialog: name });
    },

    closeDialog() {
      store.set({ dialog: null, staged: null });
    },

    /**
     * A short message; errors stay until they are dismissed.
     * @param {"info" | "error"} kind
     * @param {string} text
     */
    toast(kind, text) {
      const id = ++lastToast;
      const others = store.get().toasts.filter((toast) => toast.text !== text);
      store.set({ toasts: [...others, { id, kind, text }].slice(-MOST_TOASTS) });
      if (kind !== "info") return;
      setTimeout(() => pages.dismissToast(id), STAYS + STAYS_A_LETTER * text.length);
    },

    /** @param {number} id */
    dismissToast(id) {
      store.set({ toasts: store.get().toasts.filter((toast) => toast.id !== id) });
    },

    /**
     * Say what went wrong.
     * @param {unknown} error
     */
    report(error) {
      if (error instanceof Error && "kind" in error && error.kind === "unreachable") {
        pages.toast("error", t("error.unreachable"));
      } else {
        pages.toast("error", error instanceof Error ? error.message : String(error));
      }
    },

    /** @param {import("./types.js").State["theme"]} theme */
    setTheme(theme) {
      store.set({ theme });
    },

    nextTheme() {
      const order = /** @type {const} */ (["auto", "light", "dark"]);
      const now = order.indexOf(store.get().theme);
      store.set({ theme: order[(now + 1) % order.length] });
    },

    /** @param {string} language */
    async setLanguage(language) {
      try {
        await load(language);
        store.set({ language });
      } catch (error) {
        pages.report(error);
      }
    },

    /** @param {boolean} pressure */
    setPressure(pressure) {
      store.set({ pressure });
    },

    /** @param {NonNullable<import("./types.js").State["reference"]>} reference */
    setReference(reference) {
      store.set({ reference, palette: "reference" });
    },

    /** @param {string} palette */
    setPalette(palette) {
      store.set({ palette });
    },
  };
  return pages;
}
