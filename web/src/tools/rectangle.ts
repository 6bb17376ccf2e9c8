/**
 * The rectangle tool: a state machine over one drag that draws, moves, resizes or selects a box.
 *
 * In draw mode a drag draws, except on the handles and inside the box that the worker has selected; a drag with
 * Shift always draws. In select mode a drag moves the box under the pointer. A press without a drag selects; pressing
 * again at the same place selects the next box below.
 */
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
import type { DrawingTool, PointerModifiers, ToolHost } from "./tool.js";

export type RectanglePreview =
  | { readonly kind: "new"; readonly rect: Rect }
  | { readonly kind: "edit"; readonly id: string; readonly rect: Rect };

type Drag =
  | { readonly kind: "draw" }
  | { readonly kind: "move"; readonly box: BoxShape }
  | { readonly kind: "resize"; readonly box: BoxShape; readonly handle: Handle }
  | { readonly kind: "none" };

type State =
  | { readonly phase: "idle" }
  | { readonly phase: "pressed"; readonly start: Point; readonly drag: Drag }
  | { readonly phase: "dragging"; readonly start: Point; readonly drag: Drag };

/** CSS pixels. */
const HANDLE_REACH = 7;
const DRAG_THRESHOLD = 3;
const BORDER_TOLERANCE = 3;

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

export class RectangleTool implements DrawingTool<RectanglePreview> {
  private state: State = IDLE;
  private current: RectanglePreview | null = null;

  constructor(private readonly host: ToolHost<BoxShape>) {}

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
    this.state = { phase: "pressed", start: point, drag: this.dragAt(point, modifiers) };
  }

  move(point: Point, modifiers: PointerModifiers): void {
    if (this.state.phase === "pressed" && this.hasLeft(this.state.start, point, modifiers)) this.startDrag(this.state);
    if (this.state.phase === "dragging") this.show(this.outcome(this.state.start, this.state.drag, point));
  }

  up(point: Point, modifiers: PointerModifiers): void {
    this.move(point, modifiers);
    const { state, current } = this;
    this.state = IDLE;
    this.show(null);
    if (state.phase === "pressed") this.click(point, modifiers);
    else if (current?.kind === "new") this.host.create(current.rect);
    else if (current?.kind === "edit") this.host.change(current.id, current.rect);
  }

  cancel(): boolean {
    const busy = this.state.phase !== "idle";
    this.state = IDLE;
    this.show(null);
    return busy;
  }

  /** What a drag that starts here would do. */
  private dragAt(point: Point, { pixelSize, shift }: PointerModifiers): Drag {
    const { mode, selected, selectedIsFresh, shapes, image } = this.host;
    const mayDraw = mode === "draw" || shift;
    if (selected !== undefined && !shift) {
      const handle = handleAt(selected, point, HANDLE_REACH * pixelSize);
      if (handle !== null) return { kind: "resize", box: selected, handle };
      if (contains(selected, point) && !(selectedIsFresh && mayDraw)) return { kind: "move", box: selected };
    }
    if (mayDraw) {
      // A drag may start in the margin: the box then starts at the image's edge.
      return contains({ left: 0, top: 0, ...image }, point, 24 * pixelSize) ? { kind: "draw" } : { kind: "none" };
    }
    const box = boxesAt(shapes, point, BORDER_TOLERANCE * pixelSize)[0];
    return box === undefined ? { kind: "none" } : { kind: "move", box };
  }

  private hasLeft(start: Point, point: Point, { pixelSize }: PointerModifiers): boolean {
    return Math.hypot(point.x - start.x, point.y - start.y) >= DRAG_THRESHOLD * pixelSize;
  }

  private startDrag({ start, drag }: { start: Point; drag: Drag }): void {
    if (drag.kind === "draw" && !this.host.mayDraw()) {
      this.state = { phase: "dragging", start, drag: { kind: "none" } };
      return;
    }
    this.state = { phase: "dragging", start, drag };
    if (drag.kind === "draw") this.host.select(null);
    if (drag.kind === "move") this.host.select(drag.box.id);
  }

  private outcome(start: Point, drag: Drag, point: Point): RectanglePreview | null {
    const { image } = this.host;
    switch (drag.kind) {
      case "draw":
        return { kind: "new", rect: rectFromCorners(clampPoint(start, image), clampPoint(point, image), image) };
      case "move":
        return {
          kind: "edit",
          id: drag.box.id,
          rect: movedRect(drag.box, point.x - start.x, point.y - start.y, image),
        };
      case "resize": {
        // The edge keeps its distance from the pointer that grabbed it.
        const grabbed = edgePoint(drag.box, drag.handle);
        const target = { x: grabbed.x + point.x - start.x, y: grabbed.y + point.y - start.y };
        return { kind: "edit", id: drag.box.id, rect: resizedRect(drag.box, drag.handle, target, image) };
      }
      case "none":
        return null;
    }
  }

  private click(point: Point, { pixelSize }: PointerModifiers): void {
    const hits = boxesAt(this.host.shapes, point, BORDER_TOLERANCE * pixelSize);
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

function edgePoint(rect: Rect, handle: Handle): Point {
  return {
    x: handle.includes("e") ? rect.left + rect.width : rect.left,
    y: handle.includes("s") ? rect.top + rect.height : rect.top,
  };
}
