/** The shapes on the image: a list that is changed by change sets, each with its origin. */
import type { Shape } from "./shapes.js";

/** worker: drawn or changed by hand; pre-annotation: from the task or a saved state; undo: undone or redone. */
export type Origin = "worker" | "pre-annotation" | "undo";

export type Change<S extends Shape> =
  | { readonly kind: "add"; readonly shape: S; readonly index: number }
  | { readonly kind: "remove"; readonly shape: S; readonly index: number }
  | { readonly kind: "update"; readonly before: S; readonly after: S }
  /** The drawing order, as ids. */
  | { readonly kind: "order"; readonly before: readonly string[]; readonly after: readonly string[] }
  | { readonly kind: "mark"; readonly before: boolean; readonly after: boolean };

export interface ChangeSet<S extends Shape> {
  readonly origin: Origin;
  readonly changes: readonly Change<S>[];
  /** Change sets with the same key in quick succession are one step of undo, for example moves with the arrow keys. */
  readonly mergeKey?: string | undefined;
}

/** What changes in one step of undo. */
export interface ShapeEdit<S extends Shape> {
  /** In place of the shapes of the same ids. */
  readonly updated?: readonly S[];
  readonly removed?: readonly string[];
  readonly added?: readonly S[];
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
    this.edit({ added: [shape] });
  }

  /** Replaces the shape of the same id; an unchanged one causes no change set. */
  update(shape: S, mergeKey?: string): void {
    this.edit({ updated: [shape] }, mergeKey);
  }

  remove(id: string): void {
    this.edit({ removed: [id] });
  }

  /**
   * Updates, then removes, then adds shapes on top, in one step of undo. Unchanged shapes and unknown ids are left out;
   * without any change there is no step. A shape that is added removes the "nothing to label" mark.
   */
  edit({ updated = [], removed = [], added = [] }: ShapeEdit<S>, mergeKey?: string): void {
    const changes = [...this.updates(updated), ...this.removals(new Set(removed))];
    const count = this.list.length - changes.filter(({ kind }) => kind === "remove").length;
    changes.push(...added.map((shape, at) => ({ kind: "add" as const, shape, index: count + at })));
    if (added.length > 0) changes.unshift(...this.markChanges(false));
    if (changes.length > 0) this.apply({ origin: "worker", changes, mergeKey });
  }

  /** Puts all shapes into the order of these ids. */
  reorder(after: readonly string[]): void {
    const before = this.list.map(({ id }) => id);
    if (before.join() !== after.join()) this.apply({ origin: "worker", changes: [{ kind: "order", before, after }] });
  }

  /** Sets or removes the mark. Setting it removes all shapes in the same step of undo. */
  markNothingToLabel(marked: boolean): void {
    const changes = [...(marked ? this.removals() : []), ...this.markChanges(marked)];
    if (changes.length > 0) this.apply({ origin: "worker", changes });
  }

  /** Replaces everything, as a task's initial value or a saved state does. */
  load(shapes: readonly S[], nothingToLabel = false): void {
    const additions = shapes.map((shape, index) => ({ kind: "add" as const, shape, index }));
    this.apply({
      origin: "pre-annotation",
      changes: [...this.removals(), ...additions, ...this.markChanges(nothingToLabel)],
    });
  }

  apply(changeSet: ChangeSet<S>): void {
    let list = [...this.list];
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
        case "order":
          list = change.after.flatMap((id) => list.find((shape) => shape.id === id) ?? []);
          break;
        case "mark":
          this.marked = change.after;
          break;
      }
    }
    this.list = list;
    for (const listener of [...this.listeners]) listener(changeSet);
  }

  private updates(shapes: readonly S[]): Change<S>[] {
    return shapes.flatMap((after) => {
      const before = this.get(after.id);
      return before === undefined || sameShape(before, after) ? [] : [{ kind: "update" as const, before, after: byHand(after) }];
    });
  }

  /** From the last to the first, so that the indices stay right. Without ids: of all shapes. */
  private removals(ids?: ReadonlySet<string>): Change<S>[] {
    const all = this.list.map((shape, index) => ({ kind: "remove" as const, shape, index }));
    return all.filter(({ shape }) => ids === undefined || ids.has(shape.id)).reverse();
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

/** Lists, such as the points of a polygon, are compared by content, all other values by identity. */
/** The shape without the confidence of a model, because a person has changed it. */
function byHand<S extends Shape>(shape: S): S {
  const { confidence: _, ...rest } = shape;
  return rest as unknown as S;
}

function sameShape<S extends Shape>(one: S, other: S): boolean {
  const keys = Object.keys(one) as (keyof S)[];
  return keys.length === Object.keys(other).length && keys.every((key) => same(one[key], other[key]));
}

function same(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  return Array.isArray(one) && Array.isArray(other) && one.length === other.length && JSON.stringify(one) === JSON.stringify(other);
}
