import { expect, test } from "vitest";
import { makeShape, type PathShape } from "../core/shapes.js";
import { KEYPOINT_RULES, LINE_RULES, type PathRules, POLYGON_RULES } from "../tools/path_rules.js";
import { pathDifferences } from "./path_differences.js";

function path(label: string, ...places: readonly (readonly [number, number])[]): PathShape {
  return makeShape<PathShape>(label, { vertices: places.map(([x, y]) => ({ x, y })) });
}

function counts(rules: PathRules, before: PathShape[], after: PathShape[]): number[] {
  const { added, removed, changed } = pathDifferences(rules, before, after);
  return [added.length, removed.length, changed.length];
}

test("a key point that was moved is changed, also after work was resumed; one with another label is new", () => {
  expect(counts(KEYPOINT_RULES, [path("eye", [10, 10])], [path("eye", [300, 200])])).toEqual([0, 0, 1]);
  expect(counts(KEYPOINT_RULES, [path("eye", [10, 10])], [path("nose", [10, 10])])).toEqual([1, 1, 0]);
  const two = pathDifferences(KEYPOINT_RULES, [path("eye", [10, 10])], [path("eye", [90, 10]), path("eye", [12, 10])]);
  expect(two.changed[0]?.after.vertices).toEqual([{ x: 12, y: 10 }]);
});

test("an upright line that was moved a little is changed, one far away is another line", () => {
  const line = path("lane", [100, 0], [100, 200]);
  expect(counts(LINE_RULES, [line], [path("lane", [106, 0], [106, 200])])).toEqual([0, 0, 1]);
  expect(counts(LINE_RULES, [line], [path("lane", [300, 0], [300, 200])])).toEqual([1, 1, 0]);
  expect(counts(LINE_RULES, [line], [path("lane", [100, 0], [100, 200])])).toEqual([0, 0, 0]);
});

test("polygons that overlap belong together", () => {
  const before = [path("a", [0, 0], [100, 0], [100, 100])];
  expect(counts(POLYGON_RULES, before, [path("a", [0, 0], [104, 0], [100, 100])])).toEqual([0, 0, 1]);
});
