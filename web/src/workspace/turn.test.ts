import { expect, test } from "vitest";
import { Turn } from "./turn.js";

test("what wants the focus in a task out of sight gets it once the worker sees the task, and once only", () => {
  const taken: string[] = [];
  const turn = new Turn(false, () => false);
  turn.focus(() => taken.push("script"));
  turn.once(() => taken.push("stage"));
  turn.focus(() => taken.push("later script"));
  expect(taken).toEqual([]);
  turn.begin();
  turn.begin();
  expect(taken).toEqual(["stage", "later script"]);
  turn.end();
  turn.focus(() => taken.push("again"));
  expect(taken).toHaveLength(2);
  turn.begin();
  expect(taken).toEqual(["stage", "later script", "again"]);
});

test("a document without a page around it, or that the worker works in, is seen; a hidden one is not", () => {
  let taken = 0;
  new Turn(true, () => false).once(() => (taken += 1));
  const foreign = new Turn(false, () => true);
  foreign.focus(() => (taken += 1));
  expect(taken).toBe(2);
  foreign.end();
  foreign.focus(() => (taken += 1));
  expect(taken).toBe(2);
});

test("listeners hear each time that the worker no longer sees the task, until they stop listening", () => {
  let ends = 0;
  const turn = new Turn(true, () => false);
  const stop = turn.onEnd(() => (ends += 1));
  turn.end();
  turn.end();
  expect([ends, turn.isHidden]).toEqual([1, true]);
  turn.begin();
  expect(turn.isHidden).toBe(false);
  turn.end();
  stop();
  turn.begin();
  turn.end();
  expect(ends).toBe(2);
});
