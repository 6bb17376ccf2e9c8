/** The grid over the image, which helps to judge sizes and to go through an image part by part. */
import { html, nothing, type TemplateResult } from "lit";
import type { Grid } from "./view_settings.js";

/** CSS pixels. Closer lines would hide the image. */
const CLOSEST = 5;

/** In image pixels, inside the plane that moves and turns with the image; nothing while its lines would be too close. */
export function renderGrid(grid: Grid, scale: number): TemplateResult | typeof nothing {
  return grid === "off" || grid * scale < CLOSEST ? nothing : html`<div class="grid" style="--step: ${grid}px" aria-hidden="true"></div>`;
}
