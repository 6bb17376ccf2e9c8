/** The tags with the labels of shapes, over the image. */
import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Size } from "../core/geometry.js";
import type { Rect } from "../core/shapes.js";
import { tagPlace } from "../core/tag_place.js";
import { t } from "../language/index.js";
import type { LabelStyle } from "../ui/palette.js";
import { percentOf } from "./suggestions.js";

/** A shape with a tag. */
export interface Tagged {
  readonly id: string;
  readonly label: string;
  /** Null where the size is not shown. */
  readonly size: string | null;
  /** In view pixels. */
  readonly bounds: Rect;
  readonly style: LabelStyle;
  readonly selected: boolean;
  /** Of the model that suggested the shape, from 0 to 1; undefined for other shapes. */
  readonly confidence: number | undefined;
  /** The tag is shown although the shape is smaller. */
  readonly always: boolean;
}

const HEIGHT = 18;
/** In a shape narrower than this, in view pixels, a tag would hide more than it shows. */
const FROM_WIDTH = 36;
const WIDEST_ALWAYS = 120;
const HANDLE_GAP = 5;
/** The widths of a letter and of both paddings. They are estimates: measuring text would make each frame slower. */
const LETTER_WIDTH = 7;
const PADDING = 12;

export function drawTags(shapes: readonly Tagged[], stage: Size): TemplateResult {
  const small = shapes.map(({ bounds }) => bounds).filter(({ height }) => height <= HEIGHT);
  return html`${repeat(shapes, ({ id }) => id, (shape) => drawTag(shape, stage, small))}`;
}

function drawTag({ label, size, bounds, style, selected, confidence, always }: Tagged, stage: Size, small: readonly Rect[]): TemplateResult | typeof nothing {
  const large = size !== null;
  if (!large && !always && bounds.width < FROM_WIDTH) return nothing;
  const limit = large ? stage.width : Math.max(bounds.width + 4, always ? WIDEST_ALWAYS : FROM_WIDTH);
  const letters = label.length + (size?.length ?? 0) + 1;
  const mark = confidence === undefined ? "" : suggestionMark(confidence, (limit - PADDING) / LETTER_WIDTH - letters);
  const width = Math.min((letters + mark.length) * LETTER_WIDTH + PADDING, limit);
  const place = tagPlace(bounds, { width, height: HEIGHT, gap: selected ? HANDLE_GAP : 0, mustShow: large }, stage, small);
  if (place === null) return nothing;
  return html`<div class="tag ${large ? "large" : ""}" style="transform: translate(${place.x}px, ${place.y}px);
    max-width: ${limit}px; background: ${style.colour}; color: ${style.text}">${label}${large
      ? html`<span class="size">${size}</span>` : nothing}${mark === "" ? nothing : html`<span class="suggested">${mark}</span>`}</div>`;
}

/** "suggested 87 %", shorter where there is less room, or nothing. `room` is in letters. */
function suggestionMark(confidence: number, room: number): string {
  const percent = percentOf(confidence);
  return [t("suggested {{percent}}", { percent }), percent].find((mark) => mark.length <= room) ?? "";
}
