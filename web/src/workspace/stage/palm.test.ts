import { expect, test } from "vitest";
import { PalmRejection } from "./palm.js";

test("a touch while a pen is near, or was a moment ago, is the hand's until it is lifted", () => {
  let now = 0;
  const palm = new PalmRejection(() => now);
  const rejects = (pointerType: string, type: string, pointerId: number): boolean => palm.rejects({ pointerType, type, pointerId });
  expect(rejects("touch", "pointerdown", 1)).toBe(false);
  expect(rejects("pen", "pointermove", 9)).toBe(false);
  expect(rejects("touch", "pointermove", 1)).toBe(false);
  now = 400;
  expect(rejects("touch", "pointerdown", 2)).toBe(true);
  now = 5000;
  expect(rejects("touch", "pointermove", 2)).toBe(true);
  expect(rejects("touch", "pointerup", 2)).toBe(true);
  expect(rejects("touch", "pointerdown", 2)).toBe(false);
  expect(rejects("mouse", "pointerdown", 3)).toBe(false);
});
