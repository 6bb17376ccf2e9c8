/** The choice of classes for an image, with the labels of an earlier job over it when these are verified. */
import { css, type CSSResultGroup, html, nothing, type PropertyValues, svg, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import type { Size, View } from "../core/geometry.js";
import { parseOverlay } from "../formats/choices.js";
import type { Command } from "../workspace/keys.js";
import type { ImageStage, Overlay } from "../workspace/stage/component.js";
import { renderZoomTools } from "../workspace/tool_bar.js";
import { ChoiceField } from "./choice_field.js";
import { VerifiedLabels } from "./verified_labels.js";

const PAN_STEP = 40;
const NOTHING_DRAWN: Overlay = { shapes: svg``, tags: html`` };

export abstract class ImageChoiceField extends ChoiceField {
  static override styles: CSSResultGroup = [
    ChoiceField.styles,
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
      .legend li {
        display: flex;
        align-items: center;
        gap: var(--tp-space-2);
        overflow-wrap: anywhere;
      }
    `,
  ];

  @property() src = "";
  /** The labels to verify: relaxed JSON, as the attribute holds it. */
  @property() overlay: string | null = null;
  @state() private verified: VerifiedLabels | null = null;
  @state() private showsLabels = true;
  private overlayProblem: string | null = null;
  private readonly draw = (view: View, stage: Size): Overlay =>
    (this.showsLabels ? this.verified?.draw(view, stage, this.stage?.image ?? null) : null) ?? NOTHING_DRAWN;

  override get setupProblem(): string | null {
    return super.setupProblem ?? (this.src === "" ? "it has no src attribute" : null) ?? this.overlayProblem;
  }

  override problem(): string | null {
    if (this.setupProblem === null) {
      if (this.stage?.phase === "error") return "The image cannot be shown. Please try again, or decline this task.";
      if (this.verified?.phase === "error") return "The labels to check cannot be shown. Please reload the page, or decline this task.";
      if (this.stage?.phase !== "ready" || this.verified?.phase === "loading") return "The image is still loading.";
    }
    return super.problem();
  }

  protected override willUpdate(changes: PropertyValues<this>): void {
    if (!changes.has("overlay")) return;
    const parsed = this.overlay === null ? null : parseOverlay(this.overlay);
    this.overlayProblem = parsed === null || parsed.ok ? null : `its overlay is ${parsed.problem}`;
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
      default:
        return super.run(command);
    }
  }

  protected override renderTools(): TemplateResult {
    const { stage } = this;
    return html`<div class="zoom-tools" role="group" aria-label="Zoom">${renderZoomTools(stage?.phase === "ready" ? stage : null)}</div>`;
  }

  protected override renderObject(): TemplateResult {
    return html`<tp-image-stage src=${this.src} label="Image to classify. ${this.header}" .overlay=${this.draw} panning
      @tp-stage-phase=${() => this.requestUpdate()} @tp-stage-view=${() => this.requestUpdate()}></tp-image-stage>`;
  }

  /** The labels that are verified, by colour. */
  protected override renderNotes(): TemplateResult | typeof nothing {
    if (this.verified === null) return nothing;
    const failed = this.verified.phase === "error";
    return html`<div class="legend scroll"><label><input type="checkbox" .checked=${this.showsLabels}
        @input=${this.handleToggle} @change=${(event: Event) => event.stopPropagation()}>
        Show the labels to check</label>
      ${failed ? html`<p class="problem" role="alert">They cannot be loaded.</p>` : html`<ul>${this.verified.legend}</ul>`}</div>`;
  }

  private get stage(): ImageStage | null {
    return this.renderRoot?.querySelector("tp-image-stage") ?? null;
  }

  private readonly handleToggle = (event: Event): void => {
    event.stopPropagation(); // hiding is no change of the answer
    this.showsLabels = (event.target as HTMLInputElement).checked;
    this.showChange();
  };

  private showChange(): void {
    this.requestUpdate();
    this.stage?.refresh();
  }
}
