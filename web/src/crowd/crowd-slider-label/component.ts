import { css, html, LitElement, type TemplateResult } from "lit";
import { property } from "lit/decorators.js";

/** Sent to the crowd-slider around a label: its position has changed. */
export const SLIDER_LABEL_EVENT = "crowd-slider-label";

/**
 * @summary A text under a crowd-slider, at one of its numbers.
 * @attr position - the number
 * @slot - the text
 */
export class CrowdSliderLabel extends LitElement {
  static override styles = css`
    :host {
      display: block;
      white-space: nowrap;
    }
  `;

  @property({ type: Number, reflect: true }) position = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    this.slot = "label";
  }

  protected override updated(): void {
    this.dispatchEvent(new Event(SLIDER_LABEL_EVENT, { bubbles: true }));
  }

  protected override render(): TemplateResult {
    return html`<slot></slot>`;
  }
}
