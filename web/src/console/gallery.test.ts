import { expect, test } from "vitest";
import { windowOf } from "./gallery.js";

test("the page holds whole rows around the window, at the beginning, in the middle and at the end", () => {
  expect(windowOf(-300, 800, 200, 6, 100_000)).toEqual({ first: 0, last: 42 });
  expect(windowOf(20_000, 800, 200, 6, 100_000)).toEqual({ first: 576, last: 648 });
  expect(windowOf(9_999_999, 800, 200, 6, 100_000)).toEqual({ first: 99_996, last: 100_000 });
  expect(windowOf(0, 800, 200, 1, 3)).toEqual({ first: 0, last: 3 });
});
