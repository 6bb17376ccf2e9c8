import { describe, expect, test } from "vitest";
import { History } from "./history.js";
import { Selection } from "./selection.js";
import type { BoxShape } from "./shapes.js";
import { type ChangeSet, ShapeStore } from "./store.js";

function box(id: string, left = 0): BoxShape {
  return { id, label: "car", left, top: 0, width: 10, height: 10 };
}

function ids(store: ShapeStore<BoxShape>): string[] {
  return store.shapes.map((shape) => shape.id);
}

describe("store", () => {
  test("a shape that a person has changed is no longer a model's suggestion, until that is undone", () => {
    const store = new ShapeStore<BoxShape>();
    const history = new History(store);
    store.load([{ ...box("a"), confidence: 0.9 }]);
    store.update({ ...box("a", 5), confidence: 0.9 });
    expect(store.get("a")).toEqual(box("a", 5));
    history.undo();
    expect(store.get("a")?.confidence).toBe(0.9);
  });

  test("each change is reported with its origin", () => {
    const store = new ShapeStore<BoxShape>();
    const seen: ChangeSet<BoxShape>[] = [];
    store.subscribe((changeSet) => seen.push(changeSet));
    store.load([box("a")]);
    store.add(box("b"));
    store.update(box("b", 5), "move:b");
    store.remove("a");
    expect(seen.map(({ origin }) => origin)).toEqual(["pre-annotation", "worker", "worker", "worker"]);
    expect(seen[2]).toEqual({
      origin: "worker",
      changes: [{ kind: "update", before: box("b"), after: box("b", 5) }],
      mergeKey: "move:b",
    });
    expect(ids(store)).toEqual(["b"]);
  });

  test("an update that changes nothing, or an unknown id, is no change", () => {
    const store = new ShapeStore<BoxShape>();
    store.add(box("a"));
    const seen: unknown[] = [];
    store.subscribe((changeSet) => seen.push(changeSet));
    store.update(box("a"));
    store.update(box("missing"));
    store.remove("missing");
    store.markNothingToLabel(false);
    expect(seen).toEqual([]);
  });

  test("nothing to label removes all shapes, and drawing removes the mark, each as one change set", () => {
    const store = new ShapeStore<BoxShape>();
    const history = new History(store);
    for (const id of ["a", "b", "c"]) store.add(box(id));
    store.markNothingToLabel(true);
    expect([store.nothingToLabel, ids(store)]).toEqual([true, []]);
    store.add(box("d"));
    expect([store.nothingToLabel, ids(store)]).toEqual([false, ["d"]]);
    history.undo();
    expect([store.nothingToLabel, ids(store)]).toEqual([true, []]);
    history.undo();
    expect([store.nothingToLabel, ids(store)]).toEqual([false, ["a", "b", "c"]]);
  });
});

describe("history", () => {
  function fixture(): { store: ShapeStore<BoxShape>; history: History<BoxShape>; wait: (ms: number) => void } {
    const store = new ShapeStore<BoxShape>();
    let nowMs = 0;
    const history = new History(store, () => nowMs);
    return { store, history, wait: (ms) => (nowMs += ms) };
  }

  test("undo and redo go through all states, in order and place", () => {
    const { store, history } = fixture();
    const states: string[] = [JSON.stringify(store.shapes)];
    const steps = [
      () => store.add(box("a")),
      () => store.add(box("b")),
      () => store.add(box("c")),
      () => store.update(box("b", 7)),
      () => store.remove("a"),
    ];
    for (const step of steps) {
      step();
      states.push(JSON.stringify(store.shapes));
    }
    for (const state of states.slice(0, -1).reverse()) {
      history.undo();
      expect(JSON.stringify(store.shapes)).toBe(state);
    }
    expect(history.canUndo).toBe(false);
    expect(history.undo()).toEqual([]);
    for (const state of states.slice(1)) {
      history.redo();
      expect(JSON.stringify(store.shapes)).toBe(state);
    }
    expect(history.canRedo).toBe(false);
  });

  test("fast changes with the same key are one step, slow or other ones are not", () => {
    const { store, history, wait } = fixture();
    store.add(box("a"));
    for (const left of [1, 2, 3]) {
      wait(100);
      store.update(box("a", left), "move:a");
    }
    wait(2000);
    store.update(box("a", 4), "move:a");
    history.undo();
    expect(store.get("a")?.left).toBe(3);
    history.undo();
    expect(store.get("a")?.left).toBe(0);
    history.redo();
    expect(store.get("a")?.left).toBe(3);
    store.update(box("a", 9), "move:a");
    history.undo();
    expect(store.get("a")?.left).toBe(3);
  });

  test("a new change forgets what was undone", () => {
    const { store, history } = fixture();
    store.add(box("a"));
    history.undo();
    store.add(box("b"));
    expect(history.canRedo).toBe(false);
    expect(ids(store)).toEqual(["b"]);
  });

  test("the initial shapes cannot be undone", () => {
    const { store, history } = fixture();
    store.add(box("a"));
    store.load([box("x")]);
    expect(history.canUndo).toBe(false);
    expect(ids(store)).toEqual(["x"]);
  });
});

describe("selection", () => {
  test("cycling goes through the shapes, ends with none, and begins again", () => {
    const store = new ShapeStore<BoxShape>();
    const selection = new Selection(store);
    for (const id of ["a", "b"]) store.add(box(id));
    expect([selection.cycle(1), selection.id]).toEqual([true, "a"]);
    expect([selection.cycle(1), selection.id]).toEqual([true, "b"]);
    expect([selection.cycle(1), selection.id]).toEqual([false, null]);
    expect([selection.cycle(-1), selection.id]).toEqual([true, "b"]);
  });

  test("a shape that is gone is no longer selected", () => {
    const store = new ShapeStore<BoxShape>();
    let changes = 0;
    const selection = new Selection(store, () => (changes += 1));
    store.add(box("a"));
    selection.select("a", { fresh: true });
    expect([selection.shape?.id, selection.fresh]).toEqual(["a", true]);
    selection.select("a");
    expect(selection.fresh).toBe(false);
    store.remove("a");
    expect([selection.id, changes]).toEqual([null, 3]);
  });
});
