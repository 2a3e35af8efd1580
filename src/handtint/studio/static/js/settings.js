/**
 * How a project is coloured: the method, its options, the colour space and what else is set beside the
 * strokes. Each choice is a step of the history.
 *
 * @typedef {import("./types.js").Command} Command
 * @typedef {import("./types.js").Document} Document
 * @typedef {import("./types.js").Settings} Settings
 */

/**
 * @param {import("./state.js").Store} store
 * @param {object} parts
 * @param {() => Document} parts.document as the log of commands has it
 * @param {(command: Command) => void} parts.dispatch adds a command to the log
 * @param {() => void} parts.show shows the document as the log has it
 */
export function createSettings(store, { document, dispatch, show }) {
  /** Options of methods that are not chosen now. @type {Map<string, Settings["options"]>} */
  const optionsOf = new Map();

  /** Where a method works. @param {string} name */
  const spacesOf = (name) => store.get().methods?.methods.find((m) => m.name === name)?.spaces;

  const actions = {
    /**
     * Settings that are being dragged: shown, but no step of the history yet.
     * @param {Partial<Settings>} settings
     */
    previewSettings(settings) {
      const shown = document();
      store.set({ document: { ...shown, settings: { ...shown.settings, ...settings } } });
    },

    /** @param {Partial<Settings>} settings */
    setSettings(settings) {
      const now = document().settings;
      const keys = /** @type {(keyof Settings)[]} */ (Object.keys(settings));
      const same = keys.every((k) => JSON.stringify(now[k]) === JSON.stringify(settings[k]));
      if (same) show();
      else dispatch({ op: "settings", settings });
    },

    /**
     * @param {string} method
     * @param {Settings["space"]} wanted taken if the method works in it
     */
    setMethod(method, wanted = document().settings.space) {
      const now = document().settings;
      optionsOf.set(now.method, now.options);
      const spaces = spacesOf(method);
      const space = !spaces || spaces.includes(wanted) ? wanted : spaces[0];
      actions.setSettings({ method, options: optionsOf.get(method) ?? {}, space });
    },

    /**
     * Another colour space; one in which the method does not work takes the method for all.
     * @param {Settings["space"]} space
     */
    setSpace(space) {
      const { methods } = store.get();
      const works = spacesOf(document().settings.method)?.includes(space) ?? true;
      if (works || !methods) actions.setSettings({ space });
      else actions.setMethod(methods.everywhere, space);
    },

    /**
     * @param {import("./types.js").OptionSpec} option
     * @param {import("./types.js").Value} value
     */
    setOption(option, value) {
      const { [option.name]: _, ...options } = document().settings.options;
      if (value !== option.default) options[option.name] = value;
      actions.setSettings({ options });
    },

    resetOptions() {
      actions.setSettings({ options: {} });
    },
  };

  return {
    actions,
    /** Another project is open: what was set in the last one is not for it. */
    forget: () => optionsOf.clear(),
  };
}
