import { describe, expect, test } from "vitest";
import { choiceValue, mergeAnswer, textValue } from "./answer.js";
import { clipBoxes, readBoxes, readState, writeAnswer, writeState } from "./bounding_box.js";
import { parseLabels, parseRelaxedJson } from "./relaxed_json.js";

const IMAGE = { width: 800, height: 533 };
const DOG = { height: 401, label: "Dog", left: 243, top: 117, width: 187 };

describe("relaxed JSON", () => {
  test.each([
    ["['Cat', 'Dog']", ["Cat", "Dog"]],
    ['["Cat", "Dog",]', ["Cat", "Dog"]],
    ['[{label: "bird", left: 3,}] // boxes', ["bird"]],
    ["[1, 2]", ["1", "2"]],
    ["['a', 'a', 'b']", ["a", "b"]],
  ])("labels %s", (text, expected) => {
    expect(parseLabels(text)).toEqual({ ok: true, value: expected });
  });

  test.each(["", "Cat, Dog", "[", "{}", "[]", "[null]", "['']"])("labels %o are refused with a reason", (text) => {
    const parsed = parseLabels(text);
    expect(parsed.ok).toBe(false);
    expect(parsed).toHaveProperty("problem", expect.stringMatching(/./));
  });

  test("objects with bare keys and comments", () => {
    expect(parseRelaxedJson("{ text: 'None', /* all */ }")).toEqual({ ok: true, value: { text: "None" } });
  });
});

describe("bounding boxes", () => {
  test("the answer has Ground Truth's shape and order", () => {
    const { shapes: boxes } = readBoxes([DOG], ["Dog"]);
    expect(JSON.stringify(writeAnswer(boxes, IMAGE, null))).toBe(
      '{"boundingBoxes":[{"height":401,"label":"Dog","left":243,"top":117,"width":187}],' +
        '"inputImageProperties":{"height":533,"width":800}}',
    );
  });

  test("initialValueModified compares the boxes, not their order", () => {
    const { shapes: boxes } = readBoxes([DOG, { ...DOG, left: 1 }], ["Dog"]);
    expect(writeAnswer(boxes, IMAGE, boxes).initialValueModified).toBe(false);
    expect(writeAnswer([...boxes].reverse(), IMAGE, boxes).initialValueModified).toBe(false);
    expect(writeAnswer(boxes.slice(1), IMAGE, boxes).initialValueModified).toBe(true);
    expect(writeAnswer(boxes, IMAGE, null)).not.toHaveProperty("initialValueModified");
  });

  test("a model's confidence is read, and is not part of the answer", () => {
    const { shapes } = readBoxes([{ ...DOG, confidence: 0.87 }, { ...DOG, confidence: 87 }, DOG], ["Dog"]);
    expect(shapes.map(({ confidence }) => confidence)).toEqual([0.87, undefined, undefined]);
    const saved = readState(JSON.parse(JSON.stringify(writeState(shapes, false))), ["Dog"]);
    expect(saved.shapes.map(({ confidence }) => confidence)).toEqual([0.87, undefined, undefined]);
    expect(writeAnswer(shapes, IMAGE, shapes)).toMatchObject({ boundingBoxes: [DOG, DOG, DOG], initialValueModified: false });
  });

  test("entries that cannot be read are left out and named", () => {
    const read = readBoxes([DOG, { ...DOG, label: "Cow" }, { ...DOG, left: "12" }, { ...DOG, top: null }, 7], ["Dog"]);
    expect(read.shapes.map((box) => box.left)).toEqual([243, 12]);
    expect(read.failures).toEqual([
      'box 2: its label "Cow" is not one of Dog',
      "box 4: its top is not a number",
      "box 5: not an object",
    ]);
    expect(readBoxes({ a: 1 }, ["Dog"]).failures).toEqual(["the boxes are not a list"]);
  });

  test("boxes over the edge are cut, boxes outside are left out", () => {
    const { shapes: boxes } = readBoxes([{ ...DOG, left: 700.4 }, { ...DOG, left: 900 }], ["Dog"]);
    expect(clipBoxes(boxes, IMAGE).map(({ left, width }) => [left, width])).toEqual([[700, 100]]);
  });

  test("a saved state is restored, and anything else is an empty state", () => {
    const { shapes: boxes } = readBoxes([DOG], ["Dog"]);
    const saved: unknown = JSON.parse(JSON.stringify(writeState(boxes, false)));
    expect(readState(saved, ["Dog"]).shapes).toMatchObject([DOG]);
    expect(readState({ boxes: [], nothingToLabel: true }, ["Dog"])).toMatchObject({ shapes: [], nothingToLabel: true });
    for (const nonsense of [null, 3, "x", [], { boxes: "y" }]) {
      expect(readState(nonsense, ["Dog"])).toMatchObject({ shapes: [], nothingToLabel: false });
    }
  });
});

describe("form answers", () => {
  test("choices of one name merge, empty texts and unnamed fields are left out", () => {
    const answer = mergeAnswer([
      { name: "animals", value: choiceValue("cat", true) },
      { name: "animals", value: choiceValue("", false) },
      { name: "comment", value: textValue("") },
      { name: "", value: "ignored" },
      { name: "title", value: textValue("first") },
      { name: "title", value: textValue("second") },
    ]);
    expect(answer).toEqual({ animals: { cat: true, on: false }, title: "second" });
  });
});
