/** The labels of an earlier job over the image, for a worker who verifies them: boxes, or the colours of a mask. */
import { html, svg, type TemplateResult } from "lit";
import { rectToView, type Size, type View } from "../core/geometry.js";
import type { BoxShape } from "../core/shapes.js";
import type { Overlay as Verified } from "../formats/choices.js";
import { labelStyle } from "../ui/palette.js";
import { renderSwatch } from "../ui/swatch.js";
import { drawOverlay, NOTHING_SELECTED } from "../workspace/overlay.js";
import type { Overlay } from "../workspace/stage/component.js";
import { BOXES } from "./crowd-bounding-box/kind.js";
import { loadMask } from "./mask_picture.js";

export type Phase = "loading" | "ready" | "error";

export class VerifiedLabels {
  private currentPhase: Phase = "ready";
  private mask: HTMLCanvasElement | null = null;

  constructor(
    private readonly verified: Verified,
    /** The mask is there, or cannot be loaded. */
    private readonly changed: () => void,
  ) {
    if (verified.kind === "mask") void this.load(verified.src);
  }

  get phase(): Phase {
    return this.currentPhase;
  }

  /** One row for each label with its colour. */
  get legend(): TemplateResult[] {
    if (this.verified.kind === "boxes") {
      return this.verified.labels.map((label, index) => html`<li>${renderSwatch(labelStyle(index))}${label}</li>`);
    }
    return this.verified.colours.map(
      ({ label, colour }) => html`<li><span class="swatch" style="background: ${colour}"></span>${label}</li>`,
    );
  }

  draw(view: View, stage: Size, image: Size | null): Overlay {
    return this.verified.kind === "boxes" ? this.drawBoxes(view, stage) : this.drawMask(view, image);
  }

  private drawBoxes(view: View, stage: Size): Overlay {
    const { labels, boxes } = this.verified as Verified & { kind: "boxes" };
    const shapes = boxes.map((box, index): BoxShape => ({ id: `v${index}`, ...box }));
    const styleOf = (label: string) => labelStyle(labels.indexOf(label));
    return drawOverlay(BOXES, { ...NOTHING_SELECTED, shapes, styleOf }, view, stage);
  }

  /** The mask covers the image, whatever its own size is. */
  private drawMask(view: View, image: Size | null): Overlay {
    if (this.mask === null || image === null) return { shapes: svg``, tags: html`` };
    const { left, top, width, height } = rectToView(view, { left: 0, top: 0, ...image });
    this.mask.style.cssText = `position: absolute; left: ${left}px; top: ${top}px; width: ${width}px; height: ${height}px;
      image-rendering: pixelated`;
    return { shapes: svg``, tags: html`${this.mask}` };
  }

  private async load(src: string): Promise<void> {
    this.currentPhase = "loading";
    try {
      this.mask = await loadMask(src);
      this.currentPhase = "ready";
    } catch {
      this.currentPhase = "error";
    }
    this.changed();
  }
}
