/**
 * What is drawn around the text: tints under it; underlines and tags with short label names in the gap below each row.
 *
 * Spans that overlap share the gap. Two of them have their tags one below the other. With more, the underlines move
 * together, and the tags are in one row below them.
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
  /** Without them, only the selected span and the one under the pointer have their label at the text. */
  readonly showsTags: boolean;
  readonly styleOf: (label: string) => LabelStyle;
  readonly shortOf: (label: string) => string;
  readonly longOf: (label: string) => string;
}

interface Tag {
  readonly mark: PlacedSpan;
  /** The first row of the span. */
  readonly rect: Rect;
  readonly top: number;
  readonly height: number;
  /** The edge at which the text begins: the left one, or the right one for a text from right to left. */
  edge: number;
  /** How wide it may be. */
  limit: number;
}

const LARGEST_TAG = 13;
const SMALLEST_TAG = 10;
const LINE_HEIGHT = 3;
const TAG_GAP = 3;
const WIDEST_TAG = 160;
/** Estimates, because measuring text would make each frame slower. */
const LETTER_WIDTH = 6.5;
const TAG_PADDING = 8;
/** From this number of spans the tags are in one row. */
const CROWDED = 3;
/** The part of the gap for the underlines of a crowd. */
const CROWDED_SHARE = 0.42;

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
      // A label beyond the fiftieth has the colour of another one; what a model suggests is not sure.
      const isDashed = dash !== "" || mark.span.confidence !== undefined;
      return html`<div class="underline ${isDashed ? "dashed" : ""}"
        style="${box({ left: rect.left, top, width: rect.width, height })};--label:${colour}"></div>`;
    }),
  )}${tagsOf(scene).map((tag) => renderTag(scene, tag))}`;
}

function renderTag({ selectedId, hoverId, styleOf, shortOf, longOf }: MarkScene, { mark, top, height, edge, limit }: Tag): TemplateResult {
  const { span, rightToLeft } = mark;
  const style = styleOf(span.label);
  const isShown = span.id === selectedId || span.id === hoverId;
  const turned = rightToLeft ? "transform:translateX(-100%);" : "";
  return html`<div class="tag ${isShown ? "shown" : ""}" data-span=${span.id} title=${longOf(span.label)}
    style="left:${edge}px;${turned}top:${top}px;height:${height}px;line-height:${height}px;max-width:${limit}px;
      background:${style.colour};color:${style.text}">${shortOf(span.label)}</div>`;
}

/** A tag for the first row of each span. */
function tagsOf(scene: MarkScene): Tag[] {
  const tags = scene.placed.flatMap((mark): Tag[] => {
    const [rect] = mark.rects;
    const { id } = mark.span;
    if (rect === undefined || !(scene.showsTags || id === scene.selectedId || id === scene.hoverId)) return [];
    const edge = mark.rightToLeft ? rect.left + rect.width : rect.left;
    return [{ mark, rect, edge, limit: WIDEST_TAG, ...tagRow(mark, rect, scene.gap) }];
  });
  for (const row of rowsOf(tags)) {
    if (row.every(({ mark }) => mark.depth < CROWDED)) limitWidths(row);
    else moveApart(row, scene);
  }
  return tags;
}

function tagRow(mark: PlacedSpan, rect: Rect, gap: number): { top: number; height: number } {
  const bottom = rect.top + rect.height;
  if (mark.depth >= CROWDED) return { top: bottom + gap * CROWDED_SHARE + 1, height: Math.min(gap * (1 - CROWDED_SHARE) - 1.5, LARGEST_TAG) };
  const pitch = gap / mark.depth;
  return { top: bottom + mark.level * pitch, height: Math.min(Math.max(pitch - 1, SMALLEST_TAG), LARGEST_TAG) };
}

/** The tags next to each other, in the direction in which they are read. */
function rowsOf(tags: readonly Tag[]): Tag[][] {
  const rows = new Map<string, Tag[]>();
  for (const tag of tags) {
    const key = `${Math.round(tag.rect.top)} ${Math.round(tag.top)} ${tag.mark.rightToLeft}`;
    const row = rows.get(key);
    if (row === undefined) rows.set(key, [tag]);
    else row.push(tag);
  }
  for (const row of rows.values()) row.sort((a, b) => forward(a.mark) * (a.edge - b.edge));
  return [...rows.values()];
}

/** Tags in the same row end before the next one. The last one may be wider than its span. */
function limitWidths(row: readonly Tag[]): void {
  row.forEach((tag, index) => {
    const next = row[index + 1];
    if (next !== undefined) tag.limit = Math.max(Math.min(WIDEST_TAG, Math.abs(next.edge - tag.edge) - TAG_GAP), TAG_PADDING);
  });
}

/** Tags that would cover each other move on. */
function moveApart(row: readonly Tag[], { shortOf }: MarkScene): void {
  let free = -Infinity;
  for (const tag of row) {
    const direction = forward(tag.mark);
    tag.limit = Math.min(shortOf(tag.mark.span.label).length * LETTER_WIDTH + TAG_PADDING, WIDEST_TAG / 2);
    const at = Math.max(tag.edge * direction, free);
    tag.edge = at * direction;
    free = at + tag.limit + 1;
  }
}

function forward({ rightToLeft }: PlacedSpan): 1 | -1 {
  return rightToLeft ? -1 : 1;
}

function underline({ level, depth }: PlacedSpan, rect: Rect, gap: number): { top: number; height: number } {
  const pitch = (depth >= CROWDED ? gap * CROWDED_SHARE : gap) / depth;
  return { top: rect.top + rect.height + level * pitch, height: Math.min(LINE_HEIGHT, Math.max(pitch - 0.5, 1)) };
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
