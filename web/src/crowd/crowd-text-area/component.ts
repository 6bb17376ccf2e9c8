import { css, html, nothing, type TemplateResult } from "lit";
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
 * @summary Several lines of text; grows with its content up to `max-rows`.
 * @attr name - the key in the answer
 * @attr label - the text above it
 * @attr placeholder - a hint inside, while it is empty
 * @attr value - the text at first
 * @attr rows - the height at first, in lines
 * @attr max-rows - the largest height, in lines
 * @attr max-length - the most characters
 * @attr char-counter - shows the number of characters
 * @attr auto-focus - has the focus at first
 * @attr auto-validate - is checked while the worker types, not only on submission
 * @attr allowed-pattern - a regular expression that the whole text must match
 * @attr error-message - what is shown for a text that is not accepted, in place of our messages
 * @attr required - must be filled in
 * @attr disabled - cannot be changed
 * @event input, change - as from an HTML textarea
 * @event crowd-change - the worker changed the text
 */
export class CrowdTextArea extends CrowdField {
  static override styles = [
    base,
    fields,
    fieldHost,
    css`
      textarea {
        resize: vertical;
        field-sizing: content;
      }
      .foot {
        display: flex;
        justify-content: space-between;
      }
      .count {
        margin-left: auto;
        color: var(--tp-text-muted);
        font-variant-numeric: tabular-nums;
      }
    `,
  ];

  @query("textarea") private readonly control!: HTMLTextAreaElement;
  @state() private shownProblem: string | null = null;

  @property() label = "";
  @property() placeholder = "";
  @property() value: string | null = "";
  @property({ type: Number }) rows = 3;
  @property({ type: Number, attribute: "max-rows" }) maxRows?: number;
  @property({ type: Number, attribute: "max-length" }) maxLength?: number;
  @property({ type: Boolean, attribute: "char-counter" }) charCounter = false;
  @property({ type: Boolean, attribute: "auto-focus" }) autoFocus = false;
  @property({ type: Boolean, attribute: "auto-validate" }) autoValidate = false;
  @property({ attribute: "allowed-pattern" }) allowedPattern = "";
  @property({ attribute: "error-message" }) errorMessage = "";
  @property({ type: Boolean }) required = false;
  @property({ type: Boolean, reflect: true }) disabled = false;

  override get _submittableValue(): string | undefined {
    return textValue(this.value);
  }

  override problem(): string | null {
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
    const height = `min-height: ${this.rows * 1.5}em; ${this.maxRows === undefined ? "" : `max-height: ${this.maxRows * 1.5 + 1}em`}`;
    return html`<label class="field" part="base">
      ${this.label === "" ? nothing : html`<span class="label">${this.label}
        ${this.required ? html`<span class="required" aria-hidden="true">*</span>` : nothing}</span>`}
      <textarea class="input" style=${height} rows=${this.rows} .value=${this.value ?? ""} placeholder=${this.placeholder}
        ?required=${this.required} ?disabled=${this.disabled} maxlength=${ifDefined(this.maxLength)}
        aria-label=${ifDefined(this.label === "" ? spokenName(this, this.placeholder, this.name) : undefined)}
        aria-invalid=${this.shownProblem === null ? nothing : "true"} @input=${this.handleInput}
        @change=${this.handleChange}></textarea>
      <span class="foot">
        ${this.shownProblem === null ? nothing
          : html`<span class="problem" role="alert">${icon("warning", 14)}${this.shownProblem}</span>`}
        ${this.charCounter ? html`<span class="hint count">${this.value?.length ?? 0}${
          this.maxLength === undefined ? "" : ` / ${this.maxLength}`}</span>` : nothing}
      </span>
    </label>`;
  }

  private handleInput(): void {
    this.value = this.control.value;
    if (this.autoValidate || this.shownProblem !== null) this.shownProblem = this.problem();
    this.changed();
  }

  private handleChange(): void {
    // A text area's change event does not leave the shadow root.
    this.dispatchEvent(new Event("change", { bubbles: true }));
  }
}
