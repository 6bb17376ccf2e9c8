import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { DraftKeeping, LARGE_CHARACTERS, LARGE_KEPT_AFTER_MS } from "./draft_keeping.js";
import type { Draft } from "./drafts.js";

const LARGE = LARGE_CHARACTERS + 1;
let written: string[];
let takes: boolean;
let keeping: DraftKeeping;
let sitting: { isOver: boolean; isOutdated: boolean; isKeptHere: boolean };

beforeEach(() => {
  vi.useFakeTimers();
  [written, takes, sitting] = [[], true, { isOver: false, isOutdated: false, isKeptHere: true }];
  keeping = new DraftKeeping({
    keep: (key, { version }) => {
      written.push(`${key} ${version}`);
      return takes;
    },
  });
});

afterEach(() => void vi.useRealTimers());

function keep(version: string, characters: number, key = "cats.1"): void {
  keeping.keep(sitting, key, { version } as Draft, characters);
}

test("small drafts are written at once, each of them", () => {
  keep("a", 10);
  keep("b", LARGE_CHARACTERS);
  expect(written).toEqual(["cats.1 a", "cats.1 b"]);
});

test("of large drafts the last one is written, at the latest five seconds after the first", () => {
  keep("a", LARGE);
  vi.advanceTimersByTime(LARGE_KEPT_AFTER_MS - 1);
  keep("b", LARGE);
  expect(written).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(written).toEqual(["cats.1 b"]);
  vi.advanceTimersByTime(60_000);
  expect(written.length).toBe(1);
});

test("a large draft is written before the page goes away, and not again", () => {
  keep("a", LARGE);
  keeping.keepNow();
  vi.advanceTimersByTime(60_000);
  expect(written).toEqual(["cats.1 a"]);
});

test("a small draft replaces a large one that waits, and another task's draft does not", () => {
  keep("a", LARGE);
  keep("b", 10);
  keep("c", LARGE);
  keep("d", 10, "cats.2");
  expect(written).toEqual(["cats.1 b", "cats.1 c", "cats.2 d"]);
});

test("what the server has, what another tab has overtaken, and the work on a task that is over, is not written", () => {
  keep("a", LARGE);
  keeping.confirm("a");
  keep("b", LARGE);
  keeping.confirm("a");
  sitting.isOutdated = true;
  vi.advanceTimersByTime(60_000);
  sitting.isOutdated = false;
  keep("c", LARGE);
  sitting.isOver = true;
  vi.advanceTimersByTime(60_000);
  expect(written).toEqual([]);
});

test("a storage that is full is reported when the draft is written", () => {
  takes = false;
  keep("a", LARGE);
  keeping.keepNow();
  expect(sitting.isKeptHere).toBe(false);
});
