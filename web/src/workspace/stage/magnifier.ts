/** Shows what is under a finger that draws, because the finger covers it. */
import { html, type TemplateResult } from "lit";
import { type Point, type Size, toImage, toView, type View } from "../../core/geometry.js";
import { type Picture, renderInset } from "./picture.js";

const DIAMETER = 112;
const FACTOR = 2.5;
/** The finger's tip is below the magnifier; at the top edge the magnifier is next to it. */
const DISTANCE = 96;

export function renderMagnifier(picture: Picture, view: View, finger: Point, stage: Size): TemplateResult {
  const size = { width: DIAMETER, height: DIAMETER };
  const place = magnifierPlace(finger, stage);
  const inset = centredOn({ ...view, scale: view.scale * FACTOR }, toImage(view, finger), size);
  return html`<div class="magnifier" aria-hidden="true" style="transform: translate(${place.x}px, ${place.y}px)">
    ${renderInset(picture, inset, size)}</div>`;
}

/** The top left corner of the magnifier: inside the stage, and not under the finger. */
export function magnifierPlace(finger: Point, stage: Size): Point {
  const half = DIAMETER / 2;
  const above = finger.y - DISTANCE - half;
  if (above >= 0) return { x: Math.min(Math.max(finger.x - half, 0), Math.max(0, stage.width - DIAMETER)), y: above };
  const left = finger.x - DISTANCE - half;
  return { x: left >= 0 ? left : finger.x + DISTANCE - half, y: Math.max(0, finger.y - half) };
}

function centredOn(view: View, point: Point, size: Size): View {
  const shown = toView(view, point);
  return { ...view, x: view.x + size.width / 2 - shown.x, y: view.y + size.height / 2 - shown.y };
}
