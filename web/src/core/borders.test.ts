import { expect, test } from "vitest";
import { borderBetween } from "./borders.js";

const p = (x: number, y: number) => ({ x, y });
const SQUARE = [p(0, 0), p(10, 0), p(10, 10), p(0, 10)];

test("the border of a polygon is followed the shorter way round", () => {
  expect(borderBetween(SQUARE, true, p(5, 0), p(10, 8), 1)).toEqual([p(10, 0)]);
  expect(borderBetween(SQUARE, true, p(10, 8), p(5, 0), 1)).toEqual([p(10, 0)]);
  expect(borderBetween(SQUARE, true, p(0, 3), p(3, 0), 1)).toEqual([p(0, 0)]);
  expect(borderBetween(SQUARE, true, p(1, 0), p(1, 10), 1)).toEqual([p(0, 0), p(0, 10)]);
  expect(borderBetween(SQUARE, true, p(2, 0), p(8, 0), 1)).toEqual([]);
  expect(borderBetween(SQUARE, true, p(8, 0), p(2, 0), 1)).toEqual([]);
});

test("an open path is followed between its ends only", () => {
  expect(borderBetween(SQUARE, false, p(1, 10), p(1, 0), 1)).toEqual([p(10, 10), p(10, 0)]);
  expect(borderBetween(SQUARE, false, p(1, 0), p(1, 10), 1)).toEqual([p(10, 0), p(10, 10)]);
});

test("a place that is not on the path leads nowhere", () => {
  expect(borderBetween(SQUARE, true, p(5, 3), p(10, 8), 1)).toBeNull();
  expect(borderBetween(SQUARE, false, p(0, 5), p(10, 8), 1)).toBeNull();
});
