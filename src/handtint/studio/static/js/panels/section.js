/** A part of the side panel that can be folded. */

import { html } from "../../vendor/htm-preact.module.js";
import { Icon } from "./icons.js";

/**
 * @param {{id: string, title: string, note?: any, children: any}} props
 */
export function Section({ id, title, note, children }) {
  return html`<details class="section" id="section-${id}" open>
    <summary>
      <${Icon} name="chevron" />
      <h2>${title}</h2>
      ${note && html`<span class="note">${note}</span>`}
    </summary>
    <div class="body">${children}</div>
  </details>`;
}
