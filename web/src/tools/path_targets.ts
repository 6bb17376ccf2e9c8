/** What a pointer reaches at the paths on an image. */
import { distance, type Point } from "../core/geometry.js";
import { areaOf, edgesOf, isInside, middleOf, nearestOnPath, nearestVertex } from "../core/paths.js";
import type { PathShape } from "../core/shapes.js";
import type { PathRules } from "./path_rules.js";

/** CSS pixels. */
export interface Reach {
  readonly vertex: number;
  readonly border: number;
  /** The last and the first point of an unfinished path. */
  readonly end: number;
  readonly snap: number;
  /** The distance from which a movement is a drag. */
  readonly drag: number;
}

const MOUSE: Reach = { vertex: 7, border: 4, end: 8, snap: 8, drag: 3 };
const FINGER: Reach = { vertex: 22, border: 12, end: 22, snap: 14, drag: 8 };
/** An edge shorter than this on the screen, in CSS pixels, has no handle in its middle. */
export const SHORTEST_WITH_MIDDLE = 28;

export function reachOf(touch: boolean | undefined): Reach {
  return touch === true ? FINGER : MOUSE;
}

/** A part of a path. Insertion is the index of the edge that gets a new point. */
export type Part =
  | { readonly kind: "vertex"; readonly index: number }
  | { readonly kind: "edge"; readonly index: number; readonly at: Point };

/** The part of the selected path within reach: its points, the handles between them, its edges. Reach is in image pixels. */
export function partAt(shape: PathShape, rules: PathRules, point: Point, reach: Reach): Part | null {
  const { vertices } = shape;
  const index = nearestVertex(vertices, point, reach.vertex);
  if (index !== null) return { kind: "vertex", index };
  if (vertices.length >= rules.mostPoints) return null;
  const middles = edgesOf(vertices, rules.closed).map(middleOf);
  const middle = nearestVertex(middles, point, reach.vertex);
  if (middle !== null) return { kind: "edge", index: middle, at: middles[middle] as Point };
  const place = nearestOnPath(vertices, rules.closed, point, reach.border);
  return place === null ? null : { kind: "edge", index: place.edge, at: place.at };
}

/** The paths whose points or edges are within reach, the nearest first. */
export function pathsOnBorder(shapes: readonly PathShape[], rules: PathRules, point: Point, reach: Reach): PathShape[] {
  const hits = shapes.flatMap((shape) => {
    const vertex = nearestVertex(shape.vertices, point, reach.vertex);
    const away =
      vertex === null
        ? nearestOnPath(shape.vertices, rules.closed, point, reach.border)?.distance
        : distance(shape.vertices[vertex] as Point, point);
    return away === undefined ? [] : [{ shape, away }];
  });
  // Of equal distance the upper one comes first: neighbours share their borders.
  return hits.reverse().sort((a, b) => a.away - b.away).map(({ shape }) => shape);
}

/** The paths at a point: those whose border it is on, then those around it, the smallest first. */
export function pathsAt(shapes: readonly PathShape[], rules: PathRules, point: Point, reach: Reach): PathShape[] {
  const border = pathsOnBorder(shapes, rules, point, reach);
  if (!rules.closed) return border;
  const around = shapes
    .filter((shape) => !border.includes(shape) && isInside(shape.vertices, point))
    .sort((a, b) => areaOf(a.vertices) - areaOf(b.vertices));
  return [...border, ...around];
}
