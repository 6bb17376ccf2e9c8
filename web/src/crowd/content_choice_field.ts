/** The choice of classes for a text, or any other content in a `<classification-target>`. */
import { css, type CSSResultGroup, html, type TemplateResult } from "lit";
import { t } from "../language/index.js";
import { ChoiceField } from "./choice_field.js";

export abstract class ContentChoiceField extends ChoiceField {
  static override styles: CSSResultGroup = [
    ChoiceField.styles,
    css`
      .target {
        grid-area: stage;
        padding: var(--tp-space-6);
        background: var(--tp-surface);
        font-size: var(--tp-text-lg);
        overflow-wrap: anywhere;
      }
      .target:focus-visible {
        box-shadow: inset 0 0 0 1px var(--tp-accent-500);
      }
      ::slotted(classification-target) {
        display: block;
        max-width: 76ch;
        margin-inline: auto;
      }
    `,
  ];

  protected override renderObject(): TemplateResult {
    return html`<div class="target scroll" tabindex="0" role="region" aria-label=${t("What is to be classified")}>
      <slot name="classification-target"></slot><slot></slot></div>`;
  }
}
