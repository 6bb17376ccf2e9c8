import { css, html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import { property } from "lit/decorators.js";
import { base } from "../../ui/controls.js";

const DURATION_MS = 3000;

/** Only one toast is open at a time. */
let openToast: CrowdToast | null = null;

/**
 * @summary A short message at the bottom of the window that disappears by itself.
 * @attr text - the message
 * @attr duration - how long it is shown, in milliseconds; 0 or less: until `hide()`
 * @attr opened - is shown
 * @slot - more of the message
 * @event opened-changed - it was opened or closed
 */
export class CrowdToast extends LitElement {
  static override styles = [
    base,
    css`
      :host {
        position: fixed;
        left: var(--tp-space-4);
        bottom: calc(54px + var(--tp-space-4));
        z-index: 10;
        max-width: min(480px, calc(100vw - 2 * var(--tp-space-4)));
      }
      .toast {
        padding: var(--tp-space-3) var(--tp-space-4);
        border: 1px solid transparent;
        border-radius: var(--tp-radius-md);
        background: var(--tp-text);
        color: var(--tp-page);
        box-shadow: var(--tp-shadow-lg);
        overflow-wrap: anywhere;
      }
      .toast[hidden] {
        display: none;
      }
    `,
  ];

  @property() text = "";
  @property({ type: Number }) duration = DURATION_MS;
  @property({ type: Boolean, reflect: true }) opened = false;

  private timer: number | undefined;

  show(): void {
    this.opened = true;
    this.startTimer();
  }

  hide(): void {
    this.opened = false;
  }

  open(): void {
    this.show();
  }

  close(): void {
    this.hide();
  }

  toggle(): void {
    if (this.opened) this.hide();
    else this.show();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.timer);
    if (openToast === this) openToast = null;
  }

  protected override updated(changes: PropertyValues<this>): void {
    if (!changes.has("opened") || (!this.opened && !changes.get("opened"))) return;
    if (this.opened) {
      if (openToast !== this) openToast?.hide();
      openToast = this;
      this.startTimer();
    } else {
      clearTimeout(this.timer);
      if (openToast === this) openToast = null;
    }
    this.dispatchEvent(new CustomEvent("opened-changed", { detail: { value: this.opened }, bubbles: true }));
  }

  /** The region is there before the message, so that screen readers announce it. */
  protected override render(): TemplateResult {
    return html`<div role="status"><div class="toast" part="base" ?hidden=${!this.opened}>${
      this.opened ? html`${this.text}<slot></slot>` : ""}</div></div>`;
  }

  private startTimer(): void {
    clearTimeout(this.timer);
    if (this.duration > 0) this.timer = window.setTimeout(() => this.hide(), this.duration);
  }
}
