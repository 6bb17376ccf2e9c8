import { html, nothing, type TemplateResult } from "lit";
import { property, query, state } from "lit/decorators.js";
import { choiceValue } from "../../formats/answer.js";
import { base, fields } from "../../ui/controls.js";
import { CrowdField } from "../field.js";
import { choiceHost } from "../field_styles.js";

/**
 * @summary A check box; boxes of the same name become one object in the answer.
 * @slot - the text next to it
 * @event change, crowd-change - the worker ticked or unticked it
 */
export class CrowdCheckbox extends CrowdField {
  static override styles = [base, fields, choiceHost];

  @query("input") private readonly control!: HTMLInputElement;
  @state() private shownProblem: string | null = null;

  @property() value = "on";
  @property({ type: Boolean, reflect: true }) checked = false;
  @property({ type: Boolean, reflect: true }) disabled = false;
  @property({ type: Boolean }) required = false;

  override get _submittableValue(): Record<string, boolean> {
    return choiceValue(this.value, this.checked);
  }

  override problem(): string | null {
    return this.required && !this.checked ? "Please tick this box." : null;
  }

  override showProblem(): void {
    this.shownProblem = this.problem();
    this.focus();
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

  protected override render(): TemplateResult {
    return html`<label part="base"><input type="checkbox" .checked=${this.checked} ?disabled=${this.disabled}
      ?required=${this.required} @change=${this.handleChange}><span><slot></slot></span></label>
      ${this.shownProblem === null ? nothing : html`<span class="problem" role="alert">${this.shownProblem}</span>`}`;
  }

  private handleChange(): void {
    this.checked = this.control.checked;
    if (this.shownProblem !== null) this.shownProblem = this.problem();
    this.dispatchEvent(new Event("change", { bubbles: true }));
    this.changed();
  }
}
