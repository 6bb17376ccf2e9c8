import { html, type TemplateResult } from "lit";
import { ifDefined } from "lit/directives/if-defined.js";
import { base, fields } from "../../ui/controls.js";
import { choiceHost } from "../field_styles.js";
import { nameWithoutText } from "../names.js";
import { TickField } from "../tick_field.js";

/**
 * @summary A check box; boxes of the same name become one object in the answer.
 * @attr name - the key in the answer
 * @attr value - the key of this box in the object of that name
 * @attr checked - is ticked at first
 * @attr disabled - cannot be changed
 * @attr required - must be ticked
 * @slot - the text next to it
 * @event change, crowd-change - the worker ticked or unticked it
 */
export class CrowdCheckbox extends TickField {
  static override styles = [base, fields, choiceHost];

  protected override render(): TemplateResult {
    return html`<label part="base"><input type="checkbox" .checked=${this.checked} ?disabled=${this.disabled}
      ?required=${this.required} aria-label=${ifDefined(nameWithoutText(this))} @change=${this.handleChange}>
      <span><slot @slotchange=${() => this.requestUpdate()}></slot></span></label>${this.renderProblem()}`;
  }
}
