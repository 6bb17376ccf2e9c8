/** Where a point of a path comes when the pointer is at some place. */
import { borderBetween } from "../core/borders.js";
import type { Point } from "../core/geometry.js";
import { inEightDirections, type Path } from "../core/paths.js";
import type { PathShape } from "../core/shapes.js";
import type { PathDrawing } from "./path_drawing.js";
import { limitsOf, type PathRules } from "./path_rules.js";
import type { PathSwitches } from "./path_switches.js";
import { reachOf } from "./path_targets.js";
import { type Place, snapped, wholePixel } from "./snapping.js";
import type { PointerModifiers, ToolHost } from "./tool.js";

/** Image pixels: a point on an edge between whole pixels is next to it. */
const ON_BORDER = 1;

export class PathPlaces {
  constructor(
    private readonly host: ToolHost<PathShape>,
    private readonly rules: PathRules,
    private readonly drawing: PathDrawing,
    private readonly switches: PathSwitches,
  ) {}

  /** The place of a point here: in one of eight directions with Shift, else at a shape or edge near it. */
  at(point: Point, modifiers: PointerModifiers, from: Point | null | undefined = this.drawing.points.at(-1), edited?: PathShape): Place {
    const limits = limitsOf(this.rules, this.host.image);
    if (modifiers.shift && from) return { at: wholePixel(inEightDirections(from, point), limits), snapped: false };
    if (!this.switches.snaps) return { at: wholePixel(point, limits), snapped: false };
    const others = this.host.seen.filter(({ id }) => id !== edited?.id);
    return snapped(point, others, this.rules.closed, limits, reachOf(modifiers.touch).snap * modifiers.pixelSize);
  }

  /** With Alt: the border of the shape on which both the last point and this place are. */
  borderTo(at: Point, { alt }: PointerModifiers): Path {
    const last = this.drawing.points.at(-1);
    if (alt !== true || last === undefined || this.rules.mostPoints === 2) return [];
    const borders = this.host.seen.map(({ vertices }) => borderBetween(vertices, this.rules.closed, last, at, ON_BORDER));
    return borders.find((border) => border !== null) ?? [];
  }
}
