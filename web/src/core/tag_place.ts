/** The place of the tag with a box's label, in view pixels. No DOM. */
import { clamp, type Point, type Size } from "./geometry.js";
import type { Rect } from "./shapes.js";

export interface Tag extends Size {
  /** The distance to the box, for example for its handles. */
  readonly gap: number;
  /** The tag is shown even if it covers a small box. */
  readonly mustShow: boolean;
}

/** A box that is lower than this many tags has no room for a tag inside. */
const ROOMY = 3;

/**
 * The top left corner of a box's tag: above the box, else inside it, else below it.
 *
 * The tag is inside the stage and covers none of the `small` boxes completely. Null when there is no such place, or
 * when nothing of the box is in view: the tags of boxes out of view would pile up at the stage's edge.
 */
export function tagPlace(box: Rect, tag: Tag, stage: Size, small: readonly Rect[]): Point | null {
  if (!isInView(box, stage)) return null;
  const places = candidates(box, tag, stage);
  return places.find((place) => !coversAny({ left: place.x, top: place.y, ...tag }, small)) ?? (tag.mustShow ? (places[0] ?? null) : null);
}

function candidates(box: Rect, tag: Tag, stage: Size): Point[] {
  const x = clamp(box.left - 2, 0, Math.max(0, stage.width - tag.width));
  const top = Math.max(box.top, 0);
  const bottom = Math.min(box.top + box.height, stage.height);
  const tops = [box.top - tag.gap - tag.height, ...(bottom - top >= ROOMY * tag.height ? [top] : []), box.top + box.height + tag.gap];
  const inStage = tops.filter((y) => y >= 0 && y + tag.height <= stage.height);
  return (inStage.length > 0 ? inStage : [top]).map((y) => ({ x, y }));
}

function isInView(box: Rect, stage: Size): boolean {
  return box.left < stage.width && box.top < stage.height && box.left + box.width > 0 && box.top + box.height > 0;
}

function coversAny(tag: Rect, boxes: readonly Rect[]): boolean {
  return boxes.some((box) => covers(tag, box));
}

function covers(tag: Rect, box: Rect): boolean {
  return (
    box.left >= tag.left &&
    box.top >= tag.top &&
    box.left + box.width <= tag.left + tag.width &&
    box.top + box.height <= tag.top + tag.height
  );
}
