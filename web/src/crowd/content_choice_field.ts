/** The choice of classes for a text, or any other content in a `<classification-target>`. */
import { css, type CSSResultGroup, html, type TemplateResult } from "lit";
import { t } from "../language/index.js";
import { ChoiceField } from "./choice_field.js";

/** A child with a place of its own. Outside of a classifier it is a plain tag, so it is no custom element. */
const TARGET = "classification-target";

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
        text-align: start;
        unicode-bidi: plaintext; /* each paragraph has the direction of its own first letter */
      }
    `,
  ];

  constructor(multiple: boolean) {
    super(multiple, false);
  }

  protected override renderObject(): TemplateResult {
    for (const child of this.children) if (child.localName === TARGET) child.slot = TARGET;
    return html`<div class="target scroll" tabindex="0" role="region" aria-label=${t("What is to be classified")}>
      <slot name="classification-target"></slot><slot></slot></div>`;
  }
}
