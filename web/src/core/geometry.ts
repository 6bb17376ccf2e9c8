/** Geometry: the view that shows the image, rectangles in image pixels, hit tests, handles. No DOM. */
import type { Rect } from "./shapes.js";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * The image on the stage: scaled, then turned about its top left corner, then moved to (x, y).
 *
 * View points are in CSS pixels from the stage's top left corner.
 */
export interface View {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
  /** Degrees clockwise, 0 to 360. Absent for an image that is upright. */
  readonly rotation?: number;
}

export const HANDLES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"] as const;
export type Handle = (typeof HANDLES)[number];

const MAX_SCALE = 64;
/** The image's edge can be moved this far past the viewport's edge, so that boxes at the edge can be reached. */
const OVERSCROLL = 80;

// --- view ---------------------------------------------------------------------------------------------------------

export function toImage(view: View, point: Point): Point {
  const turned = turnedBy(-(view.rotation ?? 0), { x: point.x - view.x, y: point.y - view.y });
  return { x: turned.x / view.scale, y: turned.y / view.scale };
}

export function toView(view: View, point: Point): Point {
  const turned = turnedBy(view.rotation ?? 0, { x: point.x * view.scale, y: point.y * view.scale });
  return { x: turned.x + view.x, y: turned.y + view.y };
}

/** The point after a turn about the origin, in degrees clockwise; exact for right angles. */
export function turnedBy(degrees: number, { x, y }: Point): Point {
  if (degrees === 0) return { x, y };
  const [cos, sin] = cosSin(degrees);
  return { x: x * cos - y * sin, y: x * sin + y * cos };
}

function cosSin(degrees: number): readonly [cos: number, sin: number] {
  const quarter = degrees / 90;
  if (!Number.isInteger(quarter)) return [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return ([[1, 0], [0, 1], [-1, 0], [0, -1]] as const)[((quarter % 4) + 4) % 4] ?? [1, 0];
}

/** The smallest upright rectangle of the view around a rectangle of the image. */
export function rectToView(view: View, rect: Rect): Rect {
  const start = toView(view, { x: rect.left, y: rect.top });
  const width = rect.width * view.scale;
  const height = rect.height * view.scale;
  if (view.rotation === undefined) return { left: start.x, top: start.y, width, height };
  const corners = [{ x: 0, y: 0 }, { x: width, y: 0 }, { x: 0, y: height }, { x: width, y: height }].map((corner) =>
    turnedBy(view.rotation ?? 0, corner),
  );
  const [left, right] = extent(corners.map(({ x }) => x));
  const [top, bottom] = extent(corners.map(({ y }) => y));
  return { left: start.x + left, top: start.y + top, width: right - left, height: bottom - top };
}

function extent(values: readonly number[]): readonly [low: number, high: number] {
  return [Math.min(...values), Math.max(...values)];
}

/** The smallest upright rectangle of the image around what the stage shows, within the image. */
export function visibleRect(view: View, image: Size, viewport: Size): Rect {
  const corners = [0, viewport.width].flatMap((x) => [0, viewport.height].map((y) => toImage(view, { x, y })));
  const [left, right] = extent(corners.map(({ x }) => clamp(x, 0, image.width)));
  const [top, bottom] = extent(corners.map(({ y }) => clamp(y, 0, image.height)));
  return { left, top, width: right - left, height: bottom - top };
}

/** The whole image, centred, as large as the viewport less its padding allows. */
export function fitView(image: Size, viewport: Size, padding = 24, rotation = 0): View {
  const turned = wholeImage({ scale: 1, x: 0, y: 0, ...turn(rotation) }, image);
  const scale = Math.max(
    0.001,
    Math.min(
      Math.max(1, viewport.width - 2 * padding) / turned.width,
      Math.max(1, viewport.height - 2 * padding) / turned.height,
    ),
  );
  return {
    scale,
    x: (viewport.width - turned.width * scale) / 2 - turned.left * scale,
    y: (viewport.height - turned.height * scale) / 2 - turned.top * scale,
    ...turn(rotation),
  };
}

/** Zooms to `scale`, between half of fitting and 64 : 1. The image point under `about` stays in place. */
export function zoomAbout(view: View, about: Point, scale: number, image: Size, viewport: Size): View {
  const fit = fitView(image, viewport, 24, view.rotation).scale;
  const kept = Math.min(Math.max(scale, Math.min(1, fit) / 2), Math.max(MAX_SCALE, fit));
  return clampView(fixedAt(about, toImage(view, about), { ...view, scale: kept }), image, viewport);
}

/** Turns the image to `rotation` degrees. The image point under `about` stays in place. */
export function turnAbout(view: View, about: Point, rotation: number, image: Size, viewport: Size): View {
  const { scale, x, y } = view;
  return clampView(fixedAt(about, toImage(view, about), { scale, x, y, ...turn(rotation) }), image, viewport);
}

/** The view moved so that the image point is under the view point. */
function fixedAt(about: Point, imagePoint: Point, view: View): View {
  const shown = toView(view, imagePoint);
  return { ...view, x: view.x + about.x - shown.x, y: view.y + about.y - shown.y };
}

function turn(rotation: number): { readonly rotation?: number } {
  const normal = ((rotation % 360) + 360) % 360;
  return normal === 0 ? {} : { rotation: normal };
}

function wholeImage(view: View, image: Size): Rect {
  return rectToView(view, { left: 0, top: 0, ...image });
}

export function panBy(view: View, dx: number, dy: number, image: Size, viewport: Size): View {
  return clampView({ ...view, x: view.x + dx, y: view.y + dy }, image, viewport);
}

/** Keeps the image in view: centred on an axis on which it is small, else at most OVERSCROLL away from the edges. */
export function clampView(view: View, image: Size, viewport: Size): View {
  const { left, top, width, height } = wholeImage(view, image);
  // Turned, the image's top left corner is elsewhere than that of the rectangle around it.
  const corner = { x: view.x - left, y: view.y - top };
  return {
    ...view,
    x: clampAxis(left, width, viewport.width) + corner.x,
    y: clampAxis(top, height, viewport.height) + corner.y,
  };
}

function clampAxis(offset: number, size: number, viewport: number): number {
  const low = viewport - size - OVERSCROLL;
  return low >= OVERSCROLL ? (viewport - size) / 2 : clamp(offset, low, OVERSCROLL);
}

// --- rectangles in image pixels -------------------------------------------------------------------------------------

/** The box between two corners, edges rounded to whole pixels, inside the image, at least one pixel wide and high. */
export function rectFromCorners(a: Point, b: Point, image: Size): Rect {
  const [left, width] = span(a.x, b.x, image.width);
  const [top, height] = span(a.y, b.y, image.height);
  return { left, top, width, height };
}

function span(a: number, b: number, limit: number): [start: number, length: number] {
  const low = clamp(Math.round(Math.min(a, b)), 0, limit - 1);
  const high = clamp(Math.round(Math.max(a, b)), low + 1, limit);
  return [low, high - low];
}

/** Moved by whole pixels, of the same size, stopped by the image's edges. */
export function movedRect(rect: Rect, dx: number, dy: number, image: Size): Rect {
  return {
    ...sides(rect),
    left: clamp(Math.round(rect.left + dx), 0, Math.max(0, image.width - rect.width)),
    top: clamp(Math.round(rect.top + dy), 0, Math.max(0, image.height - rect.height)),
  };
}

/** The box with one handle dragged to `point`; dragging past the opposite edge flips it. */
export function resizedRect(rect: Rect, handle: Handle, point: Point, image: Size): Rect {
  const right = rect.left + rect.width;
  const bottom = rect.top + rect.height;
  const [x1, x2] = handle.includes("w") ? [point.x, right] : handle.includes("e") ? [rect.left, point.x] : [rect.left, right];
  const [y1, y2] = handle.includes("n") ? [point.y, bottom] : handle.includes("s") ? [rect.top, point.y] : [rect.top, bottom];
  return rectFromCorners({ x: x1, y: y1 }, { x: x2, y: y2 }, image);
}

/** Wider by dx and higher by dy at the right and bottom edge, never under one pixel nor past the image. */
export function grownRect(rect: Rect, dx: number, dy: number, image: Size): Rect {
  return {
    ...sides(rect),
    width: clamp(rect.width + dx, 1, image.width - rect.left),
    height: clamp(rect.height + dy, 1, image.height - rect.top),
  };
}

/** The part of a box inside the image with whole pixel edges, or null when no part of it is inside. */
export function clippedRect(rect: Rect, image: Size): Rect | null {
  const left = clamp(Math.round(rect.left), 0, image.width);
  const top = clamp(Math.round(rect.top), 0, image.height);
  const width = clamp(Math.round(rect.left + rect.width), 0, image.width) - left;
  const height = clamp(Math.round(rect.top + rect.height), 0, image.height) - top;
  return width >= 1 && height >= 1 ? { left, top, width, height } : null;
}

/** The smallest rectangle around others; null without any. */
export function rectAround(rects: readonly Rect[]): Rect | null {
  if (rects.length === 0) return null;
  const left = Math.min(...rects.map((rect) => rect.left));
  const top = Math.min(...rects.map((rect) => rect.top));
  const right = Math.max(...rects.map((rect) => rect.left + rect.width));
  const bottom = Math.max(...rects.map((rect) => rect.top + rect.height));
  return { left, top, width: right - left, height: bottom - top };
}

export function distance(one: Point, other: Point): number {
  return Math.hypot(one.x - other.x, one.y - other.y);
}

export function clampPoint(point: Point, image: Size): Point {
  return { x: clamp(point.x, 0, image.width), y: clamp(point.y, 0, image.height) };
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

function sides(rect: Rect): Rect {
  return { left: rect.left, top: rect.top, width: rect.width, height: rect.height };
}

// --- hit tests -------------------------------------------------------------------------------------------------------

export function contains(rect: Rect, point: Point, tolerance = 0): boolean {
  return (
    point.x >= rect.left - tolerance &&
    point.x <= rect.left + rect.width + tolerance &&
    point.y >= rect.top - tolerance &&
    point.y <= rect.top + rect.height + tolerance
  );
}

/** All boxes at a point, the smallest first: a box inside a box stays reachable. Equal areas: the upper one first. */
export function boxesAt<R extends Rect>(boxes: readonly R[], point: Point, tolerance = 0): R[] {
  return [...boxes]
    .reverse()
    .filter((box) => contains(box, point, tolerance))
    .sort((a, b) => a.width * a.height - b.width * b.height);
}

export function handlePoint(rect: Rect, handle: Handle): Point {
  const x = handle.includes("w") ? 0 : handle.includes("e") ? 1 : 0.5;
  const y = handle.includes("n") ? 0 : handle.includes("s") ? 1 : 0.5;
  return { x: rect.left + rect.width * x, y: rect.top + rect.height * y };
}

/** Whether a box of this size, in the unit of `reach`, has room for the handle in the middle of an edge. */
export function hasHandle(rect: Rect, handle: Handle, reach: number): boolean {
  if (handle.length === 2) return true;
  return handle === "n" || handle === "s" ? rect.width >= 4 * reach : rect.height >= 4 * reach;
}

/**
 * The handle within `reach` of the point, corners before edges. An edge can be grabbed anywhere, not only in its middle.
 * Handles reach less far into a small box, so that its middle can still be grabbed; `outside` limits them around it.
 */
export function handleAt(rect: Rect, point: Point, reach: number, outside = reach): Handle | null {
  const inner = { x: Math.min(reach, rect.width / 4), y: Math.min(reach, rect.height / 4) };
  const west = between(point.x - rect.left, -outside, inner.x);
  const east = between(rect.left + rect.width - point.x, -outside, inner.x);
  const north = between(point.y - rect.top, -outside, inner.y);
  const south = between(rect.top + rect.height - point.y, -outside, inner.y);
  if (!contains(rect, point, outside)) return null;
  const vertical = north ? "n" : south ? "s" : "";
  const horizontal = west ? "w" : east ? "e" : "";
  const handle = `${vertical}${horizontal}`;
  return handle === "" ? null : (handle as Handle);
}

function between(value: number, low: number, high: number): boolean {
  return value >= low && value <= high;
}
