/**
 * The line to the server for one project: hello and welcome, edits until they are confirmed.
 *
 * An edit waits in a queue until the server acknowledges it; after a cut, all that wait are sent
 * again, and the server ignores those it has seen. A copy of the queue lies in sessionStorage:
 * after a reload in mid-flight the new page first speaks for the old one (under its id, so that
 * nothing is done twice) and then for itself.
 *
 * @typedef {import("./types.js").Command} Command
 * @typedef {import("./types.js").ConnectionState} ConnectionState
 * @typedef {import("./types.js").Stroke} Stroke
 * @typedef {{client: string, seq: number, command: Command}} Edit
 */

import { newId } from "./commands.js";

const FIRST_DELAY = 250;
const LONGEST_DELAY = 4000;
const LIVE_INTERVAL = 80;
const QUIET = 20_000;
const ANSWER = 10_000;
const OPEN = 1;

/**
 * @typedef {object} Welcome
 * @property {number} seq last edit that the server saw of the one who said hello
 * @property {number} rev
 * @property {import("./types.js").Document} initial where the log begins
 * @property {Command[]} log
 */

/**
 * What hears of the line.
 * @typedef {object} Handlers
 * @property {(state: ConnectionState) => void} state
 * @property {(welcome: Welcome, waiting: Command[]) => void} welcome the document anew
 * @property {(rev: number, waiting: number) => void} acknowledged
 * @property {(reason: import("./i18n.js").Said) => void} refused an edit was dropped; a welcome follows
 * @property {(frame: ArrayBuffer) => void} frame
 * @property {(message: any) => void} message status, solver and error messages
 */

/**
 * The part of a WebSocket that is used.
 * @typedef {object} Socket
 * @property {number} readyState
 * @property {string} binaryType
 * @property {(data: string) => void} send
 * @property {() => void} close
 * @property {((event: any) => void) | null} onopen
 * @property {((event: any) => void) | null} onclose
 * @property {((event: any) => void) | null} onmessage
 */

/**
 * @typedef {object} Surroundings
 * @property {() => Socket} connect
 * @property {Pick<Storage, "getItem" | "setItem" | "removeItem">} storage
 * @property {(callback: () => void, milliseconds: number) => any} [setTimeout]
 * @property {(timer: any) => void} [clearTimeout]
 * @property {() => string} [newClient]
 */

/**
 * Open the line to a project and keep it open.
 *
 * @param {string} project
 * @param {Surroundings} surroundings
 * @param {Handlers} handlers
 */
export function createConnection(project, surroundings, handlers) {
  const { connect, storage } = surroundings;
  const later = surroundings.setTimeout ?? ((f, ms) => setTimeout(f, ms));
  const never = surroundings.clearTimeout ?? ((timer) => clearTimeout(timer));
  const key = `handtint.waiting.${project}`;
  const own = (surroundings.newClient ?? newId)();

  /** @type {Edit[]} */
  let waiting = restored();
  let next = 1;
  /** @type {Socket | null} */
  let socket = null;
  /** @type {ConnectionState} */
  let state = "connecting";
  /** Whom the last hello spoke for, and whether it was answered. */
  let speaker = own;
  let welcomed = false;
  let closed = false;
  let delay = FIRST_DELAY;
  /** @type {any} */
  let retry = null;
  /** @type {any} */
  let watch = null;
  /** @type {{stroke: Stroke | null} | null} */
  let live = null;
  /** @type {any} */
  let liveTimer = null;

  /** @returns {Edit[]} edits of the page that was here before a reload */
  function restored() {
    try {
      const edits = JSON.parse(storage.getItem(key) ?? "[]");
      return Array.isArray(edits) ? edits : [];
    } catch {
      return []; // Not ours, or no storage: there is nothing to bring back.
    }
  }

  function keep() {
    try {
      if (waiting.length) storage.setItem(key, JSON.stringify(waiting));
      else storage.removeItem(key);
    } catch {
      // Full or forbidden: the queue in memory is still sent, and leaving the page warns.
    }
  }

  /** @param {ConnectionState} now */
  function become(now) {
    if (state === now) return;
    state = now;
    handlers.state(now);
  }

  /** @param {object} message */
  function send(message) {
    if (socket && socket.readyState === OPEN) socket.send(JSON.stringify(message));
  }

  function start() {
    retry = null;
    const opened = connect();
    socket = opened;
    opened.binaryType = "arraybuffer";
    opened.onopen = () => {
      if (socket === opened) hello();
    };
    opened.onmessage = (event) => {
      if (socket === opened) heard(event.data);
    };
    opened.onclose = () => {
      if (socket === opened) cut();
    };
    listen();
  }

  function hello() {
    speaker = waiting[0]?.client ?? own;
    welcomed = false;
    send({ type: "hello", client: speaker, seq: speaker === own ? next - 1 : 0 });
  }

  /** Send what waits, as far as it belongs to the one who spoke. */
  function resend() {
    for (const edit of waiting) {
      if (edit.client !== speaker) break;
      send({ type: "edit", seq: edit.seq, command: edit.command });
    }
  }

  function cut() {
    socket = null;
    welcomed = false;
    never(watch);
    if (closed || state === "superseded") return;
    become("lost");
    retry = later(start, delay);
    delay = Math.min(2 * delay, LONGEST_DELAY);
  }

  /** A line that says nothing for long, not even to a ping, is dead. */
  function listen() {
    never(watch);
    watch = later(() => {
      send({ type: "ping" });
      watch = later(() => drop(), ANSWER);
    }, QUIET);
  }

  function drop() {
    const old = socket;
    if (!old) return;
    old.onopen = old.onmessage = old.onclose = null;
    old.close();
    cut();
  }

  /** @param {string | ArrayBuffer} data */
  function heard(data) {
    listen();
    if (typeof data !== "string") return handlers.frame(data);
    const message = JSON.parse(data);
    switch (message.type) {
      case "welcome":
        return welcome(message);
      case "ack":
        return acknowledged(message.seq, message.rev);
      case "refused":
        return refused(message);
      case "superseded":
        welcomed = false;
        return become("superseded");
      case "pong":
        return undefined;
      default:
        return handlers.message(message);
    }
  }

  /** @param {Welcome} message */
  function welcome(message) {
    delay = FIRST_DELAY;
    welcomed = true;
    waiting = waiting.filter((e) => e.client !== speaker || e.seq > message.seq);
    if (speaker === own) next = Math.max(next, message.seq + 1);
    keep();
    become("open");
    handlers.welcome(message, waiting.map((e) => e.command));
    if (speaker !== own && waiting[0]?.client !== speaker) return hello();
    return resend();
  }

  /**
   * @param {number} seq
   * @param {number} rev
   */
  function acknowledged(seq, rev) {
    waiting = waiting.filter((e) => e.client !== speaker || e.seq > seq);
    keep();
    handlers.acknowledged(rev, waiting.length);
    if (speaker !== own && welcomed && waiting[0]?.client !== speaker) hello();
  }

  /** @param {{seq: number} & import("./i18n.js").Said} message */
  function refused(message) {
    // Another page took over: what it refuses now is sent again when this page takes over.
    if (state === "superseded") return;
    waiting = waiting.filter((e) => e.client !== speaker || e.seq !== message.seq);
    keep();
    handlers.refused(message);
  }

  function sendLive() {
    liveTimer = null;
    if (!live) return;
    if (welcomed) send({ type: "live", stroke: live.stroke });
    live = null;
    liveTimer = later(sendLive, LIVE_INTERVAL);
  }

  start();

  return {
    /** @returns {ConnectionState} */
    get state() {
      return state;
    },

    /** Edits that the server has not confirmed. */
    get waiting() {
      return waiting.length;
    },

    /** @param {Command} command */
    edit(command) {
      // A look at the stroke that still waits would come after the stroke itself, and stay.
      live = null;
      const edit = { client: own, seq: next++, command };
      waiting.push(edit);
      keep();
      if (welcomed && speaker === own) send({ type: "edit", seq: edit.seq, command });
    },

    /**
     * Show the stroke that is being painted; a newer one replaces one that waits.
     * @param {Stroke | null} stroke
     */
    live(stroke) {
      live = { stroke };
      if (!stroke) {
        never(liveTimer);
        liveTimer = null;
      }
      if (liveTimer === null) sendLive();
    },

    cancel: () => send({ type: "cancel" }),
    solve: () => send({ type: "solve" }),

    /** Be the page that paints, after another took over. */
    takeOver() {
      become("connecting");
      if (socket && socket.readyState === OPEN) hello();
      else this.reconnect();
    },

    /** Don't wait for the next try. */
    reconnect() {
      if (closed || socket || state === "superseded") return;
      never(retry);
      start();
    },

    close() {
      closed = true;
      for (const timer of [retry, watch, liveTimer]) never(timer);
      const old = socket;
      socket = null;
      old?.close();
    },
  };
}

/** @typedef {ReturnType<typeof createConnection>} Connection */
