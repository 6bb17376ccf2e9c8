/** The labels of an earlier job over the image, for a worker who verifies them: shapes, or the colours of a mask. */
import { html, nothing, svg, type TemplateResult } from "lit";
import type { Size, View } from "../core/geometry.js";
import type { Shape } from "../core/shapes.js";
import { Visibility } from "../core/visibility.js";
import type { Verified, VerifiedMask } from "../formats/verified.js";
import { t } from "../language/index.js";
import { labelStyle } from "../ui/palette.js";
import { renderSwatch } from "../ui/swatch.js";
import { drawOverlay, NOTHING_SELECTED, type OverlayKind } from "../workspace/overlay.js";
import type { Overlay } from "../workspace/stage/component.js";
import { MaskPicture } from "./mask_picture.js";
import { SHOWN_BOXES, SHOWN_PATHS } from "./shown_kinds.js";

export type Phase = "loading" | "ready" | "error";

/** One entry of the legend: a label, or one colour of a mask. */
interface LegendEntry {
  readonly label: string;
  readonly swatch: TemplateResult;
  /** How many shapes it has; null for colours. */
  readonly count: number | null;
}

interface ShapesOf<S extends Shape> {
  readonly labels: readonly string[];
  readonly shapes: readonly S[];
}

export const NOTHING_DRAWN: Overlay = { shapes: svg``, tags: html`` };

export class VerifiedLabels {
  readonly visibility = new Visibility();
  private currentPhase: Phase = "ready";
  private mask: MaskPicture | null = null;
  private readonly shapes: readonly Shape[];

  constructor(
    private readonly verified: Verified,
    /** The mask is there, or cannot be loaded, or something else is visible now. */
    private readonly changed: () => void,
  ) {
    this.shapes = verified.kind === "mask" ? [] : verified.shapes;
    if (verified.kind === "mask") void this.load(verified.src);
  }

  get phase(): Phase {
    return this.currentPhase;
  }

  /** The switches: all, and each label; and the opacity. */
  renderLegend(hideKey: string): TemplateResult {
    const { hidden } = this.visibility;
    const all = html`<label><input type="checkbox" .checked=${!hidden.all} @input=${(event: Event) => this.toggle(event, null)}
      @change=${stop}><span class="name">${t("Show the labels to check")}</span>${hideKey === "" ? nothing : html`<kbd aria-hidden="true">${hideKey}</kbd>`}</label>`;
    if (this.currentPhase === "error") return html`${all}<p class="problem" role="alert">${t("They cannot be loaded.")}</p>`;
    return html`${all}<ul>${this.entries.map(
      ({ label, swatch, count }, index) => html`<li><label><input type="checkbox" .checked=${!hidden.hasLabel(this.keyOf(index, label))}
        @input=${(event: Event) => this.toggle(event, this.keyOf(index, label))} @change=${stop}>${swatch}<span class="name">${label}</span>
        ${count === null ? nothing : html`<span class="tally">${count}</span>`}</label></li>`,
    )}</ul>
    <label class="opacity"><span>${t("Opacity")}</span><input type="range" min="0.2" max="1" step="0.1" .value=${String(this.visibility.opacity)}
      @input=${(event: Event) => this.setOpacity(event)} @change=${stop}></label>`;
  }

  draw(view: View, stage: Size, image: Size | null): Overlay {
    const { verified } = this;
    if (verified.kind === "mask") return this.drawMask(image);
    if (verified.kind === "boundingBox") return this.drawShapes(SHOWN_BOXES, verified, view, stage);
    return this.drawShapes(SHOWN_PATHS[verified.kind], verified, view, stage);
  }

  toggleAll(): void {
    this.visibility.hidden.toggleAll();
    this.update();
  }

  fade(step: 1 | -1): void {
    this.visibility.fade(step);
    this.update();
  }

  private get entries(): readonly LegendEntry[] {
    const { verified } = this;
    return verified.kind === "mask" ? coloursOf(verified) : verified.labels.map((label, index) => this.entryOf(label, index));
  }

  private entryOf(label: string, index: number): LegendEntry {
    const count = this.shapes.filter((shape) => shape.label === label).length;
    return { label, swatch: renderSwatch(labelStyle(index)), count };
  }

  /** Instances of one label have colours of their own, and are hidden one by one. */
  private keyOf(index: number, label: string): string {
    return this.verified.kind === "mask" ? String(index) : label;
  }

  private toggle(event: Event, label: string | null): void {
    event.stopPropagation(); // hiding is no change of the answer
    if (label === null) this.visibility.hidden.toggleAll();
    else this.visibility.hidden.toggleLabel(label, this.shapes.filter((shape) => shape.label === label));
    this.update();
  }

  private setOpacity(event: Event): void {
    event.stopPropagation();
    this.visibility.opacity = (event.target as HTMLInputElement).valueAsNumber;
    this.update();
  }

  private update(): void {
    if (this.verified.kind === "mask") {
      const { hidden } = this.visibility;
      this.mask?.hide(new Set(this.verified.colours.filter((_, index) => hidden.hasLabel(String(index))).map(({ colour }) => colour)));
    }
    this.changed();
  }

  private drawShapes<S extends Shape>(kind: OverlayKind<S>, verified: ShapesOf<S>, view: View, stage: Size): Overlay {
    const { labels } = verified;
    const shapes = verified.shapes.filter((shape) => !this.visibility.hidden.has(shape));
    const styleOf = (label: string) => labelStyle(labels.indexOf(label));
    return drawOverlay(kind, { ...NOTHING_SELECTED, shapes, styleOf, showsTags: this.visibility.showsTags }, view, stage);
  }

  /** The mask covers the image, whatever its own size is. */
  private drawMask(image: Size | null): Overlay {
    const { mask, visibility } = this;
    if (mask === null || image === null || visibility.hidden.all) return NOTHING_DRAWN;
    return { ...NOTHING_DRAWN, paint: (context) => context.drawImage(mask.canvas, 0, 0, image.width, image.height) };
  }

  private async load(src: string): Promise<void> {
    this.currentPhase = "loading";
    try {
      this.mask = await MaskPicture.load(src);
      this.currentPhase = "ready";
    } catch {
      this.currentPhase = "error";
    }
    this.changed();
  }
}

function coloursOf({ colours }: VerifiedMask): LegendEntry[] {
  return colours.map(({ label, colour }) => ({ label, swatch: html`<span class="swatch" style="background: ${colour}"></span>`, count: null }));
}

function stop(event: Event): void {
  event.stopPropagation();
}
