/** What the stage shows over the image in its corners: the map of a large image, and what is under a finger. */
import { html, nothing, type TemplateResult } from "lit";
import type { Point, Size, View } from "../../core/geometry.js";
import { renderMagnifier } from "./magnifier.js";
import { renderMiniMap } from "./mini_map.js";
import type { Picture } from "./picture.js";

export interface Insets {
  readonly picture: Picture;
  readonly view: View;
  readonly stage: Size;
  readonly showsMap: boolean;
  /** Where a finger draws, in view pixels; null where none does. */
  readonly finger: Point | null;
  lookAt(point: Point): void;
}

export function renderInsets({ picture, view, stage, showsMap, finger, lookAt }: Insets): TemplateResult {
  return html`${showsMap ? renderMiniMap({ picture, view, stage, lookAt }) : nothing}
    ${finger === null ? nothing : renderMagnifier(picture, view, finger, stage)}`;
}
