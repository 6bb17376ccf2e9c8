import { describe, expect, test } from "vitest";
import { IndexedText } from "../core/indexed_text.js";
import { readEntityLabels } from "./entity_labels.js";
import { readSpans, readState, writeAnswer, writeState } from "./spans.js";

const TEXT = new IndexedText("👋 Bob met Zoe\u0301.");
const LABELS = ["person", "date"];

describe("spans", () => {
  test("offsets of the initial value are code points, and come back as they were", () => {
    const value = [
      { label: "person", startOffset: 10, endOffset: 14 },
      { label: "person", startOffset: "2", endOffset: "5" },
    ];
    const { shapes, failures } = readSpans(value, LABELS, TEXT);
    expect(failures).toEqual([]);
    expect(shapes.map(({ start, end }) => TEXT.text.slice(start, end))).toEqual(["Zoe\u0301", "Bob"]);
    expect(writeAnswer(shapes, TEXT, null)).toEqual({
      entities: [
        { endOffset: 5, label: "person", startOffset: 2 },
        { endOffset: 14, label: "person", startOffset: 10 },
      ],
    });
  });

  test("an answer says whether the initial value was changed, in whatever order", () => {
    const { shapes } = readSpans([{ label: "date", startOffset: 0, endOffset: 1 }, { label: "person", startOffset: 2, endOffset: 5 }], LABELS, TEXT);
    expect(writeAnswer([...shapes].reverse(), TEXT, shapes).initialValueModified).toBe(false);
    expect(writeAnswer(shapes.slice(1), TEXT, shapes).initialValueModified).toBe(true);
  });

  test.each([
    [{ label: "person", startOffset: 2, endOffset: 16 }, "entity 1: it ends at 16, after the end of the text"],
    [{ label: "person", startOffset: 5, endOffset: 5 }, "entity 1: it begins at 5 and ends at 5"],
    [{ label: "person", startOffset: -1, endOffset: 5 }, "entity 1: it begins at -1 and ends at 5"],
    [{ label: "person", startOffset: 0.5, endOffset: 5 }, "entity 1: its startOffset is not a whole number"],
    [{ label: "person", startOffset: 0 }, "entity 1: its endOffset is not a whole number"],
    [{ label: "city", startOffset: 0, endOffset: 1 }, 'entity 1: its label "city" is not one of person, date'],
    [7, "entity 1: not an object"],
  ])("the entity %j is left out", (entry, failure) => {
    expect(readSpans([entry], LABELS, TEXT)).toEqual({ shapes: [], failures: [failure] });
  });

  test("a state comes back, and the mark only without entities", () => {
    const { shapes } = readSpans([{ label: "date", startOffset: 0, endOffset: 1 }], LABELS, TEXT);
    const back = readState(JSON.parse(JSON.stringify(writeState(shapes, TEXT, true))), LABELS, TEXT);
    expect(back.shapes.map(({ label, start, end }) => [label, start, end])).toEqual([["date", 0, 2]]);
    expect(back.nothingToLabel).toBe(false);
    expect(readState({ nothingToLabel: true }, LABELS, TEXT).nothingToLabel).toBe(true);
    expect(readState("x", LABELS, TEXT).shapes).toEqual([]);
  });
});

describe("labels", () => {
  test("have a short and a long name, with either spelling of the long one", () => {
    const text = "[{'label': 'person', 'shortDisplayName': 'per', 'fullDisplayName': 'A person'}, {label: 'date', longDisplayName: 'A date'}, 'city', 7, 'city']";
    expect(readEntityLabels(text)).toEqual({
      ok: true,
      value: [
        { label: "person", short: "per", long: "A person" },
        { label: "date", short: "date", long: "A date" },
        { label: "city", short: "city", long: "city" },
        { label: "7", short: "7", long: "7" },
      ],
    });
  });

  test("may have a colour", () => {
    const parsed = readEntityLabels("[{label: 'a', color: '#F00'}, {label: 'b', color: 'red; x'}]");
    expect(parsed.ok && parsed.value.map(({ colour }) => colour)).toEqual(["#ff0000", undefined]);
  });

  test("are refused with the place of the entry", () => {
    expect(readEntityLabels(["a", {}])).toEqual({ ok: false, problem: "not all labels: entry 2 has no label" });
    expect(readEntityLabels("{}")).toEqual({ ok: false, problem: "not a list of labels such as [{'label': 'person'}]" });
  });
});
