import { expect, test } from "vitest";
import type { BoxShape } from "../core/shapes.js";
import { ShapeSearch } from "./shape_search.js";

const BOXES: readonly BoxShape[] = [
  { id: "drawn", label: "Van", left: 0, top: 0, width: 5, height: 5 },
  { id: "sure", label: "Car", left: 0, top: 0, width: 9, height: 9, confidence: 0.9 },
  { id: "unsure", label: "Bus", left: 0, top: 0, width: 1, height: 1, confidence: 0.2 },
];

test.each([
  ["drawn", ["drawn", "sure", "unsure"]],
  ["label", ["unsure", "sure", "drawn"]],
  ["size", ["sure", "drawn", "unsure"]],
  ["confidence", ["unsure", "sure", "drawn"]],
] as const)("the order %s", (order, expected) => {
  const search = new ShapeSearch<BoxShape>((box) => box, () => {});
  search.sort(order);
  expect(search.found(BOXES).map(({ id }) => id)).toEqual(expected);
});
