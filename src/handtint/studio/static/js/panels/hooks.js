/** What the panels share: reading the store, and the language. */

import { useEffect, useReducer, useRef, useState } from "../../vendor/htm-preact.module.js";
import { store } from "../state.js";

/**
 * Part of the state; the component is drawn again when that part changes.
 *
 * @template T
 * @param {(state: import("../types.js").State) => T} select
 * @returns {T}
 */
export function useStore(select) {
  const [, again] = useReducer((/** @type {number} */ n, /** @type {void} */ _) => n + 1, 0);
  const now = select(store.get());
  const seen = useRef({ select, now });
  seen.current = { select, now };
  useEffect(
    () =>
      store.subscribe((state) => {
        if (!Object.is(seen.current.select(state), seen.current.now)) again(undefined);
      }),
    [],
  );
  return now;
}

/** Where the side panel is a drawer over the photo; as in css/layout.css. */
const NARROW = "(max-width: 1100px)";

/**
 * Whether the side panel is to be seen. The person's wish turns round what the width suggests.
 * @returns {boolean}
 */
export function usePanelOpen() {
  const [narrow, setNarrow] = useState(() => matchMedia(NARROW).matches);
  const turned = useStore((s) => s.drawer);
  useEffect(() => {
    const media = matchMedia(NARROW);
    const changed = () => setNarrow(media.matches);
    media.addEventListener("change", changed);
    return () => media.removeEventListener("change", changed);
  }, []);
  return narrow === turned;
}

/** @typedef {import("../actions.js").Actions} Actions */
/** @typedef {{actions: Actions}} Props */
