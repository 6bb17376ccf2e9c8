import { css, html, type TemplateResult } from "lit";
import { property, query } from "lit/decorators.js";
import { ifDefined } from "lit/directives/if-defined.js";
import { choiceValue } from "../../formats/answer.js";
import { base, fields } from "../../ui/controls.js";
import { CrowdField } from "../field.js";
import { choiceHost } from "../field_styles.js";
import { nameWithoutText } from "../names.js";

/**
 * @summary A radio button; the crowd-radio-group around it makes the choice exclusive.
 * @attr name - the key in the answer
 * @attr value - the key of this button in the object of that name
 * @attr checked - is chosen at first
 * @attr disabled - cannot be chosen
 * @slot - the text next to it
 * @event change, crowd-change - the worker chose it
 */
export class CrowdRadioButton extends CrowdField {
  static override styles = [
    base,
    fields,
    choiceHost,
    css`
      input:focus-visible {
        border-radius: 50% !important;
      }
    `,
  ];

  @query("input") private readonly control!: HTMLInputElement;

  @property() value = "on";
  @property({ type: Boolean, reflect: true }) checked = false;
  @property({ type: Boolean, reflect: true }) disabled = false;

  override get _submittableValue(): Record<string, boolean> {
    return choiceValue(this.value, this.checked);
  }

  override saveState(): unknown {
    return this.checked;
  }

  override restoreState(saved: unknown): void {
    this.checked = saved === true;
  }

  override focus(options?: FocusOptions): void {
    this.control.focus(options);
  }

  /** Chooses this button as a click does. */
  choose(): void {
    this.checked = true;
    this.dispatchEvent(new Event("change", { bubbles: true }));
    this.changed();
  }

  protected override render(): TemplateResult {
    return html`<label part="base"><input type="radio" .checked=${this.checked} ?disabled=${this.disabled}
      aria-label=${ifDefined(nameWithoutText(this))} @change=${this.choose}><span><slot @slotchange=${() => this.requestUpdate()}></slot></span></label>`;
  }
}
