/** A transparent canvas over the image, for scripts of templates. */
import { html, type TemplateResult } from "lit";
import type { Size } from "../core/geometry.js";

/** Pixels of a side: a canvas as large as a large image could not be drawn on in every browser. */
const LARGEST_SIDE = 4096;

/**
 * Scripts find it as `canvas.upper-canvas`, as in AWS's elements, to draw on it or to lay a picture over the image. It is
 * there before the image is, and without a size until then.
 */
export function renderScriptCanvas(image: Size | null): TemplateResult {
  const { width, height } = image ?? { width: 0, height: 0 };
  const own = canvasSize(width, height);
  return html`<canvas class="upper-canvas" slot="plane" aria-hidden="true" width=${own.width} height=${own.height} style="position: absolute; left: 0; top: 0;
    width: ${width}px; height: ${height}px; pointer-events: none"></canvas>`;
}

/** The pixels of the canvas over an image: as many, or fewer of the same form. */
export function canvasSize(width: number, height: number): Size {
  const share = Math.min(1, LARGEST_SIDE / Math.max(width, height, 1));
  return { width: Math.round(width * share), height: Math.round(height * share) };
}
