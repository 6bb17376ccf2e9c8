/** What differs between two lists of paths. Paths that were moved belong together by kind: bounds say little about lines. */
import { type Differences, differences, overlap } from "../core/differences.js";
import { distance, type Point } from "../core/geometry.js";
import { pathBounds } from "../core/paths.js";
import type { PathShape, Rect } from "../core/shapes.js";
import type { PathRules } from "../tools/path_rules.js";

export function pathDifferences(rules: PathRules, before: readonly PathShape[], after: readonly PathShape[]): Differences<PathShape> {
  const bounds = ({ vertices }: PathShape): Rect => pathBounds(vertices);
  if (rules.closed) return differences(before, after, bounds);
  return differences(before, after, bounds, rules.mostPoints === 1 ? nearOne : alongOne);
}

/** Decision: a key point is known by its label, however far it was moved; of several the nearest one. */
function nearOne(one: PathShape, other: PathShape): number {
  if (one.label !== other.label) return 0;
  return 0.5 + 0.5 / (1 + distance(one.vertices[0] as Point, other.vertices[0] as Point));
}

/** An upright line has no width: a margin of a tenth of its length makes an area of it. */
function alongOne(one: PathShape, other: PathShape): number {
  return overlap(withMargin(pathBounds(one.vertices)), withMargin(pathBounds(other.vertices)));
}

function withMargin({ left, top, width, height }: Rect): Rect {
  const margin = Math.max(2, Math.max(width, height) / 10);
  return { left: left - margin, top: top - margin, width: width + 2 * margin, height: height + 2 * margin };
}
