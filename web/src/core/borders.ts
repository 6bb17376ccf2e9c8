/** The way along the border of a path between two places on it. No DOM. */
import { distance, type Point } from "./geometry.js";
import { lengthOf, nearestOnPath, type Path } from "./paths.js";

interface Position {
  readonly edge: number;
  /** The distance from the edge's first point. */
  readonly along: number;
}

/**
 * The points of the path between two places, the shorter way round, without the places. Null when one of the places is
 * further than `reach` from the path.
 */
export function borderBetween(path: Path, closed: boolean, from: Point, to: Point, reach: number): Path | null {
  const start = positionOf(path, closed, from, reach);
  const end = positionOf(path, closed, to, reach);
  if (start === null || end === null) return null;
  const forward = pointsBetween(path, start, end);
  const backward = pointsBetween(path, end, start).reverse();
  if (!closed) return isBefore(start, end) ? forward : backward;
  return lengthOf([from, ...forward, to]) <= lengthOf([from, ...backward, to]) ? forward : backward;
}

function positionOf(path: Path, closed: boolean, point: Point, reach: number): Position | null {
  const place = nearestOnPath(path, closed, point, reach);
  return place === null ? null : { edge: place.edge, along: distance(path[place.edge] as Point, place.at) };
}

function isBefore(one: Position, other: Position): boolean {
  return one.edge < other.edge || (one.edge === other.edge && one.along <= other.along);
}

/** Forward along the path, past its end where `end` comes before `start`. */
function pointsBetween(path: Path, start: Position, end: Position): Point[] {
  if (isBefore(start, end)) return path.slice(start.edge + 1, end.edge + 1);
  return [...path.slice(start.edge + 1), ...path.slice(0, end.edge + 1)];
}
