import { expect, test } from "vitest";
import { Preferences } from "./preferences.js";

test("a choice is passed on together with the earlier ones, also those of earlier tasks", () => {
  const changes: unknown[] = [];
  const preferences = new Preferences((chosen) => changes.push(chosen));
  expect(preferences.restore({ label: "Cat", toolOptions: { snap: false } })).toEqual({ label: "Cat", toolOptions: { snap: false } });
  preferences.add({ showsInstructions: false });
  preferences.add({ label: "Dog" });
  expect(changes).toEqual([
    { label: "Cat", showsInstructions: false, toolOptions: { snap: false } },
    { label: "Dog", showsInstructions: false, toolOptions: { snap: false } },
  ]);
});

test.each([null, undefined, "text", [], { label: 7, showsInstructions: "yes", toolOptions: { snap: 1 }, other: 1 }])("of %o nothing is restored", (saved) => {
  const preferences = new Preferences(() => {});
  expect(preferences.restore(saved)).toEqual({});
});
