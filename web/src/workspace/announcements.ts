/** Short messages of the workspace: a toast over the image, and a live region for screen readers. */
import { css, html, nothing, type ReactiveController, type ReactiveControllerHost, type TemplateResult } from "lit";
import { t } from "../language/index.js";
import { icon } from "../ui/icons.js";

interface Toast {
  readonly text: string;
  /** Adds an Undo button. */
  readonly undo: (() => void) | null;
}

const TOAST_MS = 8000;

export class Announcements implements ReactiveController {
  private toast: Toast | null = null;
  private timer: number | undefined;
  private spoken = "";

  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }

  hostDisconnected(): void {
    clearTimeout(this.timer);
  }

  /** Speaks to a screen reader once it is silent. */
  speak(text: string): void {
    this.spoken = text;
    this.host.requestUpdate();
  }

  /** Shows a message for eight seconds, in place of the one before. Screen readers say it too. */
  show(text: string, undo: (() => void) | null = null): void {
    this.setToast({ text, undo });
    this.timer = window.setTimeout(() => this.dismiss(), TOAST_MS);
  }

  readonly dismiss = (): void => {
    this.setToast(null);
  };

  /** Screen readers announce a change in a region that was there before, and some announce nothing else. */
  renderToast(): TemplateResult {
    return html`<div class="toast-place" role="status">${this.toast === null ? nothing : this.renderMessage(this.toast)}</div>`;
  }

  renderLiveRegion(): TemplateResult {
    return html`<div class="visually-hidden" aria-live="polite">${this.spoken}</div>`;
  }

  private renderMessage({ text, undo }: Toast): TemplateResult {
    return html`<div class="toast"><span>${text}</span>
      ${undo === null ? nothing : html`<button @click=${undo}>${t("Undo")}</button>`}
      <button class="icon-button" aria-label=${t("Dismiss")} @click=${this.dismiss}>${icon("close", 14)}</button></div>`;
  }

  private setToast(toast: Toast | null): void {
    clearTimeout(this.timer);
    this.toast = toast;
    this.host.requestUpdate();
  }
}

export const toastStyles = css`
  .toast-place {
    position: absolute;
    inset: auto var(--tp-space-4) var(--tp-space-4);
    display: flex;
    justify-content: center;
    pointer-events: none;
  }
  .toast {
    display: flex;
    align-items: center;
    gap: var(--tp-space-3);
    max-width: 100%;
    padding: var(--tp-space-2) var(--tp-space-2) var(--tp-space-2) var(--tp-space-4);
    border-radius: var(--tp-radius-md);
    background: var(--tp-inverse);
    color: #fff;
    font-size: var(--tp-text-sm);
    box-shadow: var(--tp-shadow-lg);
    pointer-events: auto;
  }
  .toast button {
    padding: 3px 10px;
    border-radius: var(--tp-radius-sm);
    background: rgb(255 255 255 / 0.14);
    font-weight: var(--tp-weight-medium);
  }
  .toast button:hover {
    background: rgb(255 255 255 / 0.24);
  }
  .toast .icon-button {
    width: 24px;
    height: 24px;
    padding: 0;
    background: none;
    color: inherit;
  }
`;
