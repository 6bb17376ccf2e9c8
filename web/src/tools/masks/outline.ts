/**
 * Fills what the worker goes around: clicks set the corners of a polygon, a drag draws by hand. A drag alone is closed at
 * its end; with corners Enter, a double click or a click on the first point closes it. With Alt the inside is erased.
 */
import { clampPoint, distance, type Point } from "../../core/geometry.js";
import { RasterBuilder } from "../../core/raster/builder.js";
import { t } from "../../language/index.js";
import type { Mark } from "../marks.js";
import type { PointerModifiers, ToolKey, ToolSteps } from "../tool.js";
import { type Effect, effectOf, type PaintHost, type PaintMode } from "./paint_mode.js";

/** CSS pixels. */
const REACH = 9;
const FINGER_REACH = 22;
const DRAG_FROM = 4;
const POINT_DISTANCE = 1.5;

export class OutlineFill implements PaintMode {
  /** Each click or drag adds one piece. */
  private pieces: (readonly Point[])[] = [];
  private undone: (readonly Point[])[] = [];
  /** The piece of the press that is going on. */
  private drawn: Point[] | null = null;
  private pointer: Point | null = null;
  private isAtStart = false;
  private effect: Effect = "paint";
  readonly sketch = null;

  constructor(private readonly host: PaintHost) {}

  get isUnfinished(): boolean {
    return this.pieces.length > 0;
  }

  get marks(): readonly Mark[] {
    const points = [...this.points, ...(this.drawn ?? [])];
    const [first] = points;
    const last = points.at(-1);
    if (first === undefined || last === undefined) return [];
    const marks: Mark[] = [{ kind: "fill", points }, { kind: "chain", points }];
    if (this.drawn === null && this.pointer !== null) marks.push({ kind: "rubber", from: last, to: this.pointer });
    if (this.points.length > 2) marks.push({ kind: "target", at: first, reached: this.isAtStart });
    else marks.push({ kind: "point", at: first });
    return marks;
  }

  get steps(): ToolSteps {
    return {
      canUndo: this.pieces.length > 0,
      canRedo: this.undone.length > 0,
      undo: () => this.step(this.pieces, this.undone),
      redo: () => this.step(this.undone, this.pieces),
    };
  }

  down(point: Point, modifiers: PointerModifiers): void {
    if (this.pieces.length === 0 && !this.host.mayPaint()) return;
    this.effect = effectOf(modifiers);
    this.drawn = [clampPoint(point, this.host.image)];
    this.follow(point, modifiers);
  }

  move(point: Point, modifiers: PointerModifiers): void {
    const last = this.drawn?.at(-1);
    const moved = last === undefined ? 0 : distance(point, last) / modifiers.pixelSize;
    const isLongEnough = moved >= ((this.drawn?.length ?? 0) > 1 ? POINT_DISTANCE : DRAG_FROM);
    if (isLongEnough) this.drawn?.push(clampPoint(point, this.host.image));
    this.follow(point, modifiers);
  }

  up(point: Point, modifiers: PointerModifiers): void {
    this.move(point, modifiers);
    const { drawn } = this;
    this.drawn = null;
    if (drawn === null) return;
    const isDrawnByHand = drawn.length > 2;
    if (this.isAtStart && !isDrawnByHand) {
      this.close();
      return;
    }
    this.pieces.push(isDrawnByHand ? drawn : drawn.slice(0, 1));
    this.undone = [];
    const last = this.points.at(-2);
    const isDoubleClick = !isDrawnByHand && last !== undefined && this.isNear(last, point, modifiers);
    if (isDoubleClick || (isDrawnByHand && (this.pieces.length === 1 || this.isAtStart))) this.close();
    else this.host.stepsChanged();
    this.host.changed();
  }

  hover(point: Point, modifiers: PointerModifiers): void {
    this.follow(point, modifiers);
  }

  handleKey({ key, control }: ToolKey): boolean {
    if (this.pieces.length === 0 || control) return false;
    if (key === "Enter") this.close();
    else if (key === "Backspace") this.step(this.pieces, this.undone);
    else return false;
    return true;
  }

  abandon(): void {
    this.drawn = null;
    this.host.changed();
  }

  cancel(): boolean {
    const busy = this.drawn !== null || this.pieces.length > 0;
    this.drawn = null;
    this.pieces = [];
    this.undone = [];
    this.isAtStart = false;
    this.host.stepsChanged();
    this.host.changed();
    return busy;
  }

  private get points(): Point[] {
    return this.pieces.flat();
  }

  private follow(point: Point, modifiers: PointerModifiers): void {
    const [first] = this.points;
    this.pointer = modifiers.touch === true ? null : clampPoint(point, this.host.image);
    this.isAtStart = first !== undefined && this.points.length > 2 && this.isNear(first, point, modifiers);
    this.host.changed();
  }

  private isNear(one: Point, other: Point, { pixelSize, touch }: PointerModifiers): boolean {
    return distance(one, other) <= (touch === true ? FINGER_REACH : REACH) * pixelSize;
  }

  private step(from: (readonly Point[])[], to: (readonly Point[])[]): boolean {
    const piece = from.pop();
    if (piece === undefined) return false;
    to.push(piece);
    this.host.stepsChanged();
    this.host.changed();
    return true;
  }

  private close(): void {
    const { points } = this;
    this.cancel();
    const builder = new RasterBuilder(this.host.image);
    builder.addOutline(points);
    const raster = builder.build();
    if (raster.isEmpty) this.host.warn(t("This outline encloses no pixel. Go around an area, or zoom in."));
    else this.host.apply(this.effect, raster);
  }
}
