import { html, nothing, type TemplateResult } from "lit";
import { property, query, state } from "lit/decorators.js";
import { ifDefined } from "lit/directives/if-defined.js";
import { textValue } from "../../formats/answer.js";
import { base, fields } from "../../ui/controls.js";
import { icon } from "../../ui/icons.js";
import { CrowdField } from "../field.js";
import { fieldHost } from "../field_styles.js";
import { spokenName } from "../names.js";
import { textProblem } from "../text_rules.js";

/**
 * @summary One line of text.
 * @attr name - the key in the answer
 * @attr label - the text above it
 * @attr placeholder - a hint inside, while it is empty
 * @attr value - the text at first
 * @attr type - a type of HTML's input, such as `text`, `number`, `email` or `date`
 * @attr required - must be filled in
 * @attr disabled - cannot be changed
 * @attr auto-focus - has the focus at first
 * @attr auto-validate - is checked while the worker types, not only on submission
 * @attr allowed-pattern - a regular expression that the whole text must match
 * @attr error-message - what is shown for a text that is not accepted, in place of our messages
 * @attr min-length - the fewest characters
 * @attr max-length - the most characters
 * @event input, change - as from an HTML input
 * @event crowd-change - the worker changed the text
 */
export class CrowdInput extends CrowdField {
  static override styles = [base, fields, fieldHost];

  @query("input") private readonly control!: HTMLInputElement;
  @state() private shownProblem: string | null = null;

  @property() label = "";
  @property() placeholder = "";
  /** The text; null means empty, like "". */
  @property() value: string | null = "";
  @property() type = "text";
  @property({ type: Boolean }) required = false;
  @property({ type: Boolean, reflect: true }) disabled = false;
  @property({ type: Boolean, attribute: "auto-focus" }) autoFocus = false;
  @property({ type: Boolean, attribute: "auto-validate" }) autoValidate = false;
  @property({ attribute: "allowed-pattern" }) allowedPattern = "";
  @property({ attribute: "error-message" }) errorMessage = "";
  @property({ type: Number, attribute: "min-length" }) minLength?: number;
  @property({ type: Number, attribute: "max-length" }) maxLength?: number;

  override get _submittableValue(): string | undefined {
    return textValue(this.value);
  }

  override problem(): string | null {
    if (!this.disabled && (this.control.validity.badInput || this.control.validity.typeMismatch)) {
      return this.errorMessage || this.control.validationMessage;
    }
    return textProblem(this.value ?? "", this);
  }

  override showProblem(): void {
    this.shownProblem = this.problem();
    this.focus();
  }

  override saveState(): unknown {
    return this.value ?? "";
  }

  override restoreState(saved: unknown): void {
    if (typeof saved === "string") this.value = saved;
  }

  override focus(options?: FocusOptions): void {
    this.control.focus(options);
  }

  protected override firstUpdated(): void {
    if (this.autoFocus) this.focus();
  }

  protected override render(): TemplateResult {
    return html`<label class="field" part="base">
      ${this.label === "" ? nothing : html`<span class="label">${this.label}
        ${this.required ? html`<span class="required" aria-hidden="true">*</span>` : nothing}</span>`}
      <input class="input" type=${this.type} .value=${this.value ?? ""} placeholder=${this.placeholder}
        ?required=${this.required} ?disabled=${this.disabled} maxlength=${ifDefined(this.maxLength)}
        aria-label=${ifDefined(this.label === "" ? spokenName(this, this.placeholder, this.name) : undefined)}
        aria-invalid=${this.shownProblem === null ? nothing : "true"} @input=${this.handleInput} @change=${this.handleChange}>
      ${this.shownProblem === null ? nothing
        : html`<span class="problem" role="alert">${icon("warning", 14)}${this.shownProblem}</span>`}
    </label>`;
  }

  private handleInput(): void {
    this.value = this.control.value;
    if (this.autoValidate || this.shownProblem !== null) this.shownProblem = this.problem();
    this.changed();
  }

  private handleChange(): void {
    // An input's change event does not leave the shadow root.
    this.dispatchEvent(new Event("change", { bubbles: true }));
  }
}
