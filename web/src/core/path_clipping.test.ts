import { expect, test } from "vitest";
import { areaOf, pathBounds } from "./paths.js";
import { clippedChain, clippedPoint, clippedRing } from "./path_clipping.js";

const IMAGE = { width: 100, height: 50 };

test("the part of a polygon inside the image is kept, in whole pixels", () => {
  const inside = [{ x: 10.4, y: 10.6 }, { x: 50, y: 10 }, { x: 30, y: 40 }];
  expect(clippedRing(inside, IMAGE)).toEqual([{ x: 10, y: 11 }, { x: 50, y: 10 }, { x: 30, y: 40 }]);
  // A triangle around a corner loses it in a straight cut, not by moved points.
  const corner = clippedRing([{ x: 80, y: -20 }, { x: 140, y: 25 }, { x: 80, y: 25 }], IMAGE);
  expect(pathBounds(corner)).toEqual({ left: 80, top: 0, width: 20, height: 25 });
  expect(areaOf(corner)).toBe(500);
  expect(clippedRing([{ x: -9, y: -9 }, { x: 900, y: -9 }, { x: 900, y: 900 }, { x: -9, y: 900 }], IMAGE)).toHaveLength(4);
  expect(clippedRing([{ x: -30, y: 0 }, { x: -10, y: 0 }, { x: -20, y: 40 }], IMAGE)).toEqual([]);
});

test("the part of a polyline inside the image is kept", () => {
  expect(clippedChain([{ x: -50, y: 0 }, { x: 50, y: 25 }], IMAGE)).toEqual([{ x: 0, y: 13 }, { x: 50, y: 25 }]);
  expect(clippedChain([{ x: -50, y: 25 }, { x: 150, y: 25 }], IMAGE)).toEqual([{ x: 0, y: 25 }, { x: 100, y: 25 }]);
  expect(clippedChain([{ x: -50, y: 25 }, { x: -10, y: 90 }], IMAGE)).toEqual([]);
  // Out and back: one polyline, joined along the way.
  const out = clippedChain([{ x: 90, y: 10 }, { x: 110, y: 20 }, { x: 90, y: 30 }], IMAGE);
  expect(out).toEqual([{ x: 90, y: 10 }, { x: 100, y: 15 }, { x: 100, y: 25 }, { x: 90, y: 30 }]);
});

test("a point outside the image is left out, and the last pixel is one less than the width", () => {
  expect(clippedPoint([{ x: 99.6, y: 50 }], IMAGE)).toEqual([{ x: 99, y: 49 }]);
  expect(clippedPoint([{ x: 101, y: 5 }], IMAGE)).toEqual([]);
});
