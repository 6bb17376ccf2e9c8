import { describe, expect, test } from "vitest";
import { choiceAmong, NO_CHOICE, parseExclusion, readChoice } from "./choices.js";

describe("the exclusion category", () => {
  test("it is an object with a text, or the text", () => {
    expect(parseExclusion("{ text: 'None' }")).toEqual({ ok: true, value: "None" });
    expect(parseExclusion("'None'")).toEqual({ ok: true, value: "None" });
    for (const bad of ["{}", "{ text: ' ' }", "None", "['a']"]) expect(parseExclusion(bad).ok).toBe(false);
  });
});

describe("a saved choice", () => {
  test("it is read again", () => {
    const choice = { chosen: ["Cat"], none: false, comment: "blurred" };
    expect(readChoice(JSON.parse(JSON.stringify(choice)))).toEqual(choice);
  });

  test("anything else is no choice", () => {
    for (const bad of [null, 3, [], "x", { chosen: "Cat" }, { chosen: [1], none: 1, comment: 2 }]) expect(readChoice(bad)).toEqual(NO_CHOICE);
  });

  test("labels that are no longer there are left out", () => {
    const choice = { chosen: ["Cat", "Dog"], none: false, comment: "x" };
    expect(choiceAmong(choice, ["Dog", "Cow"])).toEqual({ ...choice, chosen: ["Dog"] });
    expect(choiceAmong(choice, ["Dog", "Cat"])).toBe(choice);
  });
});
