/** The pane of short instructions, its button in the tool bar, and the dialog of full instructions. */
import { css, html, nothing, type ReactiveController, type ReactiveControllerHost, type TemplateResult } from "lit";
import { t } from "../language/index.js";
import type { TrigpointDialog } from "../ui/dialog/component.js";
import { icon } from "../ui/icons.js";
import { SMALL } from "../ui/media.js";
import type { SmallWindow } from "./small_window.js";
import { instructionsIn, type InstructionRegions, NO_INSTRUCTIONS } from "./instruction_regions.js";

export class Instructions implements ReactiveController {
  private regions: InstructionRegions = NO_INSTRUCTIONS;
  private isShown = true;
  /** The parser upgrades the host before its instructions are there. */
  private readonly contentChanges = new MutationObserver(() => this.read());

  constructor(
    private readonly host: ReactiveControllerHost & HTMLElement,
    private readonly smallWindow: SmallWindow,
    /** The worker opened or closed the pane. */
    private readonly toggled: (shown: boolean) => void,
    /** The element with the instructions. The host's slots show them. */
    private readonly source: HTMLElement = host,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    this.contentChanges.observe(this.source, { childList: true, subtree: true, characterData: true });
    this.read();
  }

  hostDisconnected(): void {
    this.contentChanges.disconnect();
  }

  show(shown: boolean): void {
    this.isShown = shown;
    this.host.requestUpdate();
  }

  renderButton(): TemplateResult | typeof nothing {
    if (!this.exist) return nothing;
    return html`<button class="icon-button" title=${t("Show or hide the instructions")}
      aria-label=${t("Instructions")} aria-expanded=${this.isVisible} @click=${this.toggle}>${icon(this.smallWindow.applies ? "info" : "panel")}</button>`;
  }

  renderPane(): TemplateResult {
    return html`<aside class="left awsui-app-layout__navigation" aria-label=${t("Instructions")} ?hidden=${!this.isVisible || !this.exist}>
      <div class="section-title">${t("Instructions")}${this.smallWindow.applies
        ? html`<button class="icon-button close" aria-label=${t("Close the instructions")} @click=${this.toggle}>${icon("close")}</button>` : nothing}</div>
      <div class="instructions scroll"><slot name="short-instructions"></slot></div>
      ${this.regions.full === null ? nothing : html`<div class="full">
        <button class="button" @click=${this.showFull}>${icon("book")}${t("View full instructions")}</button></div>`}
    </aside>`;
  }

  renderDialog(): TemplateResult {
    return html`<tp-dialog class="instructions-dialog awsui-modal-dialog" header=${this.regions.full?.header ?? t("Instructions")}>
      <slot name="full-instructions"></slot>
    </tp-dialog>`;
  }

  private get exist(): boolean {
    return this.regions.hasShort || this.regions.full !== null;
  }

  /** A small window has no room for the pane next to the image: there it is closed at first. */
  private get isVisible(): boolean {
    return this.smallWindow.applies ? this.smallWindow.isOpen("instructions") : this.isShown;
  }

  private read(): void {
    this.regions = instructionsIn(this.source);
    this.host.requestUpdate();
  }

  private readonly toggle = (): void => {
    if (this.smallWindow.applies) {
      this.smallWindow.toggle("instructions");
      return;
    }
    this.show(!this.isShown);
    this.toggled(this.isShown);
  };

  private readonly showFull = (): void => {
    this.host.shadowRoot?.querySelector<TrigpointDialog>(".instructions-dialog")?.show();
  };
}

export const instructionStyles = css`
  .instructions {
    flex: 1;
    padding: var(--tp-space-1) var(--tp-space-4) var(--tp-space-4);
    color: var(--tp-text);
  }
  .full {
    flex: none;
    padding: var(--tp-space-3) var(--tp-space-4);
    border-top: 1px solid var(--tp-border);
  }
  .full .button {
    width: 100%;
    padding: 0 var(--tp-space-2);
  }
  @media (max-width: 1200px) {
    .full .button .icon {
      display: none;
    }
  }
  .close {
    margin-left: auto;
  }
  @media ${SMALL} {
    .left .section-title {
      height: 44px;
    }
  }
`;
