import { describe, expect, test } from "vitest";
import { choiceAmong, NO_CHOICE, parseExclusion, parseOverlay, readChoice } from "./choices.js";

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

describe("an overlay", () => {
  test("boxes have labels, also those that the list of labels lacks", () => {
    const parsed = parseOverlay("{boundingBox: {labels: ['cat'], value: [{label: 'dog', left: 1, top: 2, width: 3, height: 4},]}}");
    const boxes = [{ label: "dog", left: 1, top: 2, width: 3, height: 4 }];
    expect(parsed).toEqual({ ok: true, value: { kind: "boxes", labels: ["cat", "dog"], boxes } });
    expect(parseOverlay("{boundingBox: {labels: [], value: []}}")).toEqual({ ok: true, value: { kind: "boxes", labels: [], boxes: [] } });
  });

  test("masks have the colours of their labels or instances", () => {
    const semantic = "{semanticSegmentation: {labels: ['a'], labelMappings: {a: {color: '#2CA02C'}, b: {color: 'red;'}}, src: '/m'}}";
    expect(parseOverlay(semantic)).toEqual({ ok: true, value: { kind: "mask", src: "/m", colours: [{ label: "a", colour: "#2CA02C" }] } });
    const instances = "{instanceSegmentation: {labels: ['a'], instances: [{color: '#000001', label: 'a'}, {color: '#000002', label: 'a'}], src: '/m'}}";
    const colours = [{ label: "a", colour: "#000001" }, { label: "a", colour: "#000002" }];
    expect(parseOverlay(instances)).toEqual({ ok: true, value: { kind: "mask", src: "/m", colours } });
  });

  test.each([
    ["nonsense", "not readable"],
    ["{}", "without boundingBox"],
    ["{boundingBox: {labels: []}}", "without a list of boxes"],
    ["{boundingBox: {value: [{label: 'a', left: 1}]}}", "box 1 needs"],
    ["{boundingBox: {value: [{left: 1, top: 1, width: 1, height: 1}]}}", "box 1 needs"],
    ["{semanticSegmentation: {labelMappings: {}}}", "without the src"],
  ])("%s is refused", (text, problem) => {
    const parsed = parseOverlay(text);
    expect(parsed.ok ? "" : parsed.problem).toContain(problem);
  });
});
