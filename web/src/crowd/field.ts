/** What does crowd-form need of a field? Its name and value, what is wrong with it, and its state to come back to. */
import { LitElement } from "lit";
import { property } from "lit/decorators.js";

/** Sent whenever the worker changes a field; bubbles out of shadow roots, so that the form can save the state. */
export const CHANGE_EVENT = "crowd-change";

export abstract class CrowdField extends LitElement {
  /** The key of this field in the answer. */
  @property() name = "";

  /** What the field adds to the answer; undefined leaves it out. */
  abstract get _submittableValue(): unknown;

  /** Why the form cannot be submitted, in words for the worker; null when nothing is wrong. */
  problem(): string | null {
    return null;
  }

  /** Shows the problem at the field and moves the focus there. */
  showProblem(): void {
    this.focus();
  }

  /** JSON from which restoreState brings the worker's work back. */
  abstract saveState(): unknown;
  abstract restoreState(state: unknown): void;

  protected changed(): void {
    this.dispatchEvent(new CustomEvent(CHANGE_EVENT, { bubbles: true, composed: true }));
  }
}
