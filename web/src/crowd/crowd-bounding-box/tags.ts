/** The tags with the labels of boxes, over the image. */
import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Size } from "../../core/geometry.js";
import type { Rect } from "../../core/shapes.js";
import { tagPlace } from "../../core/tag_place.js";
import type { ShownBox } from "./overlay.js";

const HEIGHT = 18;
/** In a box narrower than this, in view pixels, a tag would hide more than it shows. */
const FROM_WIDTH = 36;
const HANDLE_GAP = 5;
/** The widths of a letter and of both paddings. They are estimates: measuring text would make each frame slower. */
const LETTER_WIDTH = 7;
const PADDING = 12;

export function drawTags(boxes: readonly ShownBox[], stage: Size): TemplateResult {
  const small = boxes.map(({ shown }) => shown).filter(({ height }) => height <= HEIGHT);
  return html`${repeat(boxes, (box) => box.id, (box) => drawTag(box, stage, small))}`;
}

function drawTag(box: ShownBox, stage: Size, small: readonly Rect[]): TemplateResult | typeof nothing {
  const { label, rect, shown, style, selected, showsSize: large } = box;
  if (!large && shown.width < FROM_WIDTH) return nothing;
  const size = large ? `${rect.width} × ${rect.height}` : "";
  const limit = large ? stage.width : Math.max(shown.width + 4, FROM_WIDTH);
  const width = Math.min((label.length + size.length + 1) * LETTER_WIDTH + PADDING, limit);
  const place = tagPlace(shown, { width, height: HEIGHT, gap: selected ? HANDLE_GAP : 0, mustShow: large }, stage, small);
  if (place === null) return nothing;
  return html`<div class="tag ${large ? "large" : ""}" style="transform: translate(${place.x}px, ${place.y}px);
    max-width: ${limit}px; background: ${style.colour}; color: ${style.text}">${label}${large
      ? html`<span class="size">${size}</span>` : nothing}</div>`;
}
