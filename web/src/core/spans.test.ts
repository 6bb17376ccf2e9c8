import { expect, test } from "vitest";
import { inTextOrder, levelsOf, spansAt, type SpanShape } from "./spans.js";

function span(id: string, start: number, end: number, label = "A"): SpanShape {
  return { id, label, start, end };
}

test("the order of the text puts the longer span first", () => {
  const spans = [span("short", 3, 5), span("late", 9, 12), span("long", 3, 9), span("other", 3, 5, "0")];
  expect(inTextOrder(spans).map(({ id }) => id)).toEqual(["long", "other", "short", "late"]);
});

test("spans that overlap get levels, and a level is used again", () => {
  const spans = inTextOrder([span("a", 0, 10), span("b", 2, 4), span("c", 5, 8), span("d", 3, 6), span("e", 10, 12)]);
  const levels = levelsOf(spans);
  expect([...levels].map(([id, { level, depth }]) => [id, level, depth])).toEqual([
    ["a", 0, 3],
    ["b", 1, 3],
    ["d", 2, 3],
    ["c", 1, 3],
    ["e", 0, 1],
  ]);
});

test("the shortest span at a place comes first, and an end is exclusive", () => {
  const spans = [span("long", 0, 10), span("short", 2, 4)];
  expect(spansAt(spans, 3).map(({ id }) => id)).toEqual(["short", "long"]);
  expect(spansAt(spans, 4).map(({ id }) => id)).toEqual(["long"]);
});
