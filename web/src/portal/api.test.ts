import { expect, test } from "vitest";
import { CallFailed, failureKind, mayWorkLater, sentence, timeoutMs } from "./api.js";

test("a failure's kind shows what a person can do about it", () => {
  expect([401, 404, 409, 400, 413, 415, 429, 500, 503].map(failureKind)).toEqual([
    "signed-out", "over", "over", "refused", "refused", "refused", "broken", "broken", "broken",
  ]);
});

test("only failures that may succeed next time are sent again", () => {
  const kinds = ["unreachable", "broken", "signed-out", "over", "refused"] as const;
  expect(kinds.filter((kind) => mayWorkLater(new CallFailed(kind, "")))).toEqual(["unreachable", "broken"]);
  expect(mayWorkLater(new TypeError())).toBe(false);
});

test("messages become sentences", () => {
  expect([" this task is over ", "Done.", "Really?"].map(sentence)).toEqual(["This task is over.", "Done.", "Really?"]);
});

test("a large answer has time for a slow network", () => {
  expect([timeoutMs(0), timeoutMs(16_000_000)]).toEqual([30_000, 530_000]);
});
