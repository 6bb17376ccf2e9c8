import { expect, test } from "vitest";
import { numberFrom, onStep, rangeOf, shareOf } from "./range.js";

test("wrong attributes count as missing", () => {
  expect(rangeOf(NaN, NaN, NaN)).toEqual({ min: 0, max: 100, step: 1 });
  expect(rangeOf(5, 1, -2)).toEqual({ min: 5, max: 5, step: 1 });
});

test("a value is moved to the nearest step between the ends", () => {
  const range = rangeOf(1, 5, 0.1);
  expect([0, 1.04, 1.06, 3.2999999, 9].map((value) => onStep(value, range))).toEqual([1, 1, 1.1, 3.3, 5]);
  expect(onStep(0.30000000000000004, rangeOf(0, 1, 0.1))).toBe(0.3);
});

test("the last step is not beyond the maximum", () => {
  expect(onStep(10, rangeOf(0, 10, 3))).toBe(9);
  expect(onStep(1, rangeOf(0, 1, 0.1))).toBe(1);
});

test("steps may be smaller than the digits that a number is written with", () => {
  expect(onStep(3e-7, rangeOf(0, 1e-6, 1e-7))).toBe(3e-7);
});

test("a share is between 0 and 1, also for a range of one number", () => {
  const range = rangeOf(1, 5, 1);
  expect([0, 1, 3, 5, 9].map((value) => shareOf(value, range))).toEqual([0, 0, 0.5, 1, 1]);
  expect(shareOf(2, rangeOf(2, 2, 1))).toBe(0);
});

test("only finite numbers and their texts are numbers", () => {
  expect(["3", 4, " 5 ", "", null, undefined, "x", NaN, Infinity, true].map(numberFrom)).toEqual([
    3, 4, 5, null, null, null, null, null, null, null,
  ]);
});
