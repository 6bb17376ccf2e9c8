/** Several shapes as one: the rectangle around them, and how far they can be moved. */
import { movedRect, type Size } from "./geometry.js";
import type { Rect } from "./shapes.js";

/** The smallest rectangle around all; undefined for none. */
export function rectAround(rects: readonly Rect[]): Rect | undefined {
  if (rects.length === 0) return undefined;
  const left = Math.min(...rects.map((rect) => rect.left));
  const top = Math.min(...rects.map((rect) => rect.top));
  const right = Math.max(...rects.map((rect) => rect.left + rect.width));
  const bottom = Math.max(...rects.map((rect) => rect.top + rect.height));
  return { left, top, width: right - left, height: bottom - top };
}

/** The part of a movement that keeps all of them inside the image, in whole pixels. */
export function commonStep(rects: readonly Rect[], dx: number, dy: number, image: Size): { readonly dx: number; readonly dy: number } {
  const around = rectAround(rects);
  if (around === undefined) return { dx: 0, dy: 0 };
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
