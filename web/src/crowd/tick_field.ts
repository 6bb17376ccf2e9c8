/** The part that crowd-checkbox and crowd-toggle-button share: a choice between on and off. */
import { html, nothing, type TemplateResult } from "lit";
import { property, query, state } from "lit/decorators.js";
import { choiceValue } from "../formats/answer.js";
import { t } from "../language/index.js";
import { CrowdField } from "./field.js";

export abstract class TickField extends CrowdField {
  @query("input") protected readonly control!: HTMLInputElement;
  @state() private shownProblem: string | null = null;

  @property() value = "on";
  @property({ type: Boolean, reflect: true }) checked = false;
  @property({ type: Boolean, reflect: true }) disabled = false;
  @property({ type: Boolean, reflect: true }) required = false;

  override get _submittableValue(): Record<string, boolean> {
    return choiceValue(this.value, this.checked);
  }

  /** A disabled field has no problem, because the worker could not correct it. */
  override problem(): string | null {
    return this.required && !this.checked && !this.disabled ? this.requiredProblem : null;
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

  protected get requiredProblem(): string {
    return t("Please tick this box.");
  }

  protected renderProblem(): TemplateResult | typeof nothing {
    return this.shownProblem === null ? nothing : html`<span class="problem" role="alert">${this.shownProblem}</span>`;
  }

  protected handleChange(): void {
    this.checked = this.control.checked;
    if (this.shownProblem !== null) this.shownProblem = this.problem();
    this.dispatchEvent(new Event("change", { bubbles: true }));
    this.changed();
  }
}
