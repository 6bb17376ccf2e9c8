/** Several shapes as one: how far they can be moved, and which of them a rectangle touches. */
import { movedRect, rectAround, type Size } from "./geometry.js";
import type { Rect } from "./shapes.js";

/** The part of a movement that keeps all of them inside the image, in whole pixels. */
export function commonStep(rects: readonly Rect[], dx: number, dy: number, image: Size): { readonly dx: number; readonly dy: number } {
  const around = rectAround(rects);
  if (around === null) return { dx: 0, dy: 0 };
  const moved = movedRect(around, dx, dy, image);
  return { dx: moved.left - around.left, dy: moved.top - around.top };
}

export function overlaps(one: Rect, other: Rect): boolean {
  return (
    one.left <= other.left + other.width &&
    other.left <= one.left + one.width &&
    one.top <= other.top + other.height &&
    other.top <= one.top + one.height
  );
}
