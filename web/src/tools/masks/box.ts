/** Fills a rectangle that the worker drags. With Alt it is erased. */
import { type Point, rectFromCorners } from "../../core/geometry.js";
import { RasterBuilder } from "../../core/raster/builder.js";
import type { Rect } from "../../core/shapes.js";
import type { Mark } from "../marks.js";
import type { PointerModifiers } from "../tool.js";
import { effectOf, type PaintHost, type PaintMode } from "./paint_mode.js";

/** CSS pixels. A shorter drag is a slip. */
export const SHORTEST_DRAG = 4;

export class BoxFill implements PaintMode {
  private start: Point | null = null;
  private end: Point | null = null;
  readonly sketch = null;

  constructor(private readonly host: PaintHost) {}

  get marks(): readonly Mark[] {
    return this.start === null || this.end === null ? [] : rectMarks(rectFromCorners(this.start, this.end, this.host.image));
  }

  down(point: Point): void {
    if (!this.host.mayPaint()) return;
    this.start = point;
    this.end = null;
  }

  move(point: Point, { pixelSize }: PointerModifiers): void {
    if (this.start === null) return;
    const distance = Math.hypot(point.x - this.start.x, point.y - this.start.y);
    if (this.end !== null || distance >= SHORTEST_DRAG * pixelSize) this.end = point;
    this.host.changed();
  }

  up(point: Point, modifiers: PointerModifiers): void {
    this.move(point, modifiers);
    const { start, end } = this;
    this.cancel();
    if (start === null || end === null) return;
    const builder = new RasterBuilder(this.host.image);
    builder.addRect(rectFromCorners(start, end, this.host.image));
    this.host.apply(effectOf(modifiers), builder.build());
  }

  hover(): void {}

  cancel(): boolean {
    const busy = this.start !== null;
    this.start = null;
    this.end = null;
    this.host.changed();
    return busy;
  }
}

export function rectMarks({ left, top, width, height }: Rect): Mark[] {
  const [right, bottom] = [left + width, top + height];
  const points = [{ x: left, y: top }, { x: right, y: top }, { x: right, y: bottom }, { x: left, y: bottom }, { x: left, y: top }];
  return [{ kind: "fill", points }, { kind: "chain", points }];
}
