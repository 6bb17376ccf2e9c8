/** An image drawn for a view: by an image element, or on a canvas for a large image. */
import { html, nothing, type TemplateResult } from "lit";
import { ref } from "lit/directives/ref.js";
import { type Size, type View, visibleRect } from "../../core/geometry.js";
import { paint, PIXELS_FROM } from "./painting.js";
import type { Pyramid } from "./pyramid.js";

export interface Picture {
  readonly src: string;
  /** Stored pixels. */
  readonly image: Size;
  /** Null for an image that an image element shows. */
  readonly pyramid: Pyramid | null;
  /** A CSS filter. */
  readonly filter: string;
}

/** A small picture of a part of the image, such as a map or a magnifier, in a box of this size in CSS pixels. */
export function renderInset({ src, image, pyramid, filter }: Picture, view: View, size: Size): TemplateResult {
  if (pyramid === null) {
    return html`<img class=${view.scale >= PIXELS_FROM ? "pixels" : ""} crossorigin="anonymous" src=${src} alt="" draggable="false"
      style="--zoom: ${view.scale}; transform: ${cssTransform(view)}; transform-origin: 0 0; filter: ${filter}">`;
  }
  const draw = (canvas?: Element): void => {
    if (canvas instanceof HTMLCanvasElement) paintPicture(canvas, image, pyramid, view, size);
  };
  return html`<canvas ${ref(draw)} style="width: ${size.width}px; height: ${size.height}px; filter: ${filter}"></canvas>`;
}

export function paintPicture(canvas: HTMLCanvasElement, image: Size, pyramid: Pyramid, view: View, size: Size, isSmooth = false): void {
  const part = { view, visible: visibleRect(view, image, size), pixelRatio: window.devicePixelRatio, isSmooth };
  paint(canvas, (context) => pyramid.paint(context, part), part, size);
}

export function cssTransform({ scale, x, y, rotation = 0 }: View): string {
  return `translate(${x}px, ${y}px) rotate(${rotation}deg) scale(${scale})`;
}

/** The SVG filter for a gamma, for which CSS has no function; nothing where the gamma changes nothing. */
export function renderGamma(gamma: number, id: string): TemplateResult | typeof nothing {
  if (gamma === 1) return nothing;
  const exponent = 1 / gamma;
  return html`<svg class="filters" aria-hidden="true"><filter id=${id} color-interpolation-filters="sRGB"><feComponentTransfer>
    <feFuncR type="gamma" exponent=${exponent}></feFuncR><feFuncG type="gamma" exponent=${exponent}></feFuncG>
    <feFuncB type="gamma" exponent=${exponent}></feFuncB></feComponentTransfer></filter></svg>`;
}
