import { expect, test } from "vitest";
import { differences } from "./differences.js";
import type { BoxShape } from "./shapes.js";

function box(id: string, left: number, label = "car", size = 20): BoxShape {
  return { id, label, left, top: 0, width: size, height: size };
}

function found(before: BoxShape[], after: BoxShape[]): unknown {
  const { added, removed, changed } = differences(before, after, (shape) => shape);
  return [added.map(({ id }) => id), removed.map(({ id }) => id), changed.map((pair) => `${pair.before.id}>${pair.after.id}`)];
}

test("equal shapes are no difference, whatever their ids and order", () => {
  expect(found([box("a", 0), box("b", 50)], [box("x", 50), box("y", 0)])).toEqual([[], [], []]);
});

test("a shape that was moved or relabelled is changed, even when it is far away now", () => {
  expect(found([box("a", 0), box("b", 50)], [box("a", 400), box("b", 50, "van")])).toEqual([[], [], ["a>a", "b>b"]]);
});

test("after work was resumed, shapes that overlap belong together; the others are new or gone", () => {
  expect(found([box("a", 0), box("b", 100)], [box("x", 3), box("y", 300)])).toEqual([["y"], ["b"], ["a>x"]]);
});

test("each shape has at most one partner, the one that overlaps most", () => {
  expect(found([box("a", 0)], [box("x", 8), box("y", 2)])).toEqual([["x"], [], ["a>y"]]);
});

test("lists are compared by content", () => {
  const lines = (y: number) => [{ id: `${y}`, label: "a", points: [{ x: 0, y }] }];
  const bounds = (): { left: number; top: number; width: number; height: number } => ({ left: 0, top: 0, width: 0, height: 0 });
  expect(differences(lines(1), lines(1), bounds)).toEqual({ added: [], removed: [], changed: [] });
  expect(differences(lines(1), lines(2), bounds)).toMatchObject({ added: [{ id: "2" }], removed: [{ id: "1" }] });
});
