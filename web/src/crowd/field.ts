/** The contract between crowd-form and its fields: name, value, problem and saved state. */
import { LitElement } from "lit";
import { property } from "lit/decorators.js";

/** Sent for each change by the worker. It bubbles out of shadow roots, so that the form can save the state. */
export const CHANGE_EVENT = "crowd-change";

export abstract class CrowdField extends LitElement {
  /** The key of this field in the answer. */
  @property() name = "";

  /** What the field adds to the answer; undefined leaves it out. */
  abstract get _submittableValue(): unknown;

  /** The members of the value are in the answer, without the name around them. */
  get isUnwrapped(): boolean {
    return false;
  }

  /** Why the form cannot be submitted, in words for the worker; null when nothing is wrong. */
  problem(): string | null {
    return null;
  }

  /** Shows the problem at the field and moves the focus there. */
  showProblem(): void {
    this.focus();
  }

  /** The state of the field as JSON, for restoreState. */
  abstract saveState(): unknown;
  abstract restoreState(state: unknown): void;

  protected changed(): void {
    this.dispatchEvent(new CustomEvent(CHANGE_EVENT, { bubbles: true, composed: true }));
  }
}
