/** What a tool shows over the image next to the shapes: an unfinished shape, and hints at the pointer. Points are in image pixels. */
import type { Point } from "../core/geometry.js";

export type Mark =
  /** The lines of an unfinished shape. */
  | { readonly kind: "chain"; readonly points: readonly Point[] }
  /** What an unfinished shape would cover. */
  | { readonly kind: "fill"; readonly points: readonly Point[] }
  /** The line that a click would add. */
  | { readonly kind: "rubber"; readonly from: Point; readonly to: Point }
  /** A line that is not allowed. */
  | { readonly kind: "refused"; readonly from: Point; readonly to: Point }
  /** A point of an unfinished shape. */
  | { readonly kind: "point"; readonly at: Point }
  /** A click here closes the unfinished shape. */
  | { readonly kind: "target"; readonly at: Point; readonly reached: boolean }
  /** The pointer was drawn to this place of another shape or of the image's edge. */
  | { readonly kind: "snap"; readonly at: Point }
  /** The size of a round brush at the pointer, in image pixels. */
  | { readonly kind: "brush"; readonly at: Point; readonly diameter: number }
  /** The point that the arrow keys move. */
  | { readonly kind: "active"; readonly at: Point }
  /** The pointer that the arrow keys move. */
  | { readonly kind: "cursor"; readonly at: Point };
