import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { property } from "lit/decorators.js";
import { t } from "../../language/index.js";
import { base, buttons } from "../../ui/controls.js";
import { icon } from "../../ui/icons.js";

const KINDS = ["info", "success", "warning", "error"] as const;
type Kind = (typeof KINDS)[number];

/**
 * @summary A message in a coloured box.
 * @attr type - `info` (default), `success`, `warning` or `error`
 * @attr dismissible - can be closed
 * @slot - the message
 */
export class CrowdAlert extends LitElement {
  static override styles = [
    base,
    buttons,
    css`
      :host {
        display: block;
        margin-block: var(--tp-space-3);
      }
      .alert {
        display: flex;
        gap: var(--tp-space-3);
        padding: var(--tp-space-3) var(--tp-space-4);
        border: 1px solid var(--line);
        border-radius: var(--tp-radius-md);
        background: var(--ground);
      }
      .alert > .icon {
        margin-top: 2px;
        color: var(--ink);
      }
      .info {
        --ground: var(--tp-accent-50);
        --line: var(--tp-accent-200);
        --ink: var(--tp-accent-600);
      }
      .success {
        --ground: var(--tp-success-50);
        --line: var(--tp-success-200);
        --ink: var(--tp-success-600);
      }
      .warning {
        --ground: var(--tp-warning-50);
        --line: var(--tp-warning-200);
        --ink: var(--tp-warning-600);
      }
      .error {
        --ground: var(--tp-danger-50);
        --line: var(--tp-danger-200);
        --ink: var(--tp-danger-600);
      }
      .text {
        flex: 1;
        min-width: 0;
      }
      .icon-button {
        width: 22px;
        height: 22px;
      }
    `,
  ];

  @property() type = "info";
  @property({ type: Boolean }) dismissible = false;

  protected override render(): TemplateResult {
    const kind: Kind = KINDS.find((known) => known === this.type) ?? "info";
    const urgent = kind === "error" || kind === "warning";
    return html`<div part="base" class="alert ${kind}" role=${urgent ? "alert" : "status"}>
      ${icon(kind === "error" ? "warning" : kind)}
      <div class="text"><slot></slot></div>
      ${this.dismissible ? html`<button class="icon-button" aria-label=${t("Dismiss")} @click=${this.dismiss}>${icon("close", 14)}</button>` : nothing}
    </div>`;
  }

  private dismiss(): void {
    this.hidden = true;
  }
}
