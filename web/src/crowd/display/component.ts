import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { base } from "../../ui/controls.js";

/** The crowd-* elements that only show something. They have no output, so the form can be submitted without them. */
export const DISPLAY_ELEMENTS: ReadonlySet<string> = new Set([
  "crowd-badge", "crowd-card", "crowd-fab", "crowd-icon-button", "crowd-instructions", "crowd-modal", "crowd-slider-label",
  "crowd-tab", "crowd-tabs", "crowd-toast",
]);

/** Attributes with the text of such an element. */
const CAPTIONS = ["heading", "header", "link-text", "label", "text", "title", "icon"];

/**
 * @summary Shows the caption and the content of a display element without the element's own behaviour: nothing that the
 *   worker has to read is hidden.
 */
export class DisplayElement extends LitElement {
  static override styles = [
    base,
    css`
      :host {
        display: block;
        margin-block: var(--tp-space-2);
      }
      .caption {
        margin: 0;
        font-weight: var(--tp-weight-semibold);
      }
      img {
        max-width: 100%;
      }
    `,
  ];

  protected override render(): TemplateResult {
    const caption = CAPTIONS.map((name) => this.getAttribute(name)).find((text) => text !== null && text !== "");
    const image = this.localName === "crowd-card" ? this.getAttribute("image") : null;
    return html`${caption === undefined ? nothing : html`<p class="caption">${caption}</p>`}
      ${image === null ? nothing : html`<img src=${image} alt="">`}<slot></slot>`;
  }
}
