import { beforeEach, expect, test } from "vitest";
import { Preferences } from "./preferences.js";

let stored: Map<string, string>;

beforeEach(() => {
  stored = new Map();
});

function preferences(worker = "w1"): Preferences {
  return new Preferences(worker, () => ({
    getItem: (key) => stored.get(key) ?? null,
    setItem: (key, value) => void stored.set(key, value),
  }));
}

test("choices are kept by worker, job and field", () => {
  preferences().put("cats", "boxes", { label: "Cat" });
  preferences().put("cats", "more", { label: "Dog" });
  preferences().put("cats", "boxes", { label: "Cow" });
  expect(preferences().of("cats")).toEqual({ boxes: { label: "Cow" }, more: { label: "Dog" } });
  expect(preferences().of("dogs")).toEqual({});
  expect(preferences("w2").of("cats")).toEqual({});
});

test("the choices of the fifty jobs used last are kept", () => {
  for (let job = 0; job < 50; job += 1) preferences().put(`job ${job}`, "boxes", job);
  preferences().put("job 0", "boxes", 0);
  preferences().put("job 50", "boxes", 50);
  expect(preferences().of("job 0")).toEqual({ boxes: 0 });
  expect(preferences().of("job 1")).toEqual({});
  expect(preferences().of("job 2")).toEqual({ boxes: 2 });
});

test("choices that are too large are not kept, and leave the earlier ones as they are", () => {
  preferences().put("cats", "boxes", "small");
  preferences().put("cats", "boxes", "x".repeat(8000));
  for (let field = 0; field < 40; field += 1) preferences().put("cats", `field ${field}`, "much text ".repeat(40));
  expect(preferences().of("cats")["boxes"]).toBe("small");
  expect([...stored.values()].join("").length).toBeLessThan(8100);
});

test.each(["no JSON", "null", "{}", "[1, null, [2], [\"cats\"]]"])("%s in the storage counts as no choices", (text) => {
  stored.set("trigpoint.preferences.w1", text);
  expect(preferences().of("cats")).toEqual({});
  preferences().put("cats", "boxes", 1);
  expect(preferences().of("cats")).toEqual({ boxes: 1 });
});

test("without a storage nothing fails", () => {
  const forbidden = new Preferences("w1", () => { throw new Error("SecurityError"); });
  forbidden.put("cats", "boxes", 1);
  expect(forbidden.of("cats")).toEqual({});
});

test("what a field keeps for all jobs is there in each of them, and stays when jobs are dropped", () => {
  preferences().put("cats", "*", { keys: { undo: ["U"] } });
  for (let number = 0; number < 60; number += 1) preferences().put(`job-${number}`, "boxes", { label: "Cat" });
  expect(preferences().of("dogs")).toEqual({ "*": { keys: { undo: ["U"] } } });
  expect(preferences().of("job-59")).toEqual({ "*": { keys: { undo: ["U"] } }, boxes: { label: "Cat" } });
});

test("keys from another machine are taken over where this browser has none", () => {
  preferences().adopt("cats", { "*": { keys: { undo: ["U"] } }, boxes: "Cat" });
  expect(preferences().of("dogs")).toEqual({ "*": { keys: { undo: ["U"] } } });
  preferences().adopt("cats", { "*": { keys: { undo: ["V"] } } });
  expect(preferences().of("cats")).toEqual({ "*": { keys: { undo: ["U"] } }, boxes: "Cat" });
});

test("a template can keep nothing but keys for all jobs, and only for its own job what fits", () => {
  preferences().put("cats", "*", { keys: { undo: ["U"], redo: "all" }, boxes: { label: "Dog" } });
  expect(preferences().of("dogs")).toEqual({ "*": { keys: { undo: ["U"] } } });
  for (const odd of [null, "text", 1, [], { keys: [1] }]) preferences().put("cats", "*", odd);
  expect(preferences().of("dogs")).toEqual({ "*": { keys: {} } });
  for (let field = 0; field < 200; field += 1) preferences().put("cats", `f${field}`, 1);
  expect(Object.keys(preferences().of("cats")).length).toBe(101);
  preferences().put("cats", "f1", "한".repeat(3000));
  expect(preferences().of("cats")["f1"]).toBe(1);
  stored.set("trigpoint.preferences.w1", JSON.stringify([["*", { "*": { keys: {}, boxes: 1 } }], ["dogs", { "*": 5 }]]));
  expect(preferences().of("dogs")).toEqual({ "*": { keys: {} } });
});
