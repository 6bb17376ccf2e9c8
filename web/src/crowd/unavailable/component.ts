import { css, html, type TemplateResult } from "lit";
import { t } from "../../language/index.js";
import { base } from "../../ui/controls.js";
import { icon } from "../../ui/icons.js";
import { CrowdField } from "../field.js";

/** Sent when the element is there, so that the form does not offer to submit. */
export const UNAVAILABLE_EVENT = "crowd-unavailable";

/**
 * @summary A notice in place of a crowd-* element that Trigpoint does not have. The form cannot be submitted, because an
 *   answer that silently lacks a part is worse than none.
 */
export class UnavailableElement extends CrowdField {
  static override styles = [
    base,
    css`
      :host {
        display: block;
        max-width: 1080px;
        margin: var(--tp-space-3) auto;
      }
      .notice {
        display: flex;
        gap: var(--tp-space-3);
        padding: var(--tp-space-4);
        border: 1px dashed var(--tp-warning-600);
        border-radius: var(--tp-radius-md);
        background: var(--tp-warning-50);
      }
      .notice > .icon {
        margin-top: 2px;
        color: var(--tp-warning-600);
      }
      p {
        margin: 0;
        overflow-wrap: anywhere;
      }
      .title {
        font-weight: var(--tp-weight-semibold);
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.dispatchEvent(new Event(UNAVAILABLE_EVENT, { bubbles: true, composed: true }));
  }

  override get _submittableValue(): undefined {
    return undefined;
  }

  override problem(): string {
    return t("<{{element}}> is not available here, so this task cannot be submitted. Please decline it.", { element: this.localName });
  }

  override showProblem(): void {
    this.scrollIntoView({ block: "nearest" });
  }

  override saveState(): unknown {
    return null;
  }

  override restoreState(): void {}

  protected override render(): TemplateResult {
    return html`<div class="notice" role="alert">${icon("warning")}
      <div><p class="title">${t("This task cannot be done here")}</p>
      <p>${t("It needs a part that this portal does not have: <{{element}}> is not available here.", { element: this.localName })}
        ${t("Please decline the task, and tell the person who gave you this job.")}</p></div></div>
      <slot></slot>`;
  }
}
