import { css, html, LitElement, type TemplateResult } from "lit";
import { property } from "lit/decorators.js";
import { ifDefined } from "lit/directives/if-defined.js";
import { base, buttons } from "../../ui/controls.js";
import { buttonHost, FOCUS_INSIDE } from "../button_host.js";
import { spokenName } from "../names.js";

/**
 * @summary A round, raised button with an icon or a letter.
 * @attr icon - a name of the iron-icons sets, or the address of a picture; it has priority over `label`
 * @attr label - one letter or emoji
 * @attr title - a tooltip; also its name for screen readers
 * @attr disabled - cannot be pressed
 * @event click - as of a button
 */
export class CrowdFab extends LitElement {
  static override styles = [
    base,
    buttons,
    buttonHost,
    css`
      button {
        display: flex;
        align-items: center;
        justify-content: center;
        width: 56px;
        height: 56px;
        border-radius: 50%;
        background: var(--tp-accent-600);
        color: #fff;
        font-size: var(--tp-text-xl);
        box-shadow: var(--tp-shadow-md);
      }
      button:hover:not(:disabled) {
        background: var(--tp-accent-fill-hover);
      }
      button:focus-visible {
        box-shadow: var(--tp-focus-ring);
      }
      button:disabled {
        background: var(--tp-gray-300);
        box-shadow: none;
      }
      @media (forced-colors: active) {
        button {
          border: 1px solid;
        }
      }
    `,
  ];
  static override shadowRootOptions: ShadowRootInit = FOCUS_INSIDE;

  @property() icon = "";
  @property() label = "";
  @property({ reflect: true }) override title = "";
  @property({ type: Boolean, reflect: true }) disabled = false;

  protected override render(): TemplateResult {
    return html`<button part="base" type="button" ?disabled=${this.disabled}
      aria-label=${ifDefined(spokenName(this, this.title, this.label, this.icon))}>
      ${this.icon === "" ? html`<span>${this.label}</span>` : html`<iron-icon icon=${this.icon}></iron-icon>`}</button>`;
  }
}
