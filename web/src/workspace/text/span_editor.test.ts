import { beforeEach, describe, expect, test } from "vitest";
import { type Extent, IndexedText } from "../../core/indexed_text.js";
import { SpanEditor } from "./span_editor.js";

const TEXT = "Bob Smith met Zoe in Paris.";
const LABELS = ["person", "city", "date"].map((label) => ({ label, short: label.slice(0, 3), long: label.toUpperCase() }));

let said: string[];
let warned: string[];
let editor: SpanEditor;

beforeEach(() => {
  said = [];
  warned = [];
  editor = new SpanEditor({
    update: () => {},
    reveal: () => {},
    selectionChanged: () => {},
    labelChosen: () => {},
    announce: (text) => said.push(text),
    warn: (text) => warned.push(text),
    offerUndo: (text) => warned.push(text),
  });
  editor.text = new IndexedText(TEXT);
  editor.labels = LABELS;
});

function at(part: string): Extent {
  const start = TEXT.indexOf(part);
  return { start, end: start + part.length };
}

function marks(): [string, string][] {
  return editor.spans.map(({ start, end, label }) => [TEXT.slice(start, end), label]);
}

function add(part: string, label: number): void {
  editor.mark(at(part));
  editor.chooseLabelAt(label);
}

describe("marking", () => {
  test("a mark gets the chosen label, in whole words", () => {
    editor.mark(at("ob Sm"));
    expect(editor.labelMarked()).toBe(true);
    expect(marks()).toEqual([["Bob Smith", "person"]]);
    expect(editor.marked).toBeNull();
    expect(said.at(-1)).toBe("Bob Smith is PERSON");
  });

  test("without whole words it is exact", () => {
    editor.wholeWords = false;
    editor.mark(at("ob Sm"));
    editor.labelMarked();
    expect(marks()).toEqual([["ob Sm", "person"]]);
  });

  test("a label chosen for a mark is for the next ones too", () => {
    add("Paris", 1);
    editor.mark(at("Zoe"));
    editor.labelMarked();
    expect(marks()).toEqual([["Zoe", "city"], ["Paris", "city"]]);
  });

  test("the same part may have several labels, but each only once", () => {
    add("Zoe", 0);
    add("Zoe", 1);
    add("Zoe", 0);
    expect(marks()).toEqual([["Zoe", "city"], ["Zoe", "person"]]);
    expect(editor.selection.shape?.label).toBe("person");
  });

  test("white space alone is no mark", () => {
    editor.mark(at(" "));
    expect(editor.marked).toBeNull();
    expect(editor.labelMarked()).toBe(false);
  });

  test("moving the caret with Shift extends the mark in both directions", () => {
    editor.moveCaret(12, false);
    editor.moveCaret(15, true);
    expect(TEXT.slice(editor.marked?.start, editor.marked?.end)).toBe("met Zoe");
    editor.moveCaret(5, true);
    expect(TEXT.slice(editor.marked?.start, editor.marked?.end)).toBe("Smith met");
    editor.moveCaret(0, false);
    expect(editor.marked).toBeNull();
  });
});

describe("labels", () => {
  test("after a span was added, a digit is for the next one; after it was selected, for this one", () => {
    add("Bob", 0);
    editor.chooseLabelAt(2);
    expect(marks()).toEqual([["Bob", "person"]]);
    editor.cycle(-1);
    editor.cycle(1);
    editor.chooseLabelAt(1);
    expect(marks()).toEqual([["Bob", "city"]]);
    expect(editor.chooseLabelAt(7)).toBe(false);
  });

  test("a label that is given up lets the worker mark first and label then", () => {
    editor.toggleLabel("person");
    expect(editor.chosenLabel).toBe("");
    editor.mark(at("Zoe"));
    editor.labelMarked();
    expect(marks()).toEqual([]);
    editor.chooseLabelAt(1);
    editor.chooseLabelAt(2);
    expect(marks()).toEqual([["Zoe", "date"]]);
    expect(editor.chosenLabel).toBe("");
  });

  test("a relabelled span does not become a twin of another one", () => {
    add("Zoe", 0);
    add("Zoe", 1);
    editor.pick(editor.spans[0] as (typeof editor.spans)[0]);
    editor.chooseLabelAt(0);
    expect(marks()).toEqual([["Zoe", "city"], ["Zoe", "person"]]);
    expect(warned).toEqual(["This part is already marked as PERSON"]);
  });

  test("the label of an earlier task is chosen again, if the task has it", () => {
    editor.preferLabel("date");
    expect(editor.chosenLabel).toBe("date");
    editor.preferLabel("unknown");
    expect(editor.chosenLabel).toBe("person");
    editor.preferLabel("");
    expect(editor.chosenLabel).toBe("");
  });
});

describe("spans", () => {
  beforeEach(() => {
    add("Bob", 0);
    add("Zoe", 0);
    add("Paris", 1);
  });

  test("next and previous go in the order of the text, from the caret, and past the end to none", () => {
    editor.moveCaret(TEXT.indexOf("met"), false);
    expect([editor.cycle(1), editor.quote(editor.selection.shape as Extent)]).toEqual([true, "Zoe"]);
    expect([editor.cycle(1), editor.quote(editor.selection.shape as Extent)]).toEqual([true, "Paris"]);
    expect([editor.cycle(1), editor.selection.id]).toEqual([false, null]);
    expect(said.at(-1)).toBe("CITY: Paris, entity 3 of 3");
  });

  test("ends move by words, or by characters, and never past each other", () => {
    editor.pick(editor.spans[0] as (typeof editor.spans)[0]);
    editor.stepEnd("end", 1);
    editor.stepEnd("end", 1);
    expect(marks()[0]?.[0]).toBe("Bob Smith met");
    editor.stepEnd("start", 1);
    expect(marks()[0]?.[0]).toBe("Smith met");
    editor.stepEnd("end", -1);
    editor.stepEnd("end", -1);
    editor.stepEnd("start", 1);
    expect(marks()[0]?.[0]).toBe("Smith");
    editor.wholeWords = false;
    editor.stepEnd("end", -1);
    editor.stepEnd("start", -1);
    expect(marks()[0]?.[0]).toBe("b Smit");
  });

  test("a dragged end is shown at once and is one step of undo", () => {
    const [bob] = editor.spans;
    editor.previewEnd(bob as NonNullable<typeof bob>, "end", 5);
    editor.previewEnd(bob as NonNullable<typeof bob>, "end", 11);
    expect(editor.quote(editor.preview as Extent)).toBe("Bob Smith met");
    expect(marks()[0]?.[0]).toBe("Bob");
    editor.finishChange();
    expect(marks()[0]?.[0]).toBe("Bob Smith met");
    editor.undo();
    expect(marks()[0]?.[0]).toBe("Bob");
  });

  test("are removed, and come back", () => {
    editor.pick(editor.spans[1] as (typeof editor.spans)[0]);
    expect(editor.removeSelected()).toBe(true);
    expect(editor.removeSelected()).toBe(false);
    expect(marks()).toHaveLength(2);
    editor.undo();
    expect(marks()).toHaveLength(3);
    editor.redo();
    expect(marks()).toHaveLength(2);
  });

  test("are all deleted in one step", () => {
    expect(editor.removeAll()).toBe(true);
    expect([marks(), editor.store.nothingToLabel, editor.removeAll()]).toEqual([[], false, false]);
    editor.undo();
    expect(marks().length).toBeGreaterThan(1);
  });

  test("nothing to label removes them all in one step", () => {
    editor.markNothingToLabel(true);
    expect(marks()).toEqual([]);
    expect(warned).toEqual(["3 entities removed"]);
    editor.undo();
    expect(marks()).toHaveLength(3);
    expect(editor.store.nothingToLabel).toBe(false);
  });

  test("several are added in one step", () => {
    editor.chooseLabel("date");
    editor.labelAll([at("Smith"), at("met"), at("Paris")]);
    editor.labelAll([at("met")]);
    expect(marks()).toHaveLength(6);
    expect(warned).toEqual(["3 entities added as DATE"]);
    editor.undo();
    expect(marks()).toHaveLength(3);
  });

  test("Escape gives up the mark, then the selection", () => {
    editor.pick(editor.spans[0] as (typeof editor.spans)[0]);
    expect([editor.cancel(), editor.selection.id, editor.cancel()]).toEqual([true, null, false]);
    editor.mark(at("met"));
    expect([editor.cancel(), editor.marked, editor.cancel()]).toEqual([true, null, false]);
  });
});
