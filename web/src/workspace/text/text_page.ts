/**
 * The text on the screen: a block for each line, and the places of its characters.
 *
 * The blocks never change while the worker marks: everything else is drawn over and under them, so that the text does not
 * move. Places are in pixels from the top left corner of the page, the element that scrolls with the text.
 */
import { type Extent, IndexedText, lowerBound } from "../../core/indexed_text.js";
import type { Point } from "../../core/geometry.js";
import type { Rect } from "../../core/shapes.js";

interface CaretApi {
  caretPositionFromPoint?(x: number, y: number, options: { shadowRoots: ShadowRoot[] }): { offsetNode: Node; offset: number } | null;
}

export class TextPage {
  private readonly blocks: HTMLElement[] = [];
  private text = new IndexedText("");
  /** Changes whenever places that were measured earlier are wrong. */
  private currentLayout = 0;

  /** The block of lines. It is filled here, once per text: rendering it with the rest would compare each line each time. */
  readonly element = document.createElement("div");

  constructor() {
    this.element.className = "lines";
  }

  get layout(): number {
    return this.currentLayout;
  }

  layoutChanged(): void {
    this.currentLayout += 1;
  }

  show(text: IndexedText): void {
    this.text = text;
    this.blocks.length = 0;
    for (const { start, end } of text.lines) {
      const block = document.createElement("div");
      block.className = "line";
      block.dir = "auto";
      block.append(text.text.slice(start, end));
      this.blocks.push(block);
    }
    this.element.replaceChildren(...this.blocks);
    this.layoutChanged();
  }

  /** Whether the line with this offset reads from right to left. */
  isRightToLeft(offset: number): boolean {
    const block = this.blocks[this.text.lineAt(offset)];
    return block !== undefined && getComputedStyle(block).direction === "rtl";
  }

  /** A rectangle for each row and direction of the extent, from its start. */
  rectsOf(extent: Extent): Rect[] {
    const rects: Rect[] = [];
    for (const range of this.rangesOf(extent)) for (const rect of range.getClientRects()) addRect(rects, this.toPage(rect));
    return rects;
  }

  /** A range of the document for each line of the extent. */
  rangesOf({ start, end }: Extent): Range[] {
    const ranges: Range[] = [];
    for (let number = this.text.lineAt(start); number < this.blocks.length && this.text.line(number).start < end; number += 1) {
      const line = this.text.line(number);
      const range = this.rangeIn(number, Math.max(start, line.start), Math.min(end, line.end));
      if (range !== null) ranges.push(range);
    }
    return ranges;
  }

  /** The place of the caret before an offset; it has no width. */
  caretRect(offset: number): Rect {
    const number = this.text.lineAt(offset);
    const line = this.text.line(number);
    const at = Math.min(offset, line.end);
    const found = [...(this.rangeIn(number, at, at)?.getClientRects() ?? [])].at(-1) ?? this.edgeOf(number, at);
    return { ...this.toPage(found), width: 0 };
  }

  /** The offset whose caret is nearest to a point of the window. */
  offsetAt({ x, y }: Point): number {
    const number = this.lineNear(y);
    const block = this.blocks[number];
    if (block === undefined) return 0;
    const box = block.getBoundingClientRect();
    const inside = { x: Math.min(Math.max(x, box.left + 1), box.right - 1), y: Math.min(Math.max(y, box.top + 1), box.bottom - 1) };
    const line = this.text.line(number);
    const found = this.positionAt(inside, block);
    return found === null ? this.nearestIn(number, inside) : Math.min(line.start + found, line.end);
  }

  /** From where the window has the page's top left corner. */
  toPagePoint({ x, y }: Point): Point {
    const { left, top } = this.element.getBoundingClientRect();
    return { x: x - left, y: y - top };
  }

  toWindowPoint({ x, y }: Point): Point {
    const { left, top } = this.element.getBoundingClientRect();
    return { x: x + left, y: y + top };
  }

  private positionAt({ x, y }: Point, block: HTMLElement): number | null {
    const api = document as CaretApi;
    const root = block.getRootNode();
    const position = api.caretPositionFromPoint?.(x, y, { shadowRoots: root instanceof ShadowRoot ? [root] : [] }) ?? null;
    return position !== null && position.offsetNode === block.firstChild ? position.offset : null;
  }

  /** Without the browser's help: the side of the character that is nearest. */
  private nearestIn(number: number, point: Point): number {
    const line = this.text.line(number);
    const rightToLeft = this.isRightToLeft(line.start);
    let best = { offset: line.start, distance: Infinity };
    for (let at = line.start; at < line.end; ) {
      const next = this.text.nextCharacter(at);
      for (const rect of this.rangeIn(number, at, next)?.getClientRects() ?? []) {
        const middle = rect.left + rect.width / 2;
        const distance = Math.abs(point.x - middle) + 1000 * outside(point.y, rect.top, rect.bottom);
        const isBefore = point.x < middle !== rightToLeft;
        if (distance < best.distance) best = { offset: isBefore ? at : next, distance };
      }
      at = next;
    }
    return best.offset;
  }

  private lineNear(y: number): number {
    const number = lowerBound(this.blocks.length, (at) => (this.blocks[at] as HTMLElement).getBoundingClientRect().bottom > y);
    return Math.min(number, this.blocks.length - 1);
  }

  private rangeIn(number: number, start: number, end: number): Range | null {
    const node = this.blocks[number]?.firstChild;
    const line = this.text.line(number);
    if (!(node instanceof Text) || end < start) return null;
    const range = document.createRange();
    range.setStart(node, start - line.start);
    range.setEnd(node, end - line.start);
    return range;
  }

  /** Some browsers have no rectangle for a caret at a line's end, and none has one in an empty line. */
  private edgeOf(number: number, at: number): DOMRect {
    const line = this.text.line(number);
    const block = this.blocks[number] ?? this.element;
    const rightToLeft = this.isRightToLeft(at);
    const before = at > line.start ? [...(this.rangeIn(number, this.text.previousCharacter(at), at)?.getClientRects() ?? [])].at(-1) : undefined;
    const { left, right, top, height } = before ?? block.getBoundingClientRect();
    const isAfter = before !== undefined;
    return new DOMRect(isAfter !== rightToLeft ? right : left, top, 0, height);
  }

  private toPage(rect: DOMRect): Rect {
    const { x, y } = this.toPagePoint({ x: rect.left, y: rect.top });
    return { left: x, top: y, width: rect.width, height: rect.height };
  }
}

/** Adds a rectangle, joined with the one before if they touch: bidirectional text comes in pieces. */
function addRect(rects: Rect[], rect: Rect): void {
  if (rect.width < 0.5) return;
  const last = rects.at(-1);
  const touches =
    last !== undefined &&
    Math.abs(last.top - rect.top) < 2 &&
    rect.left <= last.left + last.width + 1 &&
    last.left <= rect.left + rect.width + 1;
  if (!touches) {
    rects.push(rect);
    return;
  }
  const left = Math.min(last.left, rect.left);
  const right = Math.max(last.left + last.width, rect.left + rect.width);
  rects[rects.length - 1] = { left, top: last.top, width: right - left, height: last.height };
}

function outside(value: number, low: number, high: number): number {
  return Math.max(low - value, value - high, 0);
}
