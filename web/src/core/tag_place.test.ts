import { expect, test } from "vitest";
import { type Tag, tagPlace } from "./tag_place.js";

const STAGE = { width: 400, height: 300 };
const TAG: Tag = { width: 50, height: 18, gap: 0, mustShow: false };
const IMPORTANT: Tag = { ...TAG, mustShow: true };

function box(left: number, top: number, width: number, height: number): { left: number; top: number; width: number; height: number } {
  return { left, top, width, height };
}

test("a tag is above its box", () => {
  expect(tagPlace(box(100, 100, 60, 60), TAG, STAGE, [])).toEqual({ x: 98, y: 82 });
});

test("at the stage's top edge it is inside a large box and below a low one", () => {
  expect(tagPlace(box(100, 5, 60, 90), TAG, STAGE, [])).toEqual({ x: 98, y: 5 });
  expect(tagPlace(box(100, -30, 60, 90), TAG, STAGE, [])).toEqual({ x: 98, y: 0 });
  expect(tagPlace(box(100, 5, 60, 12), TAG, STAGE, [])).toEqual({ x: 98, y: 17 });
});

test("at the stage's right edge it stays in the stage", () => {
  expect(tagPlace(box(390, 100, 60, 60), TAG, STAGE, [])).toEqual({ x: 350, y: 82 });
});

test.each([
  ["left", box(-100, 100, 60, 60)],
  ["right", box(400, 100, 60, 60)],
  ["top", box(100, -60, 60, 60)],
  ["bottom", box(100, 300, 60, 60)],
])("a box out of view at the %s has no tag, not even an important one", (_side, outside) => {
  expect(tagPlace(outside, TAG, STAGE, [])).toBeNull();
  expect(tagPlace(outside, IMPORTANT, STAGE, [])).toBeNull();
});

test("a tag covers no small box: it goes elsewhere, or is left out", () => {
  const above = box(110, 85, 10, 10);
  const below = box(110, 165, 10, 10);
  const low = box(100, 100, 60, 40);
  expect(tagPlace(box(100, 100, 60, 60), TAG, STAGE, [above])).toEqual({ x: 98, y: 100 });
  expect(tagPlace(low, TAG, STAGE, [above])).toEqual({ x: 98, y: 140 });
  expect(tagPlace(low, TAG, STAGE, [above, { ...below, top: 145 }])).toBeNull();
  expect(tagPlace(low, IMPORTANT, STAGE, [above, { ...below, top: 145 }])).toEqual({ x: 98, y: 82 });
});

test("a tag may hide a part of a small box", () => {
  expect(tagPlace(box(100, 100, 60, 60), TAG, STAGE, [box(140, 85, 14, 10)])).toEqual({ x: 98, y: 82 });
});

test("in a stage too low for a place outside, the tag is inside", () => {
  expect(tagPlace(box(10, 2, 40, 20), TAG, { width: 400, height: 24 }, [])).toEqual({ x: 8, y: 2 });
});
