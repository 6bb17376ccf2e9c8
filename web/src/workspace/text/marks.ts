/**
 * What is drawn around the text: tints under it; underlines and tags with short label names in the gap below each row.
 *
 * Spans that overlap share the gap. Up to two of them have tags; of more, only the underlines have room, and the tag
 * of the selected one, or of the one under the pointer, is drawn over the others.
 */
import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Rect } from "../../core/shapes.js";
import type { LabelStyle } from "../../ui/palette.js";
import type { PlacedSpan } from "./placed_spans.js";

export interface MarkScene {
  readonly placed: readonly PlacedSpan[];
  readonly selectedId: string | null;
  readonly hoverId: string | null;
  /** The height of the gap below a row, in pixels. */
  readonly gap: number;
  readonly styleOf: (label: string) => LabelStyle;
  readonly shortOf: (label: string) => string;
  readonly longOf: (label: string) => string;
}

interface Tag {
  readonly mark: PlacedSpan;
  readonly rect: Rect;
  readonly top: number;
  readonly height: number;
  /** How wide it may be. */
  limit: number;
}

const TAG_HEIGHT = 13;
/** Below this height a tag cannot be read. */
const LEAST_TAG_HEIGHT = 10;
const LINE_HEIGHT = 3;
const TAG_GAP = 3;

/** Under the text. */
export function renderTints({ placed, selectedId, hoverId, styleOf }: MarkScene): TemplateResult {
  return html`${repeat(placed, ({ span }) => span.id, ({ span, rects }) => {
    const state = span.id === selectedId ? "selected" : span.id === hoverId ? "hovered" : "";
    return rects.map((rect) => html`<div class="tint ${state}" style="${box(rect)};--label:${styleOf(span.label).colour}"></div>`);
  })}`;
}

/** In the gap below the text: underlines, then tags. */
export function renderUnderlines(scene: MarkScene): TemplateResult {
  const { placed, styleOf } = scene;
  return html`${repeat(placed, ({ span }) => span.id, (mark) =>
    mark.rects.map((rect) => {
      const { colour, dash } = styleOf(mark.span.label);
      const { top, height } = underline(mark, rect, scene.gap);
      return html`<div class="underline ${dash === "" ? "" : "dashed"}"
        style="${box({ left: rect.left, top, width: rect.width, height })};--label:${colour}"></div>`;
    }),
  )}${tagsOf(scene).map((tag) => renderTag(scene, tag))}`;
}

function renderTag({ selectedId, hoverId, styleOf, shortOf, longOf }: MarkScene, { mark, rect, top, height, limit }: Tag): TemplateResult {
  const { span, rightToLeft } = mark;
  const style = styleOf(span.label);
  const isShown = span.id === selectedId || span.id === hoverId;
  const place = rightToLeft ? `left:${rect.left + rect.width}px;transform:translateX(-100%)` : `left:${rect.left}px`;
  return html`<div class="tag ${isShown ? "shown" : ""}" data-span=${span.id} title=${longOf(span.label)}
    style="${place};top:${top}px;height:${height}px;line-height:${height}px;max-width:${limit}px;
      background:${style.colour};color:${style.text}">${shortOf(span.label)}</div>`;
}

/** A tag for the first row of each span that has room for one. */
function tagsOf(scene: MarkScene): Tag[] {
  const tags: Tag[] = [];
  for (const mark of scene.placed) {
    const [rect] = mark.rects;
    const isShown = mark.span.id === scene.selectedId || mark.span.id === scene.hoverId;
    const pitch = scene.gap / mark.depth;
    if (rect === undefined || (pitch < LEAST_TAG_HEIGHT && !isShown)) continue;
    const height = Math.min(Math.max(pitch - 1, LEAST_TAG_HEIGHT), TAG_HEIGHT);
    tags.push({ mark, rect, top: underline(mark, rect, scene.gap).top, height, limit: Infinity });
  }
  limitWidths(tags);
  return tags;
}

/** Tags in the same row end before the next one. A tag at a line's end may be wider than its span. */
function limitWidths(tags: Tag[]): void {
  const rows = new Map<string, Tag[]>();
  for (const tag of tags) {
    const key = `${Math.round(tag.rect.top)} ${Math.round(tag.top)}`;
    rows.set(key, [...(rows.get(key) ?? []), tag]);
  }
  for (const row of rows.values()) {
    row.sort((a, b) => a.rect.left - b.rect.left);
    row.forEach((tag, index) => {
      const { rect, mark } = tag;
      const [before, after] = [row[index - 1], row[index + 1]];
      const room = mark.rightToLeft
        ? before === undefined ? Infinity : rect.left + rect.width - before.rect.left - before.rect.width
        : after === undefined ? Infinity : after.rect.left - rect.left;
      tag.limit = Math.max(Math.min(160, room - TAG_GAP), 8);
    });
  }
}

function underline({ level, depth }: PlacedSpan, rect: Rect, gap: number): { top: number; height: number } {
  const pitch = gap / depth;
  return { top: rect.top + rect.height + level * pitch, height: Math.min(LINE_HEIGHT, Math.max(pitch - 1, 1)) };
}

export function box({ left, top, width, height }: Rect): string {
  return `left:${left}px;top:${top}px;width:${width}px;height:${height}px`;
}

/** The handles at both ends of the selected span. */
export function renderHandles(start: Rect, end: Rect, { colour }: LabelStyle): TemplateResult {
  const handle = (side: string, { left, top, height }: Rect): TemplateResult =>
    html`<div class="handle ${side}" data-handle=${side} style="left:${left}px;top:${top}px;height:${height}px;--label:${colour}"></div>`;
  return html`${handle("start", start)}${handle("end", end)}`;
}

export function renderRects(rects: readonly Rect[], className: string): TemplateResult | typeof nothing {
  return rects.length === 0 ? nothing : html`${rects.map((rect) => html`<div class=${className} style=${box(rect)}></div>`)}`;
}
