/**
 * The rectangle tool: a state machine over one drag that draws, moves, resizes or selects a box.
 *
 * In draw mode a drag draws, except on the handles and inside the box that the worker has selected. Of a box just drawn
 * only the corners react, so that the next box can begin next to it. A drag with Shift always draws. In select mode, and
 * with Ctrl, a drag moves the box under the pointer. A press without a drag selects; pressing again at the same place
 * selects the next box below. A finger that rests on a box takes hold of it.
 *
 * With two clicks switched on, a click in draw mode sets a corner and the next one the opposite corner, for workers who
 * cannot drag well. Then only a click on a border selects, as with polygons, so that a box can begin inside another one.
 */
import { cornerAt } from "../core/corner_zones.js";
import {
  boxesAt,
  clampPoint,
  contains,
  type Handle,
  handleAt,
  movedRect,
  type Point,
  rectFromCorners,
  resizedRect,
} from "../core/geometry.js";
import type { BoxShape, Rect } from "../core/shapes.js";
import { t } from "../language/index.js";
import { boxNumbers } from "./box_numbers.js";
import type { Numbers } from "./numbers.js";
import type { DrawingTool, PointerModifiers, ShapePreview, ToolHost, ToolOption, ToolSteps } from "./tool.js";

type RectanglePreview = ShapePreview<BoxShape>;

type Drag =
  | { readonly kind: "draw" }
  | { readonly kind: "move"; readonly box: BoxShape }
  | { readonly kind: "resize"; readonly box: BoxShape; readonly handle: Handle }
  | { readonly kind: "none" };

type State =
  | { readonly phase: "idle" }
  | { readonly phase: "pressed"; readonly start: Point; readonly drag: Drag }
  | { readonly phase: "dragging"; readonly start: Point; readonly drag: Drag }
  /** A click has set the first corner. */
  | { readonly phase: "spanning"; readonly start: Point; readonly drag: Drag };

/** CSS pixels. */
interface Tolerances {
  readonly handleReach: number;
  /** The reach of handles to the outside in draw mode, where the worker may want to begin the next box. */
  readonly outsideReach: number;
  readonly border: number;
  /** The distance from which a movement is a drag. */
  readonly drag: number;
  readonly draw: number;
}

const MOUSE: Tolerances = { handleReach: 7, outsideReach: 4, border: 3, drag: 3, draw: 4 };
const FINGER: Tolerances = { handleReach: 22, outsideReach: 14, border: 10, drag: 8, draw: 8 };
/** A drawn box that is less wide or high on the screen, in CSS pixels, is a slip. */
const SMALLEST = 4;

const IDLE: State = { phase: "idle" };

const RESIZE_CURSORS: Record<Handle, string> = {
  n: "ns-resize",
  s: "ns-resize",
  e: "ew-resize",
  w: "ew-resize",
  nw: "nwse-resize",
  se: "nwse-resize",
  ne: "nesw-resize",
  sw: "nesw-resize",
};

export class RectangleTool implements DrawingTool<BoxShape> {
  private state: State = IDLE;
  private current: RectanglePreview | null = null;
  private twoClicks = false;

  constructor(private readonly host: ToolHost<BoxShape>) {}

  numbers(box: BoxShape): Numbers {
    return boxNumbers(box, this.host);
  }

  get options(): readonly ToolOption[] {
    const label = t("Draw with two clicks, on opposite corners");
    return [{ id: "two-clicks", icon: "corners", label, key: "W", on: this.twoClicks, set: (on) => this.setTwoClicks(on) }];
  }

  get drawsByClicks(): boolean {
    return this.twoClicks;
  }

  /** The first of two clicks is done. */
  get isUnfinished(): boolean {
    return this.state.phase === "spanning";
  }

  get steps(): ToolSteps {
    return { canUndo: this.isUnfinished, canRedo: false, undo: () => this.isUnfinished && this.cancel(), redo: () => false };
  }

  get preview(): RectanglePreview | null {
    return this.current;
  }

  cursor(point: Point, modifiers: PointerModifiers): string {
    const drag = this.state.phase === "idle" ? this.dragAt(point, modifiers) : this.state.drag;
    switch (drag.kind) {
      case "draw":
        return "crosshair";
      case "move":
        return "move";
      case "resize":
        return RESIZE_CURSORS[drag.handle];
      case "none":
        return "default";
    }
  }

  showsGuides(point: Point, modifiers: PointerModifiers): boolean {
    const drag = this.state.phase === "idle" ? this.dragAt(point, modifiers) : this.state.drag;
    return drag.kind === "draw";
  }

  down(point: Point, modifiers: PointerModifiers): void {
    if (!this.isUnfinished) this.state = { phase: "pressed", start: point, drag: this.dragAt(point, modifiers) };
  }

  hover(point: Point): void {
    if (this.state.phase === "spanning") this.show(this.outcome(this.state.start, this.state.drag, point));
  }

  move(point: Point, modifiers: PointerModifiers): void {
    this.hover(point);
    if (this.state.phase === "pressed" && this.hasLeft(this.state, point, modifiers)) this.startDrag(this.state);
    if (this.state.phase === "dragging") this.show(this.outcome(this.state.start, this.state.drag, point));
  }

  up(point: Point, modifiers: PointerModifiers): void {
    this.move(point, modifiers);
    const { state, current } = this;
    if (state.phase === "spanning" && !this.hasLeft(state, point, modifiers)) return;
    this.state = IDLE;
    this.show(null);
    if (state.phase === "pressed" && this.beginsAt(point, state.drag, modifiers)) this.begin(point, state.drag);
    else if (state.phase === "pressed") this.click(point, modifiers);
    else if (current?.kind === "new") this.finish(current.geometry, modifiers);
    else if (current?.kind === "edit") this.host.change(current.id, current.geometry);
    if (state.phase === "spanning") this.host.stepsChanged();
  }

  hold(point: Point, modifiers: PointerModifiers): boolean {
    if (this.state.phase !== "pressed") return false;
    const hits = this.shapesAt(point, modifiers);
    const box = hits.find(({ id }) => id === this.host.selected?.id) ?? hits[0];
    if (box === undefined) return false;
    this.host.select(box.id);
    this.state = { phase: "dragging", start: point, drag: { kind: "move", box } };
    return true;
  }

  /** A second finger ends the click, but not the box that an earlier one has begun. */
  abandon(): void {
    if (!this.isUnfinished) this.cancel();
  }

  cancel(): boolean {
    const { phase } = this.state;
    this.state = IDLE;
    this.show(null);
    if (phase === "spanning") this.host.stepsChanged();
    return phase !== "idle";
  }

  private setTwoClicks(on: boolean): void {
    if (this.isUnfinished) this.cancel();
    this.twoClicks = on;
  }

  private beginsAt(point: Point, drag: Drag, { pixelSize, touch }: PointerModifiers): boolean {
    const reach = tolerances(touch).border * pixelSize;
    const isOnBorder = this.host.shapes.some((box) => contains(box, point, reach) && !contains(box, point, -reach));
    return this.twoClicks && drag.kind === "draw" && !isOnBorder && this.host.mayDraw();
  }

  private begin(point: Point, drag: Drag): void {
    this.host.select(null);
    this.state = { phase: "spanning", start: point, drag };
    this.host.announce(t("First corner set. Now set the opposite one."));
    this.host.stepsChanged();
  }

  /** What a drag that starts here would do. */
  private dragAt(point: Point, modifiers: PointerModifiers): Drag {
    const { mode, selected, image } = this.host;
    const draws = modifiers.shift || (mode === "draw" && modifiers.grab !== true);
    const edit = selected === undefined || modifiers.shift ? null : this.editAt(selected, point, draws, modifiers);
    if (edit !== null) return edit;
    if (draws) {
      // A drag may start in the margin: the box then starts at the image's edge.
      const canStart = contains({ left: 0, top: 0, ...image }, point, 24 * modifiers.pixelSize);
      return canStart ? { kind: "draw" } : { kind: "none" };
    }
    const box = this.shapesAt(point, modifiers)[0];
    return box === undefined ? { kind: "none" } : { kind: "move", box };
  }

  /** What a drag that starts here would do to the selected box; null when the box does not react here. */
  private editAt(box: BoxShape, point: Point, draws: boolean, { pixelSize, touch }: PointerModifiers): Drag | null {
    const onlyCorners = draws && this.host.selectedIsFresh;
    const { handleReach, outsideReach } = tolerances(touch);
    const handle = onlyCorners
      ? cornerAt(box, point, pixelSize, touch)
      : handleAt(box, point, handleReach * pixelSize, (draws ? outsideReach : handleReach) * pixelSize);
    if (handle !== null) return { kind: "resize", box, handle };
    return contains(box, point) && !onlyCorners ? { kind: "move", box } : null;
  }

  shapesAt(point: Point, { pixelSize, touch }: PointerModifiers): BoxShape[] {
    const exact = boxesAt(this.host.shapes, point);
    return exact.length > 0 ? exact : boxesAt(this.host.shapes, point, tolerances(touch).border * pixelSize);
  }

  private hasLeft({ start, drag }: { start: Point; drag: Drag }, point: Point, { pixelSize, touch }: PointerModifiers): boolean {
    const threshold = tolerances(touch)[drag.kind === "draw" ? "draw" : "drag"];
    return Math.hypot(point.x - start.x, point.y - start.y) >= threshold * pixelSize;
  }

  private startDrag({ start, drag }: { start: Point; drag: Drag }): void {
    if (drag.kind === "draw" && !this.host.mayDraw()) {
      this.state = { phase: "dragging", start, drag: { kind: "none" } };
      return;
    }
    this.state = { phase: "dragging", start, drag };
    if (drag.kind === "move") this.host.select(drag.box.id);
  }

  private outcome(start: Point, drag: Drag, point: Point): RectanglePreview | null {
    const { image } = this.host;
    switch (drag.kind) {
      case "draw":
        return { kind: "new", geometry: rectFromCorners(clampPoint(start, image), clampPoint(point, image), image) };
      case "move":
        return {
          kind: "edit",
          id: drag.box.id,
          geometry: movedRect(drag.box, point.x - start.x, point.y - start.y, image),
        };
      case "resize": {
        // The edge keeps its distance from the pointer that grabbed it.
        const grabbed = edgePoint(drag.box, drag.handle);
        const target = { x: grabbed.x + point.x - start.x, y: grabbed.y + point.y - start.y };
        return { kind: "edit", id: drag.box.id, geometry: resizedRect(drag.box, drag.handle, target, image) };
      }
      case "none":
        return null;
    }
  }

  private finish(rect: Rect, { pixelSize }: PointerModifiers): void {
    const { image } = this.host;
    // No box of a very thin image could be larger than the image. The rest allows for rounding.
    const smallest = SMALLEST * pixelSize - 1e-6;
    const isMeant = rect.width >= Math.min(smallest, image.width) && rect.height >= Math.min(smallest, image.height);
    if (isMeant) this.host.create(rect);
    else this.host.tooSmall();
  }

  private click(point: Point, modifiers: PointerModifiers): void {
    const hits = this.shapesAt(point, modifiers);
    const { selected, selectedIsFresh } = this.host;
    const at = hits.findIndex((box) => box.id === selected?.id);
    const next = at >= 0 && !selectedIsFresh ? hits[(at + 1) % hits.length] : hits[0];
    this.host.select(next?.id ?? null);
  }

  private show(preview: RectanglePreview | null): void {
    this.current = preview;
    this.host.previewChanged();
  }
}

function tolerances(touch: boolean | undefined): Tolerances {
  return touch === true ? FINGER : MOUSE;
}

function edgePoint(rect: Rect, handle: Handle): Point {
  return {
    x: handle.includes("e") ? rect.left + rect.width : rect.left,
    y: handle.includes("s") ? rect.top + rect.height : rect.top,
  };
}
