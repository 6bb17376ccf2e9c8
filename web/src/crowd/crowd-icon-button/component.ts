import { css, html, LitElement, type TemplateResult } from "lit";
import { property } from "lit/decorators.js";
import { ifDefined } from "lit/directives/if-defined.js";
import { base, buttons } from "../../ui/controls.js";
import { buttonHost, FOCUS_INSIDE } from "../button_host.js";
import { spokenName } from "../names.js";

/**
 * @summary A round button with an icon.
 * @attr icon - a name of the iron-icons sets, or the address of a picture
 * @attr disabled - cannot be pressed
 * @attr title - what it does; also its name for screen readers
 * @event click - as of a button
 */
export class CrowdIconButton extends LitElement {
  static override styles = [
    base,
    buttons,
    buttonHost,
    css`
      .icon-button {
        width: auto;
        min-width: max(40px, var(--tp-hit));
        height: max(40px, var(--tp-hit));
        border-radius: 22px;
      }
      .icon-button:active:not(:disabled) {
        background: var(--tp-surface-active);
      }
    `,
  ];
  static override shadowRootOptions: ShadowRootInit = FOCUS_INSIDE;

  @property() icon = "";
  @property({ reflect: true }) override title = "";
  @property({ type: Boolean, reflect: true }) disabled = false;

  protected override render(): TemplateResult {
    return html`<button part="base" type="button" class="icon-button" ?disabled=${this.disabled}
      aria-label=${ifDefined(spokenName(this, this.title, this.icon))}><iron-icon icon=${this.icon}></iron-icon></button>`;
  }
}
