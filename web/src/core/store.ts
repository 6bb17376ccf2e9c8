/** The shapes on the image: a list that is changed by change sets, each with its origin. */
import type { Shape } from "./shapes.js";

/** worker: drawn or changed by hand; pre-annotation: from the task or a saved state; undo: undone or redone. */
export type Origin = "worker" | "pre-annotation" | "undo";

export type Change<S extends Shape> =
  | { readonly kind: "add"; readonly shape: S; readonly index: number }
  | { readonly kind: "remove"; readonly shape: S; readonly index: number }
  | { readonly kind: "update"; readonly before: S; readonly after: S }
  | { readonly kind: "mark"; readonly before: boolean; readonly after: boolean };

export interface ChangeSet<S extends Shape> {
  readonly origin: Origin;
  readonly changes: readonly Change<S>[];
  /** Change sets with the same key in quick succession are one step of undo, for example moves with the arrow keys. */
  readonly mergeKey?: string | undefined;
}

export type StoreListener<S extends Shape> = (changeSet: ChangeSet<S>) => void;

export class ShapeStore<S extends Shape> {
  private list: readonly S[] = [];
  private marked = false;
  private readonly listeners = new Set<StoreListener<S>>();

  /** In drawing order: the last one is on top. */
  get shapes(): readonly S[] {
    return this.list;
  }

  /** The worker has marked the image as having nothing to label; then there are no shapes. */
  get nothingToLabel(): boolean {
    return this.marked;
  }

  get(id: string | null): S | undefined {
    return this.list.find((shape) => shape.id === id);
  }

  subscribe(listener: StoreListener<S>): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Adds a shape on top and removes the "nothing to label" mark in the same step. */
  add(shape: S): void {
    this.apply({
      origin: "worker",
      changes: [...this.markChanges(false), { kind: "add", shape, index: this.list.length }],
    });
  }

  /** Replaces the shape of the same id; an unchanged one causes no change set. */
  update(after: S, mergeKey?: string): void {
    const before = this.get(after.id);
    if (before === undefined || sameShape(before, after)) return;
    this.apply({ origin: "worker", changes: [{ kind: "update", before, after }], mergeKey });
  }

  remove(id: string): void {
    const index = this.list.findIndex((shape) => shape.id === id);
    const shape = this.list[index];
    if (shape !== undefined) this.apply({ origin: "worker", changes: [{ kind: "remove", shape, index }] });
  }

  /** Sets or removes the mark. Setting it removes all shapes in the same step of undo. */
  markNothingToLabel(marked: boolean): void {
    const removals: Change<S>[] = marked
      ? this.list.map((shape, index) => ({ kind: "remove" as const, shape, index })).reverse()
      : [];
    const changes = [...removals, ...this.markChanges(marked)];
    if (changes.length > 0) this.apply({ origin: "worker", changes });
  }

  /** Replaces everything, as a task's initial value or a saved state does. */
  load(shapes: readonly S[], nothingToLabel = false): void {
    const removals = this.list.map((shape, index) => ({ kind: "remove" as const, shape, index })).reverse();
    const additions = shapes.map((shape, index) => ({ kind: "add" as const, shape, index }));
    this.apply({
      origin: "pre-annotation",
      changes: [...removals, ...additions, ...this.markChanges(nothingToLabel)],
    });
  }

  apply(changeSet: ChangeSet<S>): void {
    const list = [...this.list];
    for (const change of changeSet.changes) {
      switch (change.kind) {
        case "add":
          list.splice(change.index, 0, change.shape);
          break;
        case "remove":
          list.splice(change.index, 1);
          break;
        case "update":
          list[list.findIndex((shape) => shape.id === change.before.id)] = change.after;
          break;
        case "mark":
          this.marked = change.after;
          break;
      }
    }
    this.list = list;
    for (const listener of [...this.listeners]) listener(changeSet);
  }

  private markChanges(after: boolean): Change<S>[] {
    return this.marked === after ? [] : [{ kind: "mark", before: this.marked, after }];
  }
}

/** The changes that undo `changes`, in the order in which to apply them. */
export function inverted<S extends Shape>(changes: readonly Change<S>[]): Change<S>[] {
  return [...changes].reverse().map((change) => {
    switch (change.kind) {
      case "add":
        return { ...change, kind: "remove" };
      case "remove":
        return { ...change, kind: "add" };
      default:
        return { ...change, before: change.after, after: change.before } as Change<S>;
    }
  });
}

function sameShape<S extends Shape>(one: S, other: S): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
