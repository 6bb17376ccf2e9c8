import { css, html, type TemplateResult } from "lit";
import { property } from "lit/decorators.js";
import { ifDefined } from "lit/directives/if-defined.js";
import { t } from "../../language/index.js";
import { base, fields } from "../../ui/controls.js";
import { choiceHost } from "../field_styles.js";
import { nameWithoutText } from "../names.js";
import { TickField } from "../tick_field.js";

/**
 * @summary A switch that is on or off.
 * @attr name - the key in the answer
 * @attr value - the key of this switch in the object of that name
 * @attr checked - is on at first
 * @attr disabled - cannot be changed
 * @attr required - must be on
 * @attr invalid - in the colour of a problem while it is required and off
 * @slot - the text next to it
 * @event change, crowd-change - the worker switched it
 */
export class CrowdToggleButton extends TickField {
  static override styles = [
    base,
    fields,
    choiceHost,
    css`
      label {
        min-height: var(--tp-hit);
      }
      input[type="checkbox"] {
        appearance: none;
        position: relative;
        width: 36px;
        height: 20px;
        border: 1px solid var(--tp-text-faint);
        border-radius: var(--tp-radius-full);
        background: var(--tp-text-faint);
        cursor: inherit;
        transition: background var(--tp-duration) var(--tp-ease);
      }
      input::before {
        content: "";
        position: absolute;
        left: 1px;
        top: 1px;
        width: 16px;
        height: 16px;
        border-radius: 50%;
        background: var(--tp-on-fill);
        transition: left var(--tp-duration) var(--tp-ease);
      }
      input[type="checkbox"]:checked {
        border-color: var(--tp-accent-600);
        background: var(--tp-accent-600);
      }
      input:checked::before {
        left: 17px;
      }
      :host([invalid][required]) input:not(:checked) {
        border-color: var(--crowd-toggle-button-invalid-color, var(--tp-danger-600));
        background: var(--crowd-toggle-button-invalid-color, var(--tp-danger-600));
      }
      input[type="checkbox"]:disabled {
        opacity: 0.5;
      }
      input[type="checkbox"]:focus-visible {
        border-radius: var(--tp-radius-full);
      }
      @media (forced-colors: active) {
        input::before {
          background: ButtonText;
        }
        input[type="checkbox"]:checked {
          background: Highlight;
          forced-color-adjust: none;
        }
        input:focus-visible {
          outline: 2px solid Highlight;
          outline-offset: 2px;
        }
      }
    `,
  ];

  @property({ type: Boolean, reflect: true }) invalid = false;

  protected override get requiredProblem(): string {
    return t("Please switch this on.");
  }

  protected override render(): TemplateResult {
    return html`<label part="base"><input type="checkbox" role="switch" .checked=${this.checked} ?disabled=${this.disabled}
      ?required=${this.required} aria-label=${ifDefined(nameWithoutText(this))} @change=${this.handleChange}>
      <span><slot @slotchange=${() => this.requestUpdate()}></slot></span></label>${this.renderProblem()}`;
  }
}
