/** The spans of a text with their places on the page, measured once and kept until the text is laid out differently. */
import type { Point } from "../../core/geometry.js";
import type { Rect } from "../../core/shapes.js";
import { levelsOf, type SpanLevel, type SpanShape } from "../../core/spans.js";
import type { TextPage } from "./text_page.js";

export interface PlacedSpan extends SpanLevel {
  readonly span: SpanShape;
  /** One for each row of the text. */
  readonly rects: readonly Rect[];
  readonly rightToLeft: boolean;
}

interface Measured {
  readonly start: number;
  readonly end: number;
  readonly rects: readonly Rect[];
  readonly rightToLeft: boolean;
}

export class PlacedSpans {
  private measured = new Map<string, Measured>();
  private layout = -1;
  private source: readonly SpanShape[] = [];
  private placed: readonly PlacedSpan[] = [];

  constructor(private readonly page: TextPage) {}

  /** All spans; `spans` are in the order of the text. */
  of(spans: readonly SpanShape[]): readonly PlacedSpan[] {
    if (this.layout === this.page.layout && this.source === spans) return this.placed;
    if (this.layout !== this.page.layout) this.measured.clear();
    this.layout = this.page.layout;
    this.source = spans;
    const levels = levelsOf(spans);
    const kept = new Map<string, Measured>();
    this.placed = spans.map((span) => {
      const { rects, rightToLeft } = this.measure(span, kept);
      return { span, rects, rightToLeft, ...(levels.get(span.id) ?? { level: 0, depth: 1 }) };
    });
    this.measured = kept;
    return this.placed;
  }

  /** A span that is not among the others, for example while its end is dragged. */
  place(span: SpanShape, level: SpanLevel): PlacedSpan {
    return { span, rects: this.page.rectsOf(span), rightToLeft: this.page.isRightToLeft(span.start), ...level };
  }

  private measure(span: SpanShape, kept: Map<string, Measured>): Measured {
    const before = this.measured.get(span.id);
    const isRight = before !== undefined && before.start === span.start && before.end === span.end;
    const { start, end } = span;
    const found = isRight ? before : { start, end, rects: this.page.rectsOf(span), rightToLeft: this.page.isRightToLeft(start) };
    kept.set(span.id, found);
    return found;
  }
}

/** Those that are between two heights of the page. */
export function placedBetween(placed: readonly PlacedSpan[], top: number, bottom: number): PlacedSpan[] {
  return placed.filter(({ rects }) => {
    const [first, last] = [rects[0], rects.at(-1)];
    return first !== undefined && last !== undefined && first.top <= bottom && last.top + last.height >= top;
  });
}

/** Those under a point of the page, the shortest first. `below`: how far their underlines reach below the text. */
export function placedAt(placed: readonly PlacedSpan[], { x, y }: Point, below: number): PlacedSpan[] {
  const covers = ({ left, top, width, height }: Rect): boolean =>
    x >= left - 1 && x <= left + width + 1 && y >= top - 2 && y <= top + height + below;
  const length = ({ span }: PlacedSpan): number => span.end - span.start;
  return placed.filter(({ rects }) => rects.some(covers)).sort((a, b) => length(a) - length(b));
}
