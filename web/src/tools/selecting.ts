/**
 * Selecting and moving several shapes with the pointer, for every drawing tool that knows the shapes at a point.
 *
 * It stands in front of the drawing tool and takes the presses that are about several shapes: Shift + click adds a shape
 * to the selection or takes it out, a drag that begins on one of several selected shapes moves all of them, and in
 * select mode, or with Ctrl, a drag that begins where no shape is selects what is in its rectangle. Everything else goes
 * to the drawing tool.
 */
import { contains, type Point } from "../core/geometry.js";
import type { Rect, Shape } from "../core/shapes.js";
import { overlaps } from "../core/together.js";
import type { Mark } from "./marks.js";
import type { Numbers } from "./numbers.js";
import type { DrawingMode, DrawingTool, PointerModifiers, ShapePreview, ToolAction, ToolKey, ToolOption, ToolSteps } from "./tool.js";

export interface SelectingHost<S extends Shape> {
  readonly mode: DrawingMode;
  /** Those in reach of the pointer. */
  readonly shapes: readonly S[];
  readonly selected: S | undefined;
  /** The selected shapes in reach. */
  readonly allSelected: readonly S[];
  readonly selectedIds: ReadonlySet<string>;
  toggle(id: string): void;
  selectAll(ids: Iterable<string>): void;
  bounds(shape: S): Rect;
  /** The shapes moved together, stopped by the image's edges. */
  moved(shapes: readonly S[], dx: number, dy: number): readonly S[];
  replaceAll(shapes: readonly S[]): void;
  previewChanged(): void;
}

type Drag<S extends Shape> =
  | { readonly kind: "none" }
  /** The drawing tool has the pointer. */
  | { readonly kind: "tool" }
  /** Shift + press on a shape: a click toggles it, a drag goes to the drawing tool. */
  | { readonly kind: "toggle"; readonly id: string; readonly start: Point; readonly modifiers: PointerModifiers }
  | { readonly kind: "move"; readonly shapes: readonly S[]; readonly start: Point; readonly modifiers: PointerModifiers; readonly moved: readonly S[] | null }
  | { readonly kind: "band"; readonly start: Point; readonly before: ReadonlySet<string>; readonly rect: Rect | null };

/** CSS pixels from which a movement is a drag. */
const MOUSE_SLOP = 3;
const FINGER_SLOP = 8;
/** CSS pixels around the selected shape in which its handles may react. */
const HANDLE_REACH = 12;
const FINGER_REACH = 26;

export class SelectingTool<S extends Shape> implements DrawingTool<S> {
  private drag: Drag<S> = { kind: "none" };

  constructor(
    private readonly tool: DrawingTool<S>,
    private readonly host: SelectingHost<S>,
  ) {}

  get preview(): ShapePreview<S> | null {
    return this.tool.preview;
  }

  /** Whether the pointer can select several shapes. */
  get selectsSeveral(): boolean {
    return this.tool.shapesAt !== undefined;
  }

  get marks(): readonly Mark[] {
    return this.tool.marks ?? [];
  }

  get isUnfinished(): boolean {
    return this.tool.isUnfinished ?? false;
  }

  get drawsByClicks(): boolean {
    return this.tool.drawsByClicks ?? false;
  }

  get steps(): ToolSteps | undefined {
    return this.tool.steps;
  }

  get options(): readonly ToolOption[] {
    return this.tool.options ?? [];
  }

  get actions(): readonly ToolAction[] {
    return this.tool.actions ?? [];
  }

  /** The shapes that are being moved together, as they would be if the worker stopped now. */
  get moved(): readonly S[] {
    return this.drag.kind === "move" ? (this.drag.moved ?? []) : [];
  }

  /** The rectangle that selects, in image pixels. */
  get band(): Rect | null {
    return this.drag.kind === "band" ? this.drag.rect : null;
  }

  cursor(point: Point, modifiers: PointerModifiers): string {
    const { kind } = this.drag;
    if (kind === "move" || (kind === "none" && this.isOnSeveral(point, modifiers))) return "move";
    return kind === "band" ? "default" : this.tool.cursor(point, modifiers);
  }

  showsGuides(point: Point, modifiers: PointerModifiers): boolean {
    const isOurs = this.drag.kind !== "none" && this.drag.kind !== "tool";
    return !isOurs && !this.isOnSeveral(point, modifiers) && this.tool.showsGuides(point, modifiers);
  }

  down(point: Point, modifiers: PointerModifiers): void {
    this.drag = this.beginning(point, modifiers);
    if (this.drag.kind === "tool") this.tool.down(point, modifiers);
  }

  move(point: Point, modifiers: PointerModifiers): void {
    const { drag } = this;
    if (drag.kind === "tool") this.tool.move(point, modifiers);
    else if (drag.kind === "toggle" && isDrag(drag.start, point, modifiers)) this.handOver(drag.start, drag.modifiers, point, modifiers);
    else if (drag.kind === "move" && (drag.moved !== null || isDrag(drag.start, point, modifiers))) this.moveAll(drag, point);
    else if (drag.kind === "band" && (drag.rect !== null || isDrag(drag.start, point, modifiers))) this.spanBand(drag, point);
  }

  up(point: Point, modifiers: PointerModifiers): void {
    this.move(point, modifiers);
    const { drag } = this;
    this.drag = { kind: "none" };
    if (drag.kind === "tool") this.tool.up(point, modifiers);
    else if (drag.kind === "toggle") this.host.toggle(drag.id);
    else if (drag.kind === "move" && drag.moved !== null) this.host.replaceAll(drag.moved);
    // A press without a drag is a click: the drawing tool selects one shape, or none.
    else if (drag.kind === "move" || (drag.kind === "band" && drag.rect === null)) this.click(drag.start, modifiers);
    this.host.previewChanged();
  }

  hover(point: Point, modifiers: PointerModifiers): void {
    this.tool.hover?.(point, modifiers);
  }

  wheel(step: 1 | -1): boolean {
    return this.tool.wheel?.(step) ?? false;
  }

  hold(point: Point, modifiers: PointerModifiers): boolean {
    return this.drag.kind === "tool" && (this.tool.hold?.(point, modifiers) ?? false);
  }

  abandon(): void {
    if (this.drag.kind !== "tool" && this.drag.kind !== "none") this.cancel();
    else if (this.tool.abandon !== undefined) this.tool.abandon();
    else this.tool.cancel();
    this.drag = { kind: "none" };
  }

  cancel(): boolean {
    const { drag } = this;
    this.drag = { kind: "none" };
    if (drag.kind === "none" || drag.kind === "tool") return this.tool.cancel();
    if (drag.kind === "band") this.host.selectAll(drag.before);
    this.host.previewChanged();
    return true;
  }

  shapesAt(point: Point, modifiers: PointerModifiers): readonly S[] {
    return this.tool.shapesAt?.(point, modifiers) ?? [];
  }

  numbers(shape: S): Numbers | null {
    return this.tool.numbers?.(shape) ?? null;
  }

  removePart(): boolean {
    return this.tool.removePart?.() ?? false;
  }

  saveUnfinished(): object | null {
    return this.tool.saveUnfinished?.() ?? null;
  }

  restoreUnfinished(saved: unknown): void {
    this.tool.restoreUnfinished?.(saved);
  }

  handleKey(key: ToolKey): boolean {
    return this.tool.handleKey?.(key) ?? false;
  }

  private beginning(point: Point, modifiers: PointerModifiers): Drag<S> {
    const { tool, host } = this;
    // A shape that is being drawn gets every press.
    if (tool.shapesAt === undefined || this.isBusy) return { kind: "tool" };
    const [hit] = tool.shapesAt(point, modifiers);
    if (modifiers.shift && hit !== undefined) return { kind: "toggle", id: hit.id, start: point, modifiers };
    if (this.isOnSeveral(point, modifiers)) return { kind: "move", shapes: host.allSelected, start: point, modifiers, moved: null };
    const selects = !modifiers.shift && (host.mode === "select" || modifiers.grab === true);
    if (!selects || hit !== undefined || this.isNearSelected(point, modifiers)) return { kind: "tool" };
    return { kind: "band", start: point, before: host.selectedIds, rect: null };
  }

  private get isBusy(): boolean {
    return this.tool.preview !== null || this.tool.isUnfinished === true;
  }

  private isOnSeveral(point: Point, modifiers: PointerModifiers): boolean {
    const { allSelected, selectedIds } = this.host;
    if (selectedIds.size < 2 || allSelected.length === 0 || modifiers.shift || this.isBusy) return false;
    return this.tool.shapesAt?.(point, modifiers).some(({ id }) => selectedIds.has(id)) ?? false;
  }

  private isNearSelected(point: Point, { pixelSize, touch }: PointerModifiers): boolean {
    const { selected } = this.host;
    return selected !== undefined && contains(this.host.bounds(selected), point, (touch === true ? FINGER_REACH : HANDLE_REACH) * pixelSize);
  }

  private handOver(start: Point, atStart: PointerModifiers, point: Point, modifiers: PointerModifiers): void {
    this.drag = { kind: "tool" };
    this.tool.down(start, atStart);
    this.tool.move(point, modifiers);
  }

  private click(point: Point, modifiers: PointerModifiers): void {
    this.tool.down(point, modifiers);
    this.tool.up(point, modifiers);
  }

  private moveAll(drag: Drag<S> & { kind: "move" }, point: Point): void {
    this.drag = { ...drag, moved: this.host.moved(drag.shapes, point.x - drag.start.x, point.y - drag.start.y) };
    this.host.previewChanged();
  }

  private spanBand(drag: Drag<S> & { kind: "band" }, point: Point): void {
    const { start } = drag;
    const rect = {
      left: Math.min(start.x, point.x),
      top: Math.min(start.y, point.y),
      width: Math.abs(point.x - start.x),
      height: Math.abs(point.y - start.y),
    };
    this.drag = { ...drag, rect };
    this.host.selectAll(this.host.shapes.filter((shape) => overlaps(this.host.bounds(shape), rect)).map(({ id }) => id));
    this.host.previewChanged();
  }
}

function isDrag(start: Point, point: Point, { pixelSize, touch }: PointerModifiers): boolean {
  return Math.hypot(point.x - start.x, point.y - start.y) >= (touch === true ? FINGER_SLOP : MOUSE_SLOP) * pixelSize;
}
