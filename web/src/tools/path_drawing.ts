/** Draws a path: points are added until it is finished. */
import { distance, type Point } from "../core/geometry.js";
import {
  areaOf,
  crossedBy,
  edgesOf,
  lengthOf,
  type Path,
  simplified,
  withoutCrossings,
  withoutRepeats,
} from "../core/paths.js";
import type { PathShape } from "../core/shapes.js";
import { t } from "../language/index.js";
import type { Mark } from "./marks.js";
import { crossingText } from "./path_points.js";
import { limitsOf, type PathRules } from "./path_rules.js";
import { PathSketch } from "./path_sketch.js";
import { type Place, wholePixel } from "./snapping.js";
import type { ToolHost } from "./tool.js";

/** CSS pixels by which a line drawn by hand may differ from the path that it becomes. */
const FREEHAND_TOLERANCE = 1.2;
/** A path drawn by hand that is shorter on the screen, in CSS pixels, is a slip. */
const SHORTEST = 8;

export class PathDrawing {
  readonly steps: PathSketch;

  constructor(
    private readonly host: ToolHost<PathShape>,
    private readonly rules: PathRules,
    private readonly finished: () => void,
  ) {
    this.steps = new PathSketch(
      () => host.all,
      () => {
        host.previewChanged();
        host.stepsChanged();
      },
    );
  }

  get points(): Path {
    return this.steps.points;
  }

  get isUnfinished(): boolean {
    return this.points.length > 0;
  }

  /** The end of the unfinished path that a click here means: a polygon is closed at its first point. */
  endAt(point: Point, reach: number): "first" | "last" | null {
    const { points, rules } = this;
    const [first, last] = [points[0], points.at(-1)];
    if (last !== undefined && distance(last, point) <= reach) return "last";
    const closes = rules.closed && first !== undefined && points.length >= rules.fewestPoints;
    return closes && distance(first, point) <= reach ? "first" : null;
  }

  /** Whether the edge from the last point to this one would cross another. */
  isRefused(at: Point): boolean {
    const { points, rules } = this;
    return !rules.mayCross && points.length > 0 && crossedBy([...points, at], false, points.length - 1) !== null;
  }

  /** Adds a point; the last possible one finishes the path. */
  add(at: Point): void {
    const { points } = this;
    const first = points[0];
    // At a high zoom, the same pixel can be out of reach of the pointer.
    if (same(at, points.at(-1))) return;
    if (this.rules.closed && points.length >= this.rules.fewestPoints && same(at, first)) {
      this.finish();
      return;
    }
    if (this.isRefused(at)) {
      this.host.warn(crossingText());
      return;
    }
    if (points.length === 0) this.host.select(null);
    this.steps.set([...points, at]);
    if (this.points.length >= this.rules.mostPoints) this.finish();
    else this.host.announce(t("Point {{number}} at {{x}}, {{y}}", { number: this.points.length, x: at.x, y: at.y }));
  }

  /** Adds the points of another shape's border, and the point where it ends. */
  addBorder(border: Path, at: Point): void {
    if (border.length === 0) this.add(at);
    else this.append(withoutRepeats([...this.points, ...border, at], false).slice(this.points.length));
  }

  /** Makes a shape of the points, or says why that is not possible. */
  finish(): void {
    const { points, rules } = this;
    if (points.length < rules.fewestPoints) {
      this.host.warn(t("This shape needs at least {{count}} points.", { count: rules.fewestPoints }));
      return;
    }
    if (!rules.mayCross && crossedBy(points, rules.closed, points.length - 1) !== null) {
      this.host.warn(t("The last edge, back to the first point, would cross another one."));
      return;
    }
    this.create(points);
  }

  restore(points: Path): void {
    if (points.length > 0 && points.length < this.rules.mostPoints) this.steps.set(points.map(({ x, y }) => ({ x, y })));
  }

  /** Drops the points; undo brings them back. Returns false when there are none. */
  drop(): boolean {
    if (!this.isUnfinished) return false;
    this.steps.set([]);
    this.host.announce(t("Dropped. Undo brings it back."));
    return true;
  }

  /** Adds a line drawn by hand, in image pixels. One that begins a path also ends it. */
  addStroke(stroke: Path, pixelSize: number): void {
    const limits = limitsOf(this.rules, this.host.image);
    const points = simplified(stroke, FREEHAND_TOLERANCE * pixelSize).map((point) => wholePixel(point, limits));
    if (this.isUnfinished) this.append(withoutRepeats([...this.points, ...points], false).slice(this.points.length));
    else this.createFrom(withoutRepeats(points, this.rules.closed), pixelSize);
  }

  /** `place` is where a click would put the next point, if the pointer is known, and `border` what it would follow. */
  marks(place: Place | null, border: Path): Mark[] {
    const { points, rules } = this;
    const [first, last] = [points[0], points.at(-1)];
    if (first === undefined || last === undefined) return [];
    const shown = place === null ? points : [...points, ...border, place.at];
    return [
      ...(rules.closed && shown.length > 2 ? [{ kind: "fill" as const, points: shown }] : []),
      { kind: "chain", points },
      ...(place === null ? [] : this.nextEdges([last, ...border, place.at])),
      ...points.slice(1).map((at): Mark => ({ kind: "point", at })),
      rules.closed && points.length >= rules.fewestPoints
        ? { kind: "target", at: first, reached: place !== null && same(place.at, first) }
        : { kind: "point", at: first },
    ];
  }

  /** Dashed lines to where the next points would be, red where that is not allowed. */
  private nextEdges(path: Path): Mark[] {
    const end = path.at(-1) as Point;
    const isRefused = path.length === 2 && this.isRefused(end) && !same(end, this.points[0]);
    return edgesOf(withoutRepeats(path, false), false).map((edge) => ({ kind: isRefused ? "refused" : "rubber", ...edge }));
  }

  /** The first edge that is not allowed ends the stroke: what was drawn up to there stays. */
  private append(added: Path): void {
    let { points } = this;
    for (const at of added) {
      if (!this.rules.mayCross && crossedBy([...points, at], false, points.length - 1) !== null) {
        this.host.warn(crossingText());
        break;
      }
      points = [...points, at];
    }
    if (points !== this.points) this.steps.set(points);
  }

  private createFrom(points: Path, pixelSize: number): void {
    const path = this.rules.mayCross ? points : withoutCrossings(points);
    const isMeant = path.length >= this.rules.fewestPoints && lengthOf(path) >= SHORTEST * pixelSize;
    if (isMeant && (!this.rules.closed || areaOf(path) > 0)) this.create(path);
    else this.host.tooSmall();
  }

  private create(vertices: Path): void {
    this.steps.end();
    this.host.create({ vertices });
    this.finished();
  }
}

function same(one: Point, other: Point | undefined): boolean {
  return one.x === other?.x && one.y === other.y;
}
