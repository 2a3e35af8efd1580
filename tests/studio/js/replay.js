// Carry out logs of commands, one JSON list a line of standard input, and tell for each the
// document, the depths of both stacks, and which commands were refused. For test_reducers.py.

import { readFileSync } from "node:fs";

import {
  apply,
  begin,
  CommandError,
  replay,
} from "../../../src/handtint/studio/static/js/commands.js";
import { EMPTY_DOCUMENT } from "../../../src/handtint/studio/static/js/state.js";

/** @typedef {import("../../../src/handtint/studio/static/js/types.js").Command} Command */

/** @param {Command[]} log */
function outcome(log) {
  let history = begin(EMPTY_DOCUMENT);
  /** @type {number[]} */
  const refused = [];
  for (const [place, command] of log.entries()) {
    try {
      history = apply(history, command);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      refused.push(place);
    }
  }
  const again = replay(
    EMPTY_DOCUMENT,
    log.filter((_, place) => !refused.includes(place)),
  );
  return {
    document: history.document,
    replayed: again.document,
    undo: history.undo.length,
    redo: history.redo.length,
    refused,
  };
}

for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  console.log(JSON.stringify(outcome(JSON.parse(line))));
}
