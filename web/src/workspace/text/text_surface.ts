/** The surface with the text: it scrolls, draws what is around the text, and turns places on the screen into offsets. */
import { html, nothing, render, type TemplateResult } from "lit";
import type { Extent, IndexedText } from "../../core/indexed_text.js";
import { clamp, type Point } from "../../core/geometry.js";
import type { SpanShape } from "../../core/spans.js";
import type { Finder } from "./finder.js";
import { type MarkScene, renderHandles, renderRects, renderTints, renderUnderlines } from "./marks.js";
import { type PlacedSpan, placedAt, placedBetween, PlacedSpans } from "./placed_spans.js";
import type { SpanEditor } from "./span_editor.js";
import { TextPage } from "./text_page.js";

/** As in the style sheet. */
const LINE_HEIGHT = 2.5;
/** The part of a row below its characters, in sizes of the text. */
const GAP = 1.25;
/** Pixels above and below the view in which marks are drawn too, so that scrolling shows no bare text. */
const MARGIN = 400;
/** Near an edge of the view a drag scrolls. */
const EDGE = 28;
const SCROLL_STEP = 14;

export class TextSurface {
  textSize = 16;
  hoverId: string | null = null;
  /** The labels at the text. */
  showsTags = true;
  /** Without them only the selected span is shown. */
  showsMarks = true;
  private readonly page = new TextPage();
  private readonly placed = new PlacedSpans(this.page);
  private readonly under = layer();
  private readonly over = layer();
  private shownText: IndexedText | null = null;
  private goal: { readonly offset: number; readonly x: number } | null = null;
  /** The place of the scroll bar when the marks were drawn. */
  private drawnTop = 0;
  private drawFrame: number | undefined;
  private readonly resized = new ResizeObserver(() => {
    this.page.layoutChanged();
    this.draw();
  });

  constructor(
    private readonly root: () => ParentNode,
    private readonly editor: SpanEditor,
    private readonly finder: () => Finder,
  ) {}

  connect(): void {
    this.resized.observe(this.page.element);
  }

  disconnect(): void {
    this.resized.disconnect();
    if (this.drawFrame !== undefined) cancelAnimationFrame(this.drawFrame);
    this.drawFrame = undefined;
    CSS.highlights?.delete("tp-found");
  }

  /** The content of the surface. */
  render(): TemplateResult {
    if (this.shownText !== this.editor.text) {
      this.shownText = this.editor.text;
      this.page.show(this.shownText);
    }
    return html`<div class="page" style="--text-size:${this.textSize}px">
      <div class="paper">${this.under}${this.page.element}${this.over}</div></div>`;
  }

  /** The marks near the view are drawn already, so that most steps of a scroll need no drawing. */
  scrolled(): void {
    if (Math.abs((this.element?.scrollTop ?? 0) - this.drawnTop) > MARGIN / 2) this.drawSoon();
  }

  /** Draws the marks in the next frame. */
  drawSoon(): void {
    this.drawFrame ??= requestAnimationFrame(() => {
      this.drawFrame = undefined;
      this.draw();
    });
  }

  /** Draws the marks that are in view. */
  draw(): void {
    const { element } = this;
    if (element === null) return;
    this.drawnTop = element.scrollTop;
    const top = this.page.toPagePoint({ x: 0, y: element.getBoundingClientRect().top }).y;
    const all = this.placedSpans();
    const placed = placedBetween(all, top - MARGIN, top + element.clientHeight + MARGIN);
    const { editor } = this;
    const scene: MarkScene = {
      placed,
      selectedId: editor.selection.id,
      hoverId: this.hoverId,
      gap: this.gap,
      showsTags: this.showsTags,
      styleOf: (label) => editor.choice.styleOf(label),
      shortOf: (label) => editor.choice.shortOf(label),
      longOf: (label) => editor.nameOf(label),
    };
    const { marked } = editor;
    const current = this.finder().current;
    const selected = editor.preview ?? editor.selection.shape;
    const caret = this.page.caretRect(editor.caret);
    render(html`${renderTints(scene)}
      ${renderRects(current === null ? [] : this.page.rectsOf(current), "found")}
      ${renderRects(marked === null ? [] : this.page.rectsOf(marked), "marked")}`, this.under);
    render(html`${renderUnderlines(scene)}
      ${selected === undefined || (editor.selection.fresh && !isCoarse()) ? nothing
        : renderHandles(this.page.caretRect(selected.start), this.page.caretRect(selected.end), scene.styleOf(selected.label))}
      <div class="caret" style="left:${caret.left}px;top:${caret.top}px;height:${caret.height}px"></div>`, this.over);
  }

  /** Shows what the search has found. Browsers without highlights show only the current place. */
  highlightFound(): void {
    if (CSS.highlights === undefined) return;
    const ranges = this.finder().found.flatMap((extent) => this.page.rangesOf(extent));
    if (ranges.length === 0) CSS.highlights.delete("tp-found");
    else CSS.highlights.set("tp-found", new Highlight(...ranges));
  }

  focus(): void {
    this.element?.focus({ preventScroll: true });
  }

  get element(): HTMLElement | null {
    return this.root().querySelector<HTMLElement>(".surface");
  }

  offsetAt(point: Point): number {
    return this.page.offsetAt(point);
  }

  /** The spans under a point of the window, the shortest first. */
  spansAt(point: Point): SpanShape[] {
    return placedAt(this.placedSpans(), this.page.toPagePoint(point), this.gap / 2).map(({ span }) => span);
  }

  isRightToLeft(offset: number): boolean {
    return this.page.isRightToLeft(offset);
  }

  /** The offset that is some rows below (or, with a negative number, above) another one, at the same place of the row. */
  offsetInRow(offset: number, rows: number): number {
    const { left, top, height } = this.page.caretRect(offset);
    // Rows up and down keep to the place where the first of them began.
    const x = this.goal !== null && this.goal.offset === offset ? this.goal.x : left;
    const point = { x, y: top + height / 2 + rows * this.rowHeight };
    const found = this.offsetAtHeight(point);
    this.goal = { offset: found, x };
    return found;
  }

  /** The rows that fit into the view. */
  get rowsInView(): number {
    return Math.max(1, Math.floor((this.element?.clientHeight ?? 0) / this.rowHeight) - 1);
  }

  /** Scrolls as little as is needed to show both ends, the start if they are too far apart. */
  reveal({ start, end }: Extent): void {
    const { element } = this;
    if (element === null) return;
    const view = element.getBoundingClientRect();
    const margin = Math.min(this.rowHeight, view.height / 4);
    const windowY = (offset: number, below: number): number => {
      const { top, height } = this.page.caretRect(offset);
      return this.page.toWindowPoint({ x: 0, y: top + below * height }).y;
    };
    const bottom = windowY(end, 1) + this.gap - (view.bottom - margin);
    if (bottom > 0) element.scrollTop += bottom;
    const top = windowY(start, 0) - (view.top + margin);
    if (top < 0) element.scrollTop += top;
  }

  scrollAt({ y }: Point): boolean {
    const { element } = this;
    if (element === null) return false;
    const { top, bottom } = element.getBoundingClientRect();
    const step = y < top + EDGE ? -SCROLL_STEP : y > bottom - EDGE ? SCROLL_STEP : 0;
    const before = element.scrollTop;
    element.scrollTop = clamp(before + step, 0, element.scrollHeight - element.clientHeight);
    return element.scrollTop !== before;
  }

  private offsetAtHeight(point: Point): number {
    if (point.y < 0) return 0;
    if (point.y > this.page.element.offsetHeight) return this.editor.text.text.length;
    return this.page.offsetAt(this.page.toWindowPoint(point));
  }

  private placedSpans(): PlacedSpan[] {
    const { preview } = this.editor;
    const { id } = this.editor.selection;
    const all = this.placed.of(this.editor.spans).filter(({ span }) => this.showsMarks || span.id === id);
    const at = preview === null ? -1 : all.findIndex(({ span }) => span.id === preview.id);
    const changed = all[at];
    if (preview !== null && changed !== undefined) all[at] = this.placed.place(preview, changed);
    return all;
  }

  private get gap(): number {
    return this.textSize * GAP;
  }

  private get rowHeight(): number {
    return this.textSize * LINE_HEIGHT;
  }
}

function layer(): HTMLElement {
  const element = document.createElement("div");
  element.className = "layer";
  element.setAttribute("aria-hidden", "true");
  return element;
}

function isCoarse(): boolean {
  return window.matchMedia("(pointer: coarse)").matches;
}
