import { t } from "../../language/index.js";
import { css, html, LitElement, type TemplateResult } from "lit";
import { property, query } from "lit/decorators.js";
import { base, buttons, dialogs } from "../controls.js";
import { icon } from "../icons.js";
import { noteClosed, noteOpen } from "./open.js";

/**
 * @summary A modal dialog with a title; Escape, the cross and a click outside close it.
 * @slot - the content
 */
export class TrigpointDialog extends LitElement {
  static override styles = [
    base,
    buttons,
    dialogs,
    css`
      :host {
        display: contents;
      }
    `,
  ];

  @query("dialog") private readonly dialog!: HTMLDialogElement;

  @query(".dialog-body") private readonly body!: HTMLElement;

  @property() header = "";

  get open(): boolean {
    return this.hasUpdated && this.dialog.open;
  }

  show(): void {
    if (this.dialog.open) return;
    this.dialog.showModal();
    noteOpen(this.dialog);
    // The text gets the focus, not the cross, so that the arrow keys scroll it.
    this.body.focus();
  }

  close(): void {
    this.dialog.close();
  }

  protected override render(): TemplateResult {
    return html`<dialog class="awsui-modal-dialog" part="dialog" aria-labelledby="title" @click=${this.handleClick}
      @close=${(event: Event) => noteClosed(event.target as HTMLDialogElement)} @keydown=${this.handleKeyDown}>
      <div class="dialog-head">
        <h2 id="title">${this.header}</h2>
        <button class="icon-button" aria-label=${t("Close")} @click=${this.close}>${icon("close")}</button>
      </div>
      <div class="dialog-body" tabindex="0"><slot></slot></div>
    </dialog>`;
  }

  /** The task around gets no key. A closed dialog keeps the focus until the next frame: the task gets a key pressed by then. */
  private handleKeyDown(event: KeyboardEvent): void {
    if (this.dialog.open) event.stopPropagation();
  }

  private handleClick(event: Event): void {
    // The dialog's children fill its box: a click whose target is the dialog itself was on the backdrop.
    if (event.target === this.dialog) this.close();
  }
}
