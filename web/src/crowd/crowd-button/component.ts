import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { property, query } from "lit/decorators.js";
import { base, buttons } from "../../ui/controls.js";

/**
 * @summary A button; with `form-action="submit"` or `"reset"` it acts on the crowd-form around it.
 * @attr form-action - `submit` or `reset`
 * @attr variant - `primary`, `normal` (default), `link` or `icon`
 * @attr href - makes it a link; `target` says where it opens
 * @attr loading - shows a spinner and accepts no clicks
 * @slot - the text
 */
export class CrowdButton extends LitElement {
  static override styles = [
    base,
    buttons,
    css`
      :host {
        display: inline-block;
      }
      a.button {
        color: inherit;
        text-decoration: none;
      }
      .spinner {
        width: 14px;
        height: 14px;
        border: 2px solid currentcolor;
        border-right-color: transparent;
        border-radius: 50%;
        animation: turn 0.8s linear infinite;
      }
      @keyframes turn {
        to {
          transform: rotate(1turn);
        }
      }
    `,
  ];
  static override shadowRootOptions: ShadowRootInit = { mode: "open", delegatesFocus: true };

  @query("button, a") private readonly control!: HTMLElement;

  @property({ attribute: "form-action" }) formAction = "";
  @property() variant = "normal";
  @property() href = "";
  @property() target = "";
  @property({ type: Boolean, reflect: true }) loading = false;
  @property({ type: Boolean, reflect: true }) disabled = false;

  override focus(options?: FocusOptions): void {
    this.control.focus(options);
  }

  protected override render(): TemplateResult {
    const kind = this.variant === "primary" || this.variant === "link" ? this.variant : "";
    if (this.href !== "") {
      return html`<a part="base" class="button ${kind}" href=${this.href} target=${this.target || nothing}
        rel="noopener"><slot></slot></a>`;
    }
    return html`<button part="base" type="button" class="button ${kind}" aria-busy=${this.loading ? "true" : nothing}
      ?disabled=${this.loading || this.disabled} @click=${this.handleClick}>
      ${this.loading ? html`<span class="spinner"></span>` : nothing}<slot></slot>
    </button>`;
  }

  private handleClick(): void {
    if (this.formAction === "submit" || this.formAction === "reset") {
      this.dispatchEvent(new CustomEvent("crowd-form-action", { detail: this.formAction, bubbles: true, composed: true }));
    }
  }
}
