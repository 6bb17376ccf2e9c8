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

  /** Shows a message for eight seconds, in place of the one before. */
  show(text: string, undo: (() => void) | null = null): void {
    this.setToast({ text, undo });
    this.timer = window.setTimeout(() => this.dismiss(), TOAST_MS);
  }

  readonly dismiss = (): void => {
    this.setToast(null);
  };

  renderToast(): TemplateResult | typeof nothing {
    if (this.toast === null) return nothing;
    const { text, undo } = this.toast;
    return html`<div class="toast" role="status"><span>${text}</span>
      ${undo === null ? nothing : html`<button @click=${undo}>${t("Undo")}</button>`}
      <button class="icon-button" aria-label=${t("Dismiss")} @click=${this.dismiss}>${icon("close", 14)}</button></div>`;
  }

  renderLiveRegion(): TemplateResult {
    return html`<div class="visually-hidden" aria-live="polite">${this.spoken}</div>`;
  }

  private setToast(toast: Toast | null): void {
    clearTimeout(this.timer);
    this.toast = toast;
    this.host.requestUpdate();
  }
}

export const toastStyles = css`
  .toast {
    bottom: var(--tp-space-4);
    left: 50%;
    display: flex;
    align-items: center;
    gap: var(--tp-space-3);
    max-width: calc(100% - 32px);
    padding: var(--tp-space-2) var(--tp-space-2) var(--tp-space-2) var(--tp-space-4);
    border-radius: var(--tp-radius-md);
    background: var(--tp-inverse);
    color: #fff;
    font-size: var(--tp-text-sm);
    box-shadow: var(--tp-shadow-lg);
    transform: translateX(-50%);
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
