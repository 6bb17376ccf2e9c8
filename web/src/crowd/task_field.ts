/** A field that is usually the whole task: it fills the page, and shows what is wrong with its attributes in place of itself. */
import { html, type TemplateResult } from "lit";
import { t } from "../language/index.js";
import { CrowdField } from "./field.js";

export abstract class TaskField extends CrowdField {
  /** The answer so far. */
  abstract get value(): unknown;

  /** What the requester has to correct, in words; null for a task in order. The worker can only decline the task. */
  abstract get setupProblem(): string | null;

  /** Why the answer cannot be submitted, in words for the worker; null when it can. */
  protected abstract answerProblem(): string | null;

  /** The page of the task. */
  protected abstract renderTask(): TemplateResult;

  /** The tag in messages about the template. */
  protected get tag(): string {
    return this.localName;
  }

  override get _submittableValue(): unknown {
    return this.value;
  }

  override problem(): string | null {
    const { setupProblem } = this;
    return setupProblem === null ? this.answerProblem() : t("This task is set up wrongly: {{problem}}. Please decline it.", { problem: setupProblem });
  }

  submit(): void {
    this.dispatchEvent(new CustomEvent("crowd-form-action", { detail: "submit", bubbles: true, composed: true }));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // crowd-form gives such an element the whole frame when it is the whole task.
    this.dataset["fillsPage"] = "";
  }

  protected override render(): TemplateResult {
    if (this.setupProblem === null) return this.renderTask();
    return html`<div class="setup-problem" role="alert"><strong>${t("This task is set up wrongly")}</strong><br>
      ${t("<{{element}}>: {{problem}}. Please decline it and inform the requester.", { element: this.tag, problem: this.setupProblem })}</div>`;
  }
}
