/** Draws a point to the points and edges of shapes near it, and to the edges of the image. */
import { clampPoint, distance, type Point, type Size } from "../core/geometry.js";
import { nearestOnPath, nearestVertex, type Path, roundedPoint } from "../core/paths.js";

export interface Place {
  /** Whole pixels, inside the image. */
  readonly at: Point;
  readonly snapped: boolean;
}

export interface SnapTarget {
  readonly vertices: Path;
}

/** The whole pixel under a point, inside the image. */
export function wholePixel(point: Point, limits: Size): Point {
  return clampPoint(roundedPoint(point), limits);
}

/** The nearest point of a shape within `reach`, else the nearest edge of a shape or of the image, else the point itself. */
export function snapped(point: Point, shapes: readonly SnapTarget[], closed: boolean, limits: Size, reach: number): Place {
  const corner = nearest(
    shapes.map(({ vertices }) => vertices[nearestVertex(vertices, point, reach) ?? -1]),
    point,
  );
  if (corner !== null) return { at: corner, snapped: true };
  const edge = nearest(
    shapes.map(({ vertices }) => nearestOnPath(vertices, closed, point, reach)?.at),
    point,
  );
  const border = onBorder(point, limits, reach);
  const at = nearest([edge ?? undefined, border ?? undefined], point);
  return { at: wholePixel(at ?? point, limits), snapped: at !== null };
}

function onBorder({ x, y }: Point, { width, height }: Size, reach: number): Point | null {
  const at = { x: toEnd(x, width, reach), y: toEnd(y, height, reach) };
  return at.x === x && at.y === y ? null : at;
}

function toEnd(value: number, limit: number, reach: number): number {
  if (value <= reach) return 0;
  return value >= limit - reach ? limit : value;
}

function nearest(places: readonly (Point | undefined)[], point: Point): Point | null {
  let best: Point | null = null;
  for (const place of places) {
    if (place !== undefined && (best === null || distance(place, point) < distance(best, point))) best = place;
  }
  return best;
}
