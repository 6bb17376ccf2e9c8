import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { property } from "lit/decorators.js";
import { base } from "../../ui/controls.js";

/**
 * @summary A raised box around any content.
 * @attr heading - a heading above the content
 * @attr image - the address of a picture above the content
 * @slot - the content
 */
export class CrowdCard extends LitElement {
  static override styles = [
    base,
    css`
      :host {
        display: block;
        margin-block: var(--tp-space-3);
        padding: var(--tp-space-4);
        border: 1px solid var(--tp-border);
        border-radius: var(--tp-radius-lg);
        background: var(--tp-surface-raised);
        box-shadow: var(--tp-shadow-sm);
        overflow-wrap: anywhere;
      }
      h2 {
        margin: 0 0 var(--tp-space-3);
        font-size: var(--tp-text-lg);
        font-weight: var(--tp-weight-semibold);
        line-height: var(--tp-leading-tight);
      }
      img {
        display: block;
        max-width: 100%;
        margin: 0 0 var(--tp-space-3);
        border-radius: var(--tp-radius-md);
      }
      ::slotted(.card-actions) {
        margin-top: var(--tp-space-3);
        padding-top: var(--tp-space-3);
        border-top: 1px solid var(--tp-border);
      }
    `,
  ];

  @property() heading = "";
  @property() image = "";

  protected override render(): TemplateResult {
    return html`${this.image === "" ? nothing : html`<img src=${this.image} alt="">`}
      ${this.heading === "" ? nothing : html`<h2>${this.heading}</h2>`}<slot></slot>`;
  }
}
