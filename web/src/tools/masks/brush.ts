/** The round brush and the eraser. A press with Shift goes on from the end of the stroke before, in a straight line. */
import { type Point, rectAround } from "../../core/geometry.js";
import { brushPoint, RasterBuilder } from "../../core/raster/builder.js";
import type { Rect } from "../../core/shapes.js";
import type { Mark } from "../marks.js";
import type { PointerModifiers } from "../tool.js";
import { type Effect, effectOf, type PaintHost, type PaintMode, type Sketch } from "./paint_mode.js";
import { pressedDiameter } from "./settings.js";

interface Stroke {
  readonly effect: Effect;
  readonly builder: RasterBuilder;
  readonly last: Point;
}

export class Brush implements PaintMode {
  private stroke: Stroke | null = null;
  private pointer: Point | null = null;
  private lastEnd: Point | null = null;
  private added: Rect | null = null;
  /** The pressure of the pen that draws; null for other pointers. */
  private pressed: number | null = null;

  constructor(
    private readonly host: PaintHost,
    /** Of a stroke without Alt. */
    private readonly effect: Effect,
  ) {}

  get marks(): readonly Mark[] {
    return this.pointer === null ? [] : [{ kind: "brush", at: this.pointer, diameter: this.diameter }];
  }

  get sketch(): Sketch | null {
    if (this.stroke === null) return null;
    const { effect, builder } = this.stroke;
    return { effect, tiles: builder.tilesSoFar, takeAdded: () => this.takeAdded() };
  }

  down(point: Point, modifiers: PointerModifiers): void {
    this.pointer = point;
    const effect = this.effect === "erase" ? "erase" : effectOf(modifiers);
    if (effect === "paint" && !this.host.mayPaint()) return;
    this.press(modifiers);
    const start = this.onGrid(point);
    this.stroke = { effect, builder: new RasterBuilder(this.host.image), last: modifiers.shift ? (this.lastEnd ?? start) : start };
    this.extend(start);
  }

  move(point: Point, modifiers: PointerModifiers): void {
    this.pointer = point;
    if (modifiers.pressure !== undefined) this.press(modifiers);
    if (this.stroke !== null) this.extend(this.onGrid(point));
    else this.host.changed();
  }

  up(point: Point, modifiers: PointerModifiers): void {
    this.move(point, { ...modifiers, pressure: undefined });
    const { stroke } = this;
    this.stroke = null;
    if (stroke === null) return;
    this.lastEnd = stroke.last;
    this.host.apply(stroke.effect, stroke.builder.build());
    this.host.changed();
  }

  hover(point: Point, { touch }: PointerModifiers): void {
    this.pointer = touch === true ? null : point;
    this.pressed = null;
    this.host.changed();
  }

  cancel(): boolean {
    const busy = this.stroke !== null;
    this.stroke = null;
    this.host.changed();
    return busy;
  }

  /** In image pixels: under the pressure of a pen, where the worker wants that. */
  private get diameter(): number {
    const { diameter, pressure } = this.host.settings;
    return pressure && this.pressed !== null ? pressedDiameter(diameter, this.pressed) : diameter;
  }

  private press({ pressure }: PointerModifiers): void {
    this.pressed = pressure ?? null;
    if (pressure !== undefined) this.host.sawPen();
  }

  private extend(to: Point): void {
    if (this.stroke === null) return;
    const { diameter } = this;
    const { builder, last } = this.stroke;
    builder.addStroke(last, to, diameter);
    this.stroke = { ...this.stroke, last: to };
    const reach = diameter / 2 + 1;
    const left = Math.min(last.x, to.x) - reach;
    const top = Math.min(last.y, to.y) - reach;
    const rect = { left, top, width: Math.abs(last.x - to.x) + 2 * reach, height: Math.abs(last.y - to.y) + 2 * reach };
    this.added = rectAround(this.added === null ? [rect] : [this.added, rect]);
    this.host.changed();
  }

  private takeAdded(): Rect | null {
    const { added } = this;
    this.added = null;
    return added;
  }

  private onGrid(point: Point): Point {
    return brushPoint(point, this.diameter);
  }
}
