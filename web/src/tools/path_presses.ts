/** What a press of the pointer does to the paths on an image. */
import { contains, type Point } from "../core/geometry.js";
import type { PathShape } from "../core/shapes.js";
import type { PathDrawing } from "./path_drawing.js";
import type { PathRules } from "./path_rules.js";
import { type Part, partAt, pathsAt, pathsOnBorder, type Reach, reachOf } from "./path_targets.js";
import type { PointerModifiers, ToolHost } from "./tool.js";

export type Press =
  | { readonly kind: "add" }
  /** On an end of the unfinished path. */
  | { readonly kind: "end"; readonly at: "first" | "last" }
  | { readonly kind: "part"; readonly shape: PathShape; readonly part: Part }
  | { readonly kind: "whole"; readonly shape: PathShape; readonly click: "select" | "add" }
  /** A click selects what is here, or nothing. */
  | { readonly kind: "pick"; readonly drag: "add" | "none" }
  | { readonly kind: "none" };

/** Presses beyond the image's edge, in CSS pixels, begin at the edge. */
const MARGIN = 24;

export class PathPresses {
  constructor(
    private readonly host: ToolHost<PathShape>,
    private readonly rules: PathRules,
    private readonly drawing: PathDrawing,
  ) {}

  at(point: Point, modifiers: PointerModifiers): Press {
    const reach = scaledReach(modifiers);
    if (this.drawing.isUnfinished) {
      const at = this.drawing.endAt(point, reach.end);
      return at === null ? { kind: "add" } : { kind: "end", at };
    }
    const draws = this.draws(modifiers);
    const { selected } = this.host;
    const edit = selected === undefined || (draws && modifiers.shift) ? null : this.editAt(selected, point, reach, draws);
    return edit ?? (draws ? this.drawAt(point, reach, modifiers) : this.selectAt(point, reach));
  }

  /** The paths at a point, the one that a click selects first. */
  pathsAt(point: Point, modifiers: PointerModifiers): PathShape[] {
    return pathsAt(this.host.shapes, this.rules, point, scaledReach(modifiers));
  }

  /** Whether the selected path was just drawn, and clicks draw the next one. */
  goesOnDrawing(modifiers: PointerModifiers): boolean {
    return this.draws(modifiers) && this.host.selectedIsFresh;
  }

  private draws({ grab }: PointerModifiers): boolean {
    return this.host.mode === "draw" && grab !== true;
  }

  /** What a press does to the selected path; null when it does not react here. */
  private editAt(shape: PathShape, point: Point, reach: Reach, draws: boolean): Press | null {
    const part = partAt(shape, this.rules, point, reach);
    const isFresh = draws && this.host.selectedIsFresh;
    if (this.rules.mostPoints === 1) return part === null ? null : { kind: "whole", shape, click: "select" };
    if (part !== null && (!isFresh || part.kind === "vertex")) return { kind: "part", shape, part };
    if (isFresh || pathsAt([shape], this.rules, point, reach).length === 0) return null;
    const isOnBorder = pathsOnBorder([shape], this.rules, point, reach).length > 0;
    return { kind: "whole", shape, click: draws && !isOnBorder ? "add" : "select" };
  }

  private drawAt(point: Point, reach: Reach, { shift, pixelSize }: PointerModifiers): Press {
    const { image, selected, selectedIsFresh, shapes } = this.host;
    const others = selectedIsFresh ? shapes.filter(({ id }) => id !== selected?.id) : shapes;
    const border = shift ? undefined : pathsOnBorder(others, this.rules, point, reach)[0];
    if (border !== undefined) return this.rules.mostPoints === 1 ? { kind: "whole", shape: border, click: "select" } : { kind: "pick", drag: "add" };
    return contains({ left: 0, top: 0, ...image }, point, MARGIN * pixelSize) ? { kind: "add" } : { kind: "none" };
  }

  private selectAt(point: Point, reach: Reach): Press {
    const shape = pathsAt(this.host.shapes, this.rules, point, reach)[0];
    return shape === undefined ? { kind: "pick", drag: "none" } : { kind: "whole", shape, click: "select" };
  }
}

/** In image pixels. */
function scaledReach({ touch, pixelSize }: PointerModifiers): Reach {
  const { vertex, border, end, snap, drag } = reachOf(touch);
  return { vertex: vertex * pixelSize, border: border * pixelSize, end: end * pixelSize, snap: snap * pixelSize, drag: drag * pixelSize };
}
