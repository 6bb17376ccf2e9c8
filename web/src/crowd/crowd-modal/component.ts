import { css, html, LitElement, type TemplateResult } from "lit";
import { property, query } from "lit/decorators.js";
import { t } from "../../language/index.js";
import { base, buttons } from "../../ui/controls.js";
import type { TrigpointDialog } from "../../ui/dialog/component.js";
import { renderOpener } from "../opener.js";
import { onReveal } from "../reveal.js";

/**
 * @summary A link or button that opens a dialog with any content.
 * @attr link-text - the text of the link or button, and the title of the dialog
 * @attr link-type - `link` or `button`
 * @slot - the content of the dialog
 */
export class CrowdModal extends LitElement {
  static override styles = [
    base,
    buttons,
    css`
      :host {
        display: inline-block;
      }
    `,
  ];

  @query("tp-dialog") private readonly dialog!: TrigpointDialog | null;

  @property({ attribute: "link-text" }) linkText: string | null = null;
  @property({ attribute: "link-type" }) linkType = "link";

  constructor() {
    super();
    onReveal(this, () => this.open());
  }

  open(): void {
    this.dialog?.show();
  }

  close(): void {
    this.dialog?.close();
  }

  protected override render(): TemplateResult {
    const text = this.linkText || t("Click to open modal");
    return html`${renderOpener({ text, type: this.linkType, open: () => this.open() })}
      <tp-dialog header=${text}><slot></slot></tp-dialog>`;
  }
}
