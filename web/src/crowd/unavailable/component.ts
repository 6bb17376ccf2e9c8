import { css, html, type TemplateResult } from "lit";
import { base } from "../../ui/controls.js";
import { icon } from "../../ui/icons.js";
import { CrowdField } from "../field.js";

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
        margin-block: var(--tp-space-3);
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
      }
      .more {
        color: var(--tp-text-muted);
        font-size: var(--tp-text-sm);
      }
      code {
        font-family: var(--tp-font-mono);
      }
    `,
  ];

  override get _submittableValue(): undefined {
    return undefined;
  }

  override problem(): string {
    return `<${this.localName}> is not available yet, so this task cannot be submitted. Please decline it.`;
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
      <div><p><code>&lt;${this.localName}&gt;</code> is not available yet</p>
      <p class="more">This task cannot be submitted here. Please decline it and inform the requester.</p></div></div>
      <slot></slot>`;
  }
}
