/**
 * Geometry of paths: points that are joined by straight edges, in image pixels. No DOM.
 *
 * Edge i goes from point i to the next one. A closed path has one more edge, from the last point to the first.
 */
import { clamp, distance, type Point, type Size } from "./geometry.js";
import type { Rect } from "./shapes.js";

export type Path = readonly Point[];

export interface Edge {
  readonly from: Point;
  readonly to: Point;
}

export interface PlaceOnPath {
  readonly edge: number;
  readonly at: Point;
  readonly distance: number;
}

export function edgesOf(path: Path, closed: boolean): Edge[] {
  const count = closed && path.length > 2 ? path.length : path.length - 1;
  return Array.from({ length: Math.max(0, count) }, (_, index) => edgeOf(path, index));
}

function edgeOf(path: Path, index: number): Edge {
  return { from: path[index] as Point, to: path[(index + 1) % path.length] as Point };
}

// --- measures -----------------------------------------------------------------------------------------------------------

const boundsOf = new WeakMap<Path, Rect>();

/** The smallest rectangle around all points. It is computed once for each path. */
export function pathBounds(path: Path): Rect {
  const known = boundsOf.get(path);
  if (known !== undefined) return known;
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y } of path) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  const bounds = { left, top, width: right - left, height: bottom - top };
  boundsOf.set(path, bounds);
  return bounds;
}

/** The area inside a closed path, whichever way round its points go. */
export function areaOf(path: Path): number {
  const twice = edgesOf(path, true).reduce((sum, { from, to }) => sum + from.x * to.y - to.x * from.y, 0);
  return Math.abs(twice) / 2;
}

export function lengthOf(path: Path): number {
  return edgesOf(path, false).reduce((sum, { from, to }) => sum + distance(from, to), 0);
}

// --- hit tests ----------------------------------------------------------------------------------------------------------

/** Whether a point is inside a closed path. Of a path that crosses itself, parts covered twice are outside. */
export function isInside(path: Path, { x, y }: Point): boolean {
  let inside = false;
  for (const { from, to } of edgesOf(path, true)) {
    // Half open in y: a point level with a corner is counted once.
    if (from.y > y !== to.y > y && x < from.x + ((y - from.y) / (to.y - from.y)) * (to.x - from.x)) inside = !inside;
  }
  return inside;
}

export function nearestOnEdge({ from, to }: Edge, point: Point): Point {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const square = dx * dx + dy * dy;
  if (square === 0) return from;
  const part = clamp(((point.x - from.x) * dx + (point.y - from.y) * dy) / square, 0, 1);
  return { x: from.x + part * dx, y: from.y + part * dy };
}

/** The nearest place on the edges within `reach`; the first of several. */
export function nearestOnPath(path: Path, closed: boolean, point: Point, reach: number): PlaceOnPath | null {
  if (isFar(path, point, reach)) return null;
  let best: PlaceOnPath | null = null;
  for (const [index, edge] of edgesOf(path, closed).entries()) {
    const at = nearestOnEdge(edge, point);
    const away = distance(at, point);
    if (away <= (best?.distance ?? reach) && (best === null || away < best.distance)) best = { edge: index, at, distance: away };
  }
  return best;
}

/** The index of the nearest point within `reach`, or null. */
export function nearestVertex(path: Path, point: Point, reach: number): number | null {
  if (isFar(path, point, reach)) return null;
  let best: number | null = null;
  let least = reach;
  for (const [index, vertex] of path.entries()) {
    const away = distance(vertex, point);
    if (away > least || (best !== null && away === least)) continue;
    best = index;
    least = away;
  }
  return best;
}

function isFar(path: Path, { x, y }: Point, reach: number): boolean {
  const { left, top, width, height } = pathBounds(path);
  return x < left - reach || y < top - reach || x > left + width + reach || y > top + height + reach;
}

// --- crossings ----------------------------------------------------------------------------------------------------------

/** On which side of a line through an edge a point is: the sign is exact for whole pixels. */
function side({ from, to }: Edge, point: Point): number {
  return Math.sign((to.x - from.x) * (point.y - from.y) - (to.y - from.y) * (point.x - from.x));
}

function isBetween({ from, to }: Edge, { x, y }: Point): boolean {
  return (
    x >= Math.min(from.x, to.x) && x <= Math.max(from.x, to.x) && y >= Math.min(from.y, to.y) && y <= Math.max(from.y, to.y)
  );
}

/** Whether two edges have a point in common, their ends included. */
export function edgesMeet(one: Edge, other: Edge): boolean {
  const [a, b] = [side(one, other.from), side(one, other.to)];
  const [c, d] = [side(other, one.from), side(other, one.to)];
  if (a !== b && c !== d && a * b <= 0 && c * d <= 0) return true;
  return (
    (a === 0 && isBetween(one, other.from)) ||
    (b === 0 && isBetween(one, other.to)) ||
    (c === 0 && isBetween(other, one.from)) ||
    (d === 0 && isBetween(other, one.to))
  );
}

/** Whether an edge turns straight back on the one before it. */
function foldsBack(before: Edge, after: Edge): boolean {
  if (side(before, after.to) !== 0) return false;
  const along = (after.to.x - after.from.x) * (before.from.x - before.to.x) + (after.to.y - after.from.y) * (before.from.y - before.to.y);
  return along > 0;
}

/**
 * The edge that edge `index` crosses, touches or lies on; null when there is none. Its neighbours may only share their
 * common point with it. An edge without length meets itself.
 */
export function crossedBy(path: Path, closed: boolean, index: number): Edge | null {
  const edges = edgesOf(path, closed);
  const edge = edges[index];
  if (edge === undefined) return null;
  if (edge.from.x === edge.to.x && edge.from.y === edge.to.y) return edge;
  const before = closed ? (index + edges.length - 1) % edges.length : index - 1;
  const after = closed ? (index + 1) % edges.length : index + 1;
  return (
    edges.find((other, at) => {
      if (at === index) return false;
      if (at === before && at === after) return false;
      if (at === before) return foldsBack(other, edge);
      if (at === after) return foldsBack(edge, other);
      return edgesMeet(edge, other);
    }) ?? null
  );
}

/** The first pair of edges that meet, where only the edges at one point are compared with all others; null when none do. */
export function crossingAt(path: Path, closed: boolean, vertex: number): readonly [Edge, Edge] | null {
  const edges = edgesOf(path, closed);
  const before = closed ? (vertex + edges.length - 1) % edges.length : vertex - 1;
  for (const index of [before, vertex]) {
    const other = crossedBy(path, closed, index);
    if (other !== null) return [edges[index] as Edge, other];
  }
  return null;
}

/**
 * A closed path without crossings: where two edges cross, the part with the larger area is kept. A line drawn by hand
 * often passes its own start, or has small loops.
 */
export function withoutCrossings(path: Path): Path {
  let ring = path;
  for (let found = firstCrossing(ring); found !== null; found = firstCrossing(ring)) {
    const [i, j] = found;
    const cut = roundedPoint(crossingPoint(edgeOf(ring, i), edgeOf(ring, j)));
    const inner = withoutRepeats([cut, ...ring.slice(i + 1, j + 1)]);
    const outer = withoutRepeats([...ring.slice(0, i + 1), cut, ...ring.slice(j + 1)]);
    ring = areaOf(inner) > areaOf(outer) ? inner : outer;
    if (ring.length < 3) break;
  }
  return ring;
}

function firstCrossing(path: Path): readonly [number, number] | null {
  const edges = edgesOf(path, true);
  for (let i = 0; i < edges.length; i += 1) {
    for (let j = i + 2; j < edges.length; j += 1) {
      const areNeighbours = i === 0 && j === edges.length - 1;
      if (!areNeighbours && edgesMeet(edges[i] as Edge, edges[j] as Edge)) return [i, j];
    }
  }
  return null;
}

/** Where two edges that meet do so; of edges on one line the end of one. */
function crossingPoint(one: Edge, other: Edge): Point {
  const [ax, ay] = [one.to.x - one.from.x, one.to.y - one.from.y];
  const [bx, by] = [other.to.x - other.from.x, other.to.y - other.from.y];
  const cross = ax * by - ay * bx;
  if (cross === 0) return isBetween(one, other.from) ? other.from : other.to;
  const part = ((other.from.x - one.from.x) * by - (other.from.y - one.from.y) * bx) / cross;
  return { x: one.from.x + part * ax, y: one.from.y + part * ay };
}

// --- changes ------------------------------------------------------------------------------------------------------------

export function roundedPoint({ x, y }: Point): Point {
  return { x: Math.round(x), y: Math.round(y) };
}

/** Without points that are equal to the one before, the last one to the first. */
export function withoutRepeats(path: Path, closed = true): Point[] {
  const kept = path.filter((point, index) => {
    const before = path[index - 1];
    return before === undefined || before.x !== point.x || before.y !== point.y;
  });
  const [first, last] = [kept[0], kept.at(-1)];
  if (closed && kept.length > 1 && first?.x === last?.x && first?.y === last?.y) kept.pop();
  return kept;
}

/** Moved by whole pixels as far as all points stay inside the image. */
export function movedPath(path: Path, dx: number, dy: number, image: Size): Point[] {
  const { left, top, width, height } = pathBounds(path);
  const x = clamp(Math.round(dx), -left, Math.max(-left, image.width - left - width));
  const y = clamp(Math.round(dy), -top, Math.max(-top, image.height - top - height));
  return path.map((point) => ({ x: point.x + x, y: point.y + y }));
}

export function withVertex(path: Path, index: number, point: Point): Point[] {
  return path.map((vertex, at) => (at === index ? point : vertex));
}

/** With a new point on an edge. */
export function withInserted(path: Path, edge: number, point: Point): Point[] {
  return [...path.slice(0, edge + 1), point, ...path.slice(edge + 1)];
}

export function withoutVertex(path: Path, index: number): Point[] {
  return path.filter((_, at) => at !== index);
}

export function middleOf({ from, to }: Edge): Point {
  return { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
}

/** The point of the eight directions from `from` that is nearest to `point`. */
export function inEightDirections(from: Point, point: Point): Point {
  const [dx, dy] = [point.x - from.x, point.y - from.y];
  const angle = (Math.round(Math.atan2(dy, dx) / (Math.PI / 4)) * Math.PI) / 4;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const along = dx * cos + dy * sin;
  return { x: from.x + along * cos, y: from.y + along * sin };
}

/** Fewer points, none of the left out ones further than `tolerance` from the path (Ramer, Douglas and Peucker). */
export function simplified(path: Path, tolerance: number): Point[] {
  const keep = new Set([0, path.length - 1]);
  const parts: (readonly [number, number])[] = [[0, path.length - 1]];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const [start, end] = part;
    const edge = { from: path[start] as Point, to: path[end] as Point };
    let [furthest, most] = [-1, tolerance];
    for (let index = start + 1; index < end; index += 1) {
      const point = path[index] as Point;
      const away = distance(point, nearestOnEdge(edge, point));
      if (away > most) [furthest, most] = [index, away];
    }
    if (furthest < 0) continue;
    keep.add(furthest);
    parts.push([start, furthest], [furthest, end]);
  }
  return path.filter((_, index) => keep.has(index));
}
