import { expect, test } from "vitest";
import type { Assignment } from "./api.js";
import { TabStorage } from "./tab_storage.js";

function shelf(): Storage {
  const content = new Map<string, string>();
  return {
    getItem: (key: string) => content.get(key) ?? null,
    setItem: (key: string, value: string) => void content.set(key, value),
    removeItem: (key: string) => void content.delete(key),
  } as unknown as Storage;
}

function assignment(state: Assignment["state"], timeSpentSeconds: number): Assignment {
  return { assignmentId: "a1", state, timeSpentSeconds } as Assignment;
}

test("the copy in the tab has priority over an older copy of the server", () => {
  const kept = new TabStorage("bob", shelf());
  kept.put("a1", { state: { boxes: 2 }, timeSpentSeconds: 30 });
  expect(kept.latest(assignment({ boxes: 1 }, 20))).toEqual({ state: { boxes: 2 }, timeSpentSeconds: 30 });
});

test("the server's copy has priority when more time was spent on it", () => {
  const kept = new TabStorage("bob", shelf());
  kept.put("a1", { state: { boxes: 2 }, timeSpentSeconds: 30 });
  expect(kept.latest(assignment({ boxes: 3 }, 50))).toEqual({ state: { boxes: 3 }, timeSpentSeconds: 50 });
});

test("workers cannot see each other's unfinished work", () => {
  const storage = shelf();
  new TabStorage("bob", storage).put("a1", { state: 1, timeSpentSeconds: 1 });
  expect(new TabStorage("carol", storage).get("a1")).toBeNull();
});

test("dropped work is gone", () => {
  const kept = new TabStorage("bob", shelf());
  kept.put("a1", { state: 1, timeSpentSeconds: 1 });
  kept.drop("a1");
  expect(kept.get("a1")).toBeNull();
});

test("with a full storage only the copy is missing", () => {
  const full = { ...shelf(), setItem: () => { throw new Error("QuotaExceededError"); } } as unknown as Storage;
  const kept = new TabStorage("bob", full);
  kept.put("a1", { state: 1, timeSpentSeconds: 1 });
  expect(kept.latest(assignment(null, 0))).toEqual({ state: null, timeSpentSeconds: 0 });
});
