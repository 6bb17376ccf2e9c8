import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { property, query } from "lit/decorators.js";
import { ifDefined } from "lit/directives/if-defined.js";
import { base, buttons } from "../../ui/controls.js";
import { defineUsed } from "../definitions.js";
import { buttonHost, FOCUS_INSIDE } from "../button_host.js";
import { spokenName } from "../names.js";

/**
 * @summary A button; with `form-action="submit"` or `"reset"` it acts on the crowd-form around it.
 * @attr form-action - `submit` or `reset`
 * @attr variant - `primary`, `normal`, `link` or `icon`
 * @attr href - makes it a link
 * @attr target - where the link opens
 * @attr icon - a name of the iron-icons sets, shown next to the text
 * @attr icon-url - the address of a picture, in place of `icon`
 * @attr icon-align - the side of the icon: `left` or `right`
 * @attr loading - shows a spinner and accepts no clicks
 * @attr disabled - accepts no clicks; `loading` has priority
 * @slot - the text
 * @event click - as of a button
 */
export class CrowdButton extends LitElement {
  static override styles = [
    base,
    buttons,
    buttonHost,
    css`
      a.button {
        text-decoration: none;
      }
      a.button:not(.link) {
        color: inherit;
      }
      a.button.primary {
        color: #fff;
      }
      .text {
        display: contents;
      }
      .square {
        width: var(--tp-control-md);
        padding: 0;
      }
      iron-icon {
        --iron-icon-width: 18px;
        --iron-icon-height: 18px;
      }
      ::slotted(iron-icon) {
        --iron-icon-width: 18px;
        --iron-icon-height: 18px;
      }
      .spinner {
        width: 14px;
        height: 14px;
        border: 2px solid currentcolor;
        border-right-color: transparent;
        border-radius: 50%;
        animation: turn var(--tp-turn) linear infinite;
      }
      @keyframes turn {
        to {
          transform: rotate(1turn);
        }
      }
    `,
  ];
  static override shadowRootOptions: ShadowRootInit = FOCUS_INSIDE;

  @query("button, a") private readonly control!: HTMLElement;

  @property({ attribute: "form-action" }) formAction = "";
  @property() variant = "normal";
  @property() href = "";
  @property() target = "";
  @property() icon = "";
  @property({ attribute: "icon-url" }) iconUrl = "";
  @property({ attribute: "icon-align" }) iconAlign = "left";
  @property({ type: Boolean, reflect: true }) loading = false;
  @property({ type: Boolean, reflect: true }) disabled = false;

  override focus(options?: FocusOptions): void {
    this.control.focus(options);
  }

  /** The icon is in the shadow root, where no one else looks for elements to define. */
  protected override updated(): void {
    if (this.hasIcon) void defineUsed(this.renderRoot);
  }

  protected override render(): TemplateResult {
    const isIcon = this.variant === "icon" && this.hasIcon;
    const kind = isIcon ? "square" : this.variant === "primary" || this.variant === "link" ? this.variant : "";
    const text = html`<span class=${isIcon ? "visually-hidden" : "text"}><slot @slotchange=${() => this.requestUpdate()}></slot></span>`;
    const mark = this.loading ? html`<span class="spinner"></span>` : this.renderIcon();
    const content = this.iconAlign === "right" ? html`${text}${mark}` : html`${mark}${text}`;
    const name = ifDefined(isIcon && this.textContent.trim() === "" ? spokenName(this, this.icon) : undefined);
    if (this.href !== "") {
      return html`<a part="base" class="button ${kind}" href=${this.href} target=${this.target || nothing}
        rel="noopener" aria-label=${name}>${content}</a>`;
    }
    return html`<button part="base" type="button" class="button ${kind}" aria-busy=${this.loading ? "true" : nothing}
      aria-label=${name} ?disabled=${this.loading || this.disabled} @click=${this.handleClick}>${content}</button>`;
  }

  private get hasIcon(): boolean {
    return this.icon !== "" || this.iconUrl !== "";
  }

  private renderIcon(): TemplateResult | typeof nothing {
    return this.hasIcon ? html`<iron-icon icon=${this.icon} src=${this.iconUrl}></iron-icon>` : nothing;
  }

  private handleClick(): void {
    if (this.formAction === "submit" || this.formAction === "reset") {
      this.dispatchEvent(new CustomEvent("crowd-form-action", { detail: this.formAction, bubbles: true, composed: true }));
    }
  }
}
