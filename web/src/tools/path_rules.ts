/** What the four kinds of paths allow. */
import type { Size } from "../core/geometry.js";

export interface PathRules {
  /** The last point is joined to the first, and clicks inside count. */
  readonly closed: boolean;
  readonly fewestPoints: number;
  readonly mostPoints: number;
  /** Whether its edges may cross each other. */
  readonly mayCross: boolean;
}

export const POLYGON_RULES: PathRules = { closed: true, fewestPoints: 3, mostPoints: Infinity, mayCross: false };
export const POLYLINE_RULES: PathRules = { closed: false, fewestPoints: 2, mostPoints: Infinity, mayCross: true };
export const LINE_RULES: PathRules = { closed: false, fewestPoints: 2, mostPoints: 2, mayCross: true };
export const KEYPOINT_RULES: PathRules = { closed: false, fewestPoints: 1, mostPoints: 1, mayCross: true };

/**
 * The largest x and y of a point. Decision: edges of paths run between pixels, so they may lie on the image's right and
 * lower edge, as boxes do. A key point is a pixel.
 */
export function limitsOf(rules: PathRules, { width, height }: Size): Size {
  return rules.mostPoints === 1 ? { width: width - 1, height: height - 1 } : { width, height };
}
