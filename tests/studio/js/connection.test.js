import assert from "node:assert/strict";
import { test } from "node:test";

import { createConnection } from "../../../src/handtint/studio/static/js/connection.js";

/** @typedef {import("../../../src/handtint/studio/static/js/types.js").Command} Command */

class FakeSocket {
  readyState = 0;
  binaryType = "";
  /** @type {any[]} */
  sent = [];
  /** @type {((event: any) => void) | null} */
  onopen = null;
  /** @type {((event: any) => void) | null} */
  onclose = null;
  /** @type {((event: any) => void) | null} */
  onmessage = null;

  /** @param {string} text */
  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = 3;
    this.onclose?.({});
  }

  open() {
    this.readyState = 1;
    this.onopen?.({});
  }

  /** @param {any} message */
  say(message) {
    this.onmessage?.({ data: message instanceof ArrayBuffer ? message : JSON.stringify(message) });
  }

  /** @param {string} type */
  of(type) {
    return this.sent.filter((m) => m.type === type);
  }
}

/**
 * A page with a fake network, clock and storage.
 * @param {Map<string, string>} [cells]
 * @param {string} [client]
 */
function page(cells = new Map(), client = "me") {
  /** @type {FakeSocket[]} */
  const sockets = [];
  /** @type {{f: () => void, at: number}[]} */
  let timers = [];
  let now = 0;
  /** @type {any[]} */
  const events = [];
  const connection = createConnection(
    "p1",
    {
      connect: () => {
        const socket = new FakeSocket();
        sockets.push(socket);
        return socket;
      },
      storage: {
        getItem: (k) => cells.get(k) ?? null,
        setItem: (k, v) => void cells.set(k, v),
        removeItem: (k) => void cells.delete(k),
      },
      setTimeout: (f, ms) => {
        const timer = { f, at: now + ms };
        timers.push(timer);
        return timer;
      },
      clearTimeout: (timer) => {
        timers = timers.filter((t) => t !== timer);
      },
      newClient: () => client,
    },
    {
      state: (s) => events.push(["state", s]),
      welcome: (w, waiting) => events.push(["welcome", w.log, waiting, w.rev]),
      acknowledged: (rev, n) => events.push(["ack", rev, n]),
      refused: ({ message }) => events.push(["refused", message]),
      frame: (f) => events.push(["frame", f.byteLength]),
      message: (m) => events.push(["message", m]),
    },
  );
  return {
    connection,
    sockets,
    events,
    cells,
    get socket() {
      return /** @type {FakeSocket} */ (sockets.at(-1));
    },
    /** @param {number} ms */
    pass(ms) {
      const end = now + ms;
      for (;;) {
        const due = timers.filter((t) => t.at <= end).sort((a, b) => a.at - b.at)[0];
        if (!due) break;
        timers = timers.filter((t) => t !== due);
        now = due.at;
        due.f();
      }
      now = end;
    },
    /** @param {string} name */
    last: (name) => events.filter((e) => e[0] === name).at(-1),
  };
}

/** @param {ReturnType<typeof page>} p */
function welcome(p, seq = 0, log = /** @type {Command[]} */ ([])) {
  if (p.socket.readyState === 0) p.socket.open();
  p.socket.say({ type: "welcome", seq, rev: log.length, log });
}

/** @type {Command} */
const CLEAR = { op: "clear" };
/** @type {Command} */
const UNDO = { op: "undo" };

test("hello first, then edits in order, each until it is acknowledged", () => {
  const p = page();
  p.connection.edit(CLEAR);
  p.socket.open();
  assert.deepEqual(p.socket.sent, [{ type: "hello", client: "me", seq: 1 }]);
  welcome(p);
  p.connection.edit(UNDO);
  assert.deepEqual(p.socket.of("edit"), [
    { type: "edit", seq: 1, command: CLEAR },
    { type: "edit", seq: 2, command: UNDO },
  ]);
  assert.equal(p.connection.waiting, 2);
  p.socket.say({ type: "ack", seq: 1, rev: 1 });
  assert.equal(p.connection.waiting, 1);
  p.socket.say({ type: "ack", seq: 2, rev: 2 });
  assert.deepEqual(p.last("ack"), ["ack", 2, 0]);
});

test("after a cut, what the server has not seen is sent again, and only that", () => {
  const p = page();
  welcome(p);
  p.connection.edit(CLEAR);
  p.connection.edit(UNDO);
  p.socket.close();
  assert.equal(p.connection.state, "lost");
  p.connection.edit(CLEAR);
  p.pass(250);
  assert.equal(p.sockets.length, 2);
  welcome(p, 1, [CLEAR]);
  assert.deepEqual(p.socket.of("edit").map((m) => m.seq), [2, 3]);
  assert.deepEqual(p.last("welcome"), ["welcome", [CLEAR], [UNDO, CLEAR], 1]);
  assert.equal(p.connection.state, "open");
});

test("the waits between tries double up to four seconds", () => {
  const p = page();
  p.socket.close();
  for (const wait of [250, 500, 1000, 2000, 4000, 4000]) {
    const before = p.sockets.length;
    p.pass(wait - 1);
    assert.equal(p.sockets.length, before);
    p.pass(1);
    assert.equal(p.sockets.length, before + 1);
    p.socket.close();
  }
});

test("a refused edit is dropped and not sent again", () => {
  const p = page();
  welcome(p);
  p.connection.edit(UNDO);
  p.socket.say({ type: "refused", seq: 1, message: "nothing to undo" });
  assert.deepEqual(p.last("refused"), ["refused", "nothing to undo"]);
  assert.equal(p.connection.waiting, 0);
  welcome(p, 1);
  assert.equal(p.socket.of("edit").length, 1);
});

test("a superseded page keeps its edits and sends them when it takes over", () => {
  const p = page();
  welcome(p);
  p.connection.edit(CLEAR);
  p.socket.say({ type: "superseded" });
  p.socket.say({ type: "refused", seq: 1, message: "another page paints" });
  assert.equal(p.connection.state, "superseded");
  assert.equal(p.connection.waiting, 1);
  p.connection.takeOver();
  welcome(p, 0);
  assert.deepEqual(p.socket.of("edit").map((m) => m.seq), [1, 1]);
});

test("a superseded page does not come back by itself", () => {
  const p = page();
  welcome(p);
  p.socket.say({ type: "superseded" });
  p.socket.close();
  p.pass(60_000);
  assert.equal(p.sockets.length, 1);
  p.connection.takeOver();
  assert.equal(p.sockets.length, 2);
});

test("a reload in mid-flight loses nothing and does nothing twice", () => {
  const before = page(new Map(), "old");
  welcome(before);
  before.connection.edit(CLEAR);
  before.connection.edit(UNDO);

  const p = page(before.cells, "new");
  p.connection.edit(CLEAR);
  p.socket.open();
  assert.equal(p.socket.of("hello")[0].client, "old");
  p.socket.say({ type: "welcome", seq: 1, rev: 1, log: [CLEAR] });
  assert.deepEqual(p.socket.of("edit"), [{ type: "edit", seq: 2, command: UNDO }]);
  p.socket.say({ type: "ack", seq: 2, rev: 2 });
  assert.equal(p.socket.of("hello")[1].client, "new");
  p.socket.say({ type: "welcome", seq: 0, rev: 2, log: [CLEAR, UNDO] });
  assert.deepEqual(p.socket.of("edit").at(-1), { type: "edit", seq: 1, command: CLEAR });
  p.socket.say({ type: "ack", seq: 1, rev: 3 });
  assert.equal(p.cells.size, 0);
});

test("a reload whose edits had all arrived goes on under its own id at once", () => {
  const before = page(new Map(), "old");
  welcome(before);
  before.connection.edit(CLEAR);

  const p = page(before.cells, "new");
  p.socket.open();
  p.socket.say({ type: "welcome", seq: 1, rev: 1, log: [CLEAR] });
  assert.deepEqual(p.socket.of("hello").map((m) => m.client), ["old", "new"]);
});

const stroke = (/** @type {number} */ n) => ({
  id: `s${n}`, kind: /** @type {const} */ ("neutral"), color: null, width: 1,
  points: /** @type {[number, number][]} */ ([[n, n]]),
});

test("the stroke being painted goes out at most every 80 ms, the newest last", () => {
  const p = page();
  welcome(p);
  for (let i = 0; i < 8; i++) {
    p.connection.live(stroke(i));
    p.pass(20);
  }
  p.pass(80);
  assert.deepEqual(p.socket.of("live").map((m) => m.stroke.id), ["s0", "s3", "s7"]);
  p.connection.live(stroke(9));
  p.connection.live(null);
  assert.equal(p.socket.of("live").at(-1).stroke, null);
});

test("no look at a stroke follows the stroke itself", () => {
  const p = page();
  welcome(p);
  for (const name of [1, 2]) p.connection.live(stroke(name));
  p.connection.edit({ op: "add", stroke: stroke(2) });
  p.pass(200);
  assert.equal(p.socket.of("live").length, 1);
});

test("a line that does not answer a ping is dead", () => {
  const p = page();
  welcome(p);
  p.pass(20_000);
  assert.equal(p.socket.of("ping").length, 1);
  p.socket.say({ type: "pong" });
  p.pass(20_000);
  assert.equal(p.connection.state, "open");
  p.pass(10_000);
  assert.equal(p.connection.state, "lost");
  p.pass(250);
  assert.equal(p.sockets.length, 2);
});

test("frames and messages are handed on", () => {
  const p = page();
  welcome(p);
  p.socket.say(new ArrayBuffer(40));
  p.socket.say({ type: "status", state: "idle" });
  assert.deepEqual(p.last("frame"), ["frame", 40]);
  assert.deepEqual(p.last("message"), ["message", { type: "status", state: "idle" }]);
});

test("a closed connection stays closed", () => {
  const p = page();
  welcome(p);
  p.connection.close();
  p.pass(60_000);
  assert.equal(p.sockets.length, 1);
});
