import { expect, test } from "vitest";
import { viewBoxSize } from "./sized_svg.js";

test("the size of a viewBox is its last two numbers, as whole pixels", () => {
  expect(viewBoxSize("0 0 640 480")).toEqual({ width: 640, height: 480 });
  expect(viewBoxSize(" -10,-10 , 99.6\n0.2 ")).toEqual({ width: 100, height: 1 });
});

test.each(["", "0 0 640", "0 0 640 480 1", "0 0 0 480", "0 0 640 -1", "0 0 a b", "0 0 Infinity 1"])("%j is no viewBox", (value) => {
  expect(viewBoxSize(value)).toBeNull();
});
