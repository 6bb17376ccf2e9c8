/** The parts of paths inside the image: initial values may reach past its edges. No DOM. */
import { clamp, type Point, type Size } from "./geometry.js";
import { type Edge, edgesOf, type Path, roundedPoint, withoutRepeats } from "./paths.js";

/** An edge of the image: inside are the points with a value of at least zero. */
type Border = (point: Point) => number;

function bordersOf({ width, height }: Size): Border[] {
  return [({ x }) => x, ({ x }) => width - x, ({ y }) => y, ({ y }) => height - y];
}

/** The part of a closed path inside the image (Sutherland and Hodgman), in whole pixels; empty when nothing is inside. */
export function clippedRing(path: Path, image: Size): Point[] {
  const ring = bordersOf(image).reduce<Path>(cutRing, path);
  const rounded = withoutRepeats(ring.map(roundedPoint));
  return rounded.length < 3 ? [] : rounded;
}

function cutRing(ring: Path, border: Border): Point[] {
  if (ring.every((point) => border(point) >= 0)) return [...ring];
  return ring.flatMap((to, index) => {
    const from = ring.at(index - 1) as Point;
    const isIn = border(to) >= 0;
    const crosses = border(from) >= 0 !== isIn;
    return [...(crosses ? [onBorder({ from, to }, border)] : []), ...(isIn ? [to] : [])];
  });
}

function onBorder({ from, to }: Edge, border: Border): Point {
  const [a, b] = [border(from), border(to)];
  const part = a / (a - b);
  return { x: from.x + part * (to.x - from.x), y: from.y + part * (to.y - from.y) };
}

/**
 * The part of an open path inside the image, in whole pixels; empty when nothing is inside.
 *
 * Decision: where a path leaves the image and comes back, both places are joined by a straight edge, so that it stays
 * one shape.
 */
export function clippedChain(path: Path, image: Size): Point[] {
  const borders = bordersOf(image);
  const parts = edgesOf(path, false).flatMap((edge) => cutEdge(edge, borders));
  const rounded = withoutRepeats(parts.map(roundedPoint), false);
  return rounded.length < 2 ? [] : rounded;
}

function cutEdge(edge: Edge, borders: readonly Border[]): Point[] {
  let { from, to } = edge;
  for (const border of borders) {
    const [a, b] = [border(from), border(to)];
    if (a < 0 && b < 0) return [];
    if (a < 0) from = onBorder({ from, to }, border);
    if (b < 0) to = onBorder({ from, to }, border);
  }
  return [from, to];
}

/** A single point in whole pixels; none outside the image. Decision: it is a pixel, so the last column is width - 1. */
export function clippedPoint([point]: Path, { width, height }: Size): Point[] {
  if (point === undefined || point.x < 0 || point.y < 0 || point.x > width || point.y > height) return [];
  const { x, y } = roundedPoint(point);
  return [{ x: clamp(x, 0, width - 1), y: clamp(y, 0, height - 1) }];
}
