import { css, html, LitElement, type TemplateResult } from "lit";
import { property } from "lit/decorators.js";
import { base } from "../../ui/controls.js";
import { onReveal } from "../reveal.js";

/** Sent to the crowd-tabs around a tab: it is to be shown, or its header has changed. */
export const TAB_EVENT = "crowd-tab";

/**
 * @summary One page of a crowd-tabs.
 * @attr header - the text on its tab
 * @slot - the content
 */
export class CrowdTab extends LitElement {
  static override styles = [
    base,
    css`
      :host {
        display: block;
        padding-block: var(--tp-space-4);
      }
    `,
  ];

  @property({ reflect: true }) header = "";

  constructor() {
    super();
    onReveal(this, () => this.tell("show"));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.role = "tabpanel";
  }

  protected override updated(): void {
    this.ariaLabel = this.header;
    this.tell("renamed");
  }

  protected override render(): TemplateResult {
    return html`<slot></slot>`;
  }

  private tell(what: "show" | "renamed"): void {
    this.dispatchEvent(new CustomEvent(TAB_EVENT, { detail: what, bubbles: true }));
  }
}
