/**
 * The corners of a box that was just drawn, in image pixels. Only they react while the worker draws on, and they are
 * almost completely inside the box: the next box can begin next to it. No DOM.
 */
import { contains, type Point } from "./geometry.js";
import type { Rect } from "./shapes.js";

export const CORNERS = ["nw", "ne", "se", "sw"] as const;
export type Corner = (typeof CORNERS)[number];

/** How far a corner reacts, in CSS pixels. */
const MOUSE = { inside: 7, outside: 2 };
const FINGER = { inside: 14, outside: 4 };

/** The part of a small box's side that a corner takes at most, so that a box can begin in its middle and next to it. */
const INSIDE_SHARE = 1 / 4;
const OUTSIDE_SHARE = 1 / 8;

/** The corner whose zone has the point; `pixelSize` is the number of image pixels per CSS pixel. */
export function cornerAt(rect: Rect, point: Point, pixelSize: number, touch = false): Corner | null {
  return CORNERS.find((corner) => contains(cornerZone(rect, corner, pixelSize, touch), point)) ?? null;
}

export function cornerZone(rect: Rect, corner: Corner, pixelSize: number, touch = false): Rect {
  const [left, width] = zone(rect.left, rect.width, corner.includes("w"), pixelSize, touch);
  const [top, height] = zone(rect.top, rect.height, corner.includes("n"), pixelSize, touch);
  return { left, top, width, height };
}

function zone(start: number, length: number, atStart: boolean, pixelSize: number, touch: boolean): [start: number, length: number] {
  const reach = touch ? FINGER : MOUSE;
  const inside = Math.min(reach.inside * pixelSize, length * INSIDE_SHARE);
  const outside = Math.min(reach.outside * pixelSize, length * OUTSIDE_SHARE);
  return [atStart ? start - outside : start + length - inside, inside + outside];
}
