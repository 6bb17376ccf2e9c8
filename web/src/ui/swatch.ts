import { html, type TemplateResult } from "lit";
import type { LabelStyle } from "./palette.js";

/** A small square in the label's colour. A label whose outline is dashed has stripes. */
export function renderSwatch({ colour, dash }: LabelStyle): TemplateResult {
  const stripes = `repeating-linear-gradient(45deg, ${colour} 0 3px, #fff 3px 5px)`;
  return html`<span class="swatch" style="background: ${dash === "" ? colour : stripes}"></span>`;
}
