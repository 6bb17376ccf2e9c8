import { expect, test } from "vitest";
import { canvasSize } from "./script_canvas.js";

test("the canvas for scripts has the pixels of the image, so that their coordinates fit", () => {
  expect(canvasSize(800, 533)).toEqual({ width: 800, height: 533 });
  expect(canvasSize(4096, 10)).toEqual({ width: 4096, height: 10 });
});

test("over a large image it has the image's form, with fewer pixels", () => {
  expect(canvasSize(16_384, 4096)).toEqual({ width: 4096, height: 1024 });
  expect(canvasSize(3000, 9000)).toEqual({ width: 1365, height: 4096 });
});

test("it is there before the image is, without a size", () => {
  expect(canvasSize(0, 0)).toEqual({ width: 0, height: 0 });
});
