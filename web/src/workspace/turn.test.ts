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
