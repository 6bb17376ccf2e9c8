import { expect, test } from "vitest";
import { Traffic, WINDOW_MS } from "./traffic.js";

/** Whether so many messages are too much that come at equal distances and take this long each. */
function isTooMuch(count: number, everyMs: number, takesMs: number): boolean {
  const traffic = new Traffic();
  return Array.from({ length: count }, (_, k) => traffic.handled(k * everyMs, k * everyMs + takesMs)).includes(true);
}

test("a drag, a slow stroke now and then, and a long day are not too much", () => {
  expect(isTooMuch(120 * 60, 1000 / 120, 1)).toBe(false);
  expect(isTooMuch(100, 700, 500)).toBe(false);
  expect(isTooMuch(5000, WINDOW_MS, 100)).toBe(false);
});

test("hundreds of messages at once are too much, and so are few that leave the page no time", () => {
  expect(isTooMuch(501, 0.01, 0.01)).toBe(true);
  expect(isTooMuch(200, 60, 58)).toBe(true);
  expect(isTooMuch(3, 20_000, 6000)).toBe(true);
});
