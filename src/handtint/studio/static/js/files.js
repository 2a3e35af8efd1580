/**
 * What a person can do with files: open, lay a mask below, export, save; and being connected.
 *
 * @typedef {import("./types.js").Project} Project
 * @typedef {import("./actions.js").Actions} Actions
 */

import * as api from "./api.js";
import { replay } from "./commands.js";
import { createConnection } from "./connection.js";
import { decodeFrame } from "./frames.js";
import { said, t, translator } from "./i18n.js";

/** Formats of export, in the order of the dialog. */
export const FORMATS = /** @type {const} */ ([
  "png",
  "jpeg",
  "webp",
  "tiff",
  "ora",
  "chroma",
  "mask",
  "strokes",
  "project",
]);

/** @typedef {typeof FORMATS[number]} Format */

/** Tries after which the session itself is asked whether it still stands. */
const DOUBT = 3;

/** How long work waits for edits that are under way, in milliseconds. */
const PATIENCE = 15_000;

/**
 * @param {import("./state.js").Store} store
 * @param {ReturnType<typeof import("./actions.js").createActions>} actions
 * @param {import("./types.js").Engine} engine
 */
export function createFiles(store, actions, engine) {
  const { internal } = actions;
  let tries = 0;
  /** Called when the server has all edits. @type {(() => void)[]} */
  let settled = [];

  /** @param {Project} project */
  function connect(project) {
    return createConnection(
      project.id,
      { connect: () => new WebSocket(api.socketAddress(project.id)), storage: sessionStorage },
      {
        state(connection) {
          store.set({ connection });
          if (connection === "superseded") actions.showDialog("superseded");
          else if (store.get().dialog === "superseded") actions.closeDialog();
          if (connection === "open") tries = 0;
          else if (connection === "lost" && ++tries % DOUBT === 0) void doubt();
        },
        welcome(welcome, waiting) {
          internal.rebuild(welcome.initial, welcome.log, waiting);
          acknowledged(welcome.rev, waiting.length);
        },
        acknowledged,
        refused: (reason) => actions.toast("error", t("error.refused", { message: said(reason) })),
        frame(buffer) {
          const frame = decodeFrame(buffer);
          if (!engine.setFrame(frame) || frame.type !== "chroma") return;
          const { solver, pointer } = store.get();
          store.set({ solver: { ...solver, stage: frame.stage } });
          // The picture changed under a pointer that did not move.
          const color = pointer && engine.readPixel(pointer.row, pointer.column);
          if (color) store.set({ pointer: { ...pointer, color } });
        },
        message: told,
      },
    );
  }

  /** @param {number} rev @param {number} waiting */
  function acknowledged(rev, waiting) {
    store.set({ rev, unacked: waiting });
    if (waiting) return;
    const calls = settled;
    settled = [];
    for (const call of calls) call();
  }

  /** Resolves when the server has all edits; rejects when it does not get them. */
  function all() {
    if (!internal.connection()?.waiting) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new api.ApiError(0, "unreachable", "")), PATIENCE);
      settled.push(() => {
        clearTimeout(late);
        resolve(undefined);
      });
    });
  }

  /** @param {any} message */
  function told(message) {
    if (message.type === "status") {
      const { solver } = store.get();
      store.set({
        solver: {
          ...solver,
          state: message.state,
          fraction: message.fraction ?? 0,
          rev: message.rev,
          method: message.method ?? null,
          message: message.message ? said(message) : null,
        },
      });
      if (message.state === "failed" && message.message) actions.toast("error", said(message));
    } else if (message.type === "solver" || message.type === "error") {
      actions.toast("error", said(message));
    }
  }

  /** The line stays cut: is the server still the one that let us in? */
  async function doubt() {
    try {
      await api.getSession();
    } catch (error) {
      if (error instanceof api.ApiError && error.status === 403) {
        actions.toast("error", t("error.expired"));
      }
    }
  }

  /** @param {Project} project */
  function show(project) {
    const history = replay(project.initial, project.log);
    const { solver: before, side: was, brushSize, eraserSize } = store.get();
    const solver = { ...before, state: /** @type {const} */ ("starting"), stage: null, fraction: 0 };
    // Brushes keep their size relative to the photo: 24 pixels are nothing on a large scan.
    const side = Math.max(project.height, project.width);
    const scaled = (/** @type {number} */ size) => Math.max(1, Math.round((size * side) / was));
    store.set({
      project,
      connection: "connecting",
      solver,
      side,
      brushSize: scaled(brushSize),
      eraserSize: scaled(eraserSize),
    });
    engine.resetFrames();
    internal.begin(connect(project), history, project.saved_rev === project.rev || !project.log.length);
    engine.setProject(project);
    window.history.replaceState(null, "", `#${project.id}`);
    document.title = `${project.name} – handtint`;
    for (const warning of project.warnings) actions.toast("info", translator.told(warning));
    if (project.recovered && project.document.strokes.length) actions.showDialog("recovered");
  }

  /**
   * @template T
   * @param {string} what in words
   * @param {() => Promise<T>} work begun when the server has all edits
   * @returns {Promise<T | null>} null when it went wrong, which the person was told
   */
  async function busy(what, work) {
    store.set({ busy: what });
    try {
      await all();
      return await work();
    } catch (error) {
      actions.report(error);
      return null;
    } finally {
      store.set({ busy: null });
    }
  }

  const files = {
    /**
     * Show a project that the server has open.
     * @param {string} id
     * @param {boolean} [maybe] whether it may be gone: then nothing is said
     * @returns {Promise<boolean>} whether it is shown now
     */
    async resume(id, maybe = false) {
      const project = await busy(t("busy.opening"), () =>
        maybe ? api.getProject(id).catch(() => null) : api.getProject(id),
      );
      if (project) show(project);
      return project !== null;
    },

    /**
     * Open a photo or a project file.
     * @param {File} file
     */
    async openFile(file) {
      actions.closeDialog();
      const { session, project: before } = store.get();
      if (session && file.size > session.limits.bytes) {
        const most = Math.round(session.limits.bytes / 1e6);
        actions.toast("error", t("error.too_large", { name: file.name, most }));
        return;
      }
      const project = await busy(t("busy.opening_file", { name: file.name }), () =>
        api.openProject(file, file.name),
      );
      if (!project) return;
      show(project);
      if (before && before.id !== project.id) void api.closeProject(before.id).catch(() => {});
      // What Save writes may be another file now, or none.
      await api.getSession().then((now) => store.set({ session: now }), actions.report);
    },

    /**
     * Lay a mask, a marked picture or a stroke document below the strokes.
     * @param {File} file
     */
    async openMask(file) {
      actions.closeDialog();
      const { project } = store.get();
      if (!project) return;
      const found = await busy(t("busy.opening_file", { name: file.name }), () =>
        api.openMask(project.id, file, file.name),
      );
      if (found) show(found);
    },

    /**
     * A file came by drop, paste or the picker: open it, or ask what it is for.
     * @param {File} file
     */
    take(file) {
      const { project } = store.get();
      const whole = /\.handtint$/i.test(file.name);
      if (!project || whole) return void files.openFile(file);
      if (/\.(jsonl?|strokes)$/i.test(file.name)) return void files.openMask(file);
      return store.set({ staged: file, dialog: "open" });
    },

    /**
     * Make a file of the picture and hand it to the browser.
     * @param {Format} format
     */
    async exportAs(format) {
      const { project } = store.get();
      if (!project) return;
      const made = await busy(t("busy.exporting"), () => api.exportProject(project.id, format));
      if (!made) return;
      const name = made.name || `${project.name.replace(/\.[^.]*$/, "")}.${format}`;
      download(made.blob, name);
      actions.closeDialog();
      actions.toast("info", t("toast.exported", { name }));
    },

    /** Write the output file; where there is none, hand over the project as a file. */
    async save() {
      const { project, session } = store.get();
      if (!project || !session) return;
      if (session.mode === "studio" && !session.output) return files.exportAs("project");
      let document = internal.document();
      const saved = await busy(t("busy.saving"), () => {
        document = internal.document();
        return api.saveProject(project.id);
      });
      if (!saved) return;
      internal.markSaved(document);
      actions.toast("info", t("toast.saved", { name: saved.name }));
    },

    /** Paint in this tab, after another took over. */
    takeOver() {
      internal.connection()?.takeOver();
      actions.closeDialog();
    },

    /** Put the recovered strokes away; undo brings them back. */
    startAfresh() {
      actions.closeDialog();
      actions.clearAll();
    },

    reconnect: () => internal.connection()?.reconnect(),
  };
  return files;
}

/**
 * @param {Blob} blob
 * @param {string} name
 */
function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** @typedef {ReturnType<typeof createFiles>} Files */
