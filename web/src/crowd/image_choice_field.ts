/** The choice of classes for an image, with the labels of an earlier job over it when these are verified. */
import { css, type CSSResultGroup, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import type { Size, View } from "../core/geometry.js";
import { parseOverlay } from "../formats/verified.js";
import { t } from "../language/index.js";
import type { Command } from "../workspace/keys.js";
import { shownKey } from "../workspace/shortcuts.js";
import type { ImageStage, Overlay } from "../workspace/stage/component.js";
import { renderZoomTools } from "../workspace/tool_bar.js";
import { ViewMenu, viewMenuStyles } from "../workspace/view_menu.js";
import { ChoiceField } from "./choice_field.js";
import { NOTHING_DRAWN, VerifiedLabels } from "./verified_labels.js";

const PAN_STEP = 40;

export abstract class ImageChoiceField extends ChoiceField {
  static override styles: CSSResultGroup = [
    ChoiceField.styles,
    viewMenuStyles,
    css`
      .legend {
        flex: 0 1 auto;
        padding: var(--tp-space-3) var(--tp-space-4);
        border-top: 1px solid var(--tp-border);
        font-size: var(--tp-text-sm);
      }
      .legend label {
        display: flex;
        align-items: center;
        gap: var(--tp-space-2);
        min-height: var(--tp-hit);
      }
      .legend ul {
        margin: 0;
        padding: 0;
        list-style: none;
      }
      .legend .name {
        flex: 1;
        min-width: 0;
        overflow-wrap: anywhere;
      }
      .legend .tally {
        color: var(--tp-text-faint);
        font-size: var(--tp-text-xs);
        font-variant-numeric: tabular-nums;
      }
      .legend .opacity {
        justify-content: space-between;
        color: var(--tp-text-muted);
      }
      .legend input[type="range"] {
        flex: 1;
        max-width: 140px;
        accent-color: var(--tp-accent-600);
      }
    `,
  ];

  @property() src = "";
  /** The labels to verify: relaxed JSON, as the attribute holds it. */
  @property() overlay: string | null = null;
  @state() private verified: VerifiedLabels | null = null;
  private overlayProblem: string | null = null;
  private readonly draw = (view: View, stage: Size): Overlay =>
    this.verified?.draw(view, stage, this.stage?.image ?? null) ?? NOTHING_DRAWN;

  private readonly viewMenu = new ViewMenu(this, (view) => this.keep({ view }), { draws: false });

  constructor(multiple: boolean) {
    super(multiple, true);
  }

  protected override get isReview(): boolean {
    return this.verified !== null;
  }

  override get setupProblem(): string | null {
    return super.setupProblem ?? (this.src === "" ? t("it has no src attribute") : null) ?? this.overlayProblem;
  }

  protected override answerProblem(): string | null {
    if (this.stage?.phase === "error") return t("The image cannot be shown. Please try again, or decline this task.");
    if (this.verified?.phase === "error") return t("The labels to check cannot be shown. Please reload the page, or decline this task.");
    if (this.stage?.phase !== "ready" || this.verified?.phase === "loading") return t("The image is still loading.");
    return super.answerProblem();
  }

  protected override restored({ view }: Readonly<Record<string, unknown>>): void {
    if (view !== undefined) this.viewMenu.restore(view);
  }

  protected override willUpdate(changes: PropertyValues<this>): void {
    if (!changes.has("overlay")) return;
    const parsed = this.overlay === null ? null : parseOverlay(this.overlay);
    this.overlayProblem = parsed === null || parsed.ok ? null : t("its overlay is {{problem}}", { problem: parsed.problem });
    this.verified = parsed !== null && parsed.ok ? new VerifiedLabels(parsed.value, () => this.showChange()) : null;
  }

  protected override run(command: Command): boolean {
    switch (command.kind) {
      case "arrow":
        this.stage?.pan(-command.dx * PAN_STEP, -command.dy * PAN_STEP);
        return true;
      case "zoom-in":
        this.stage?.zoomIn();
        return true;
      case "zoom-out":
        this.stage?.zoomOut();
        return true;
      case "fit":
        this.stage?.fit();
        return true;
      case "turn":
        this.stage?.turn(command.degrees);
        return true;
      default:
        return this.runOnLabels(command) || super.run(command);
    }
  }

  /** Commands for the labels that are verified. Returns false for other ones, and in a task without such labels. */
  private runOnLabels(command: Command): boolean {
    const { verified } = this;
    if (verified === null) return false;
    if (command.kind === "hide") verified.toggleAll();
    else if (command.kind === "fade") verified.fade(command.step);
    else if (command.kind === "tags") {
      verified.visibility.showsTags = !verified.visibility.showsTags;
      this.showChange();
    } else return false;
    return true;
  }

  protected override renderTools(): TemplateResult {
    const stage = this.stage?.phase === "ready" ? this.stage : null;
    return html`<div class="zoom-tools" role="group" aria-label=${t("Zoom")}>${renderZoomTools(stage, this.keys)}${this.viewMenu.render(stage, this.keys)}</div>`;
  }

  protected override renderObject(): TemplateResult {
    return html`<tp-image-stage src=${this.src} label=${t("Image to classify. {{header}}", { header: this.header })}
      style="--tp-shapes-opacity: ${this.verified?.visibility.opacity ?? 1}" .settings=${this.viewMenu.settings} .overlay=${this.draw} panning
      @tp-stage-phase=${() => this.requestUpdate()} @tp-stage-view=${() => this.requestUpdate()}></tp-image-stage>`;
  }

  /** The labels that are verified, by colour. */
  protected override renderNotes(): TemplateResult | typeof nothing {
    if (this.verified === null) return nothing;
    return html`<div class="legend scroll">${this.verified.renderLegend(shownKey(this.keys.first("hide-all")))}</div>`;
  }

  private get stage(): ImageStage | null {
    return this.renderRoot?.querySelector("tp-image-stage") ?? null;
  }

  private showChange(): void {
    this.requestUpdate();
    this.stage?.refresh();
  }
}
