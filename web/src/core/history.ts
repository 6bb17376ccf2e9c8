/** Undo and redo: observes a store and keeps the worker's change sets as steps. */
import type { Shape } from "./shapes.js";
import { type Change, type ChangeSet, inverted, type ShapeStore } from "./store.js";

interface Step<S extends Shape> {
  readonly changes: readonly Change<S>[];
  readonly mergeKey: string | undefined;
  readonly at: number;
}

const MERGE_WITHIN_MS = 700;
const MAX_STEPS = 1000;

export class History<S extends Shape> {
  private done: Step<S>[] = [];
  private undone: Step<S>[] = [];

  constructor(
    private readonly store: ShapeStore<S>,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    store.subscribe((changeSet) => this.observe(changeSet));
  }

  get canUndo(): boolean {
    return this.done.length > 0;
  }

  get canRedo(): boolean {
    return this.undone.length > 0;
  }

  /** Undoes the last step. Returns the changes that were applied; none without a step. */
  undo(): readonly Change<S>[] {
    const step = this.done.pop();
    if (step === undefined) return [];
    this.undone.push(step);
    const changes = inverted(step.changes);
    this.store.apply({ origin: "undo", changes });
    return changes;
  }

  /** Redoes the step that was undone last. */
  redo(): readonly Change<S>[] {
    const step = this.undone.pop();
    if (step === undefined) return [];
    // A redone step is closed: later changes must not merge into it.
    this.done.push({ ...step, mergeKey: undefined });
    this.store.apply({ origin: "undo", changes: step.changes });
    return step.changes;
  }

  private observe(changeSet: ChangeSet<S>): void {
    if (changeSet.origin === "undo") return;
    this.undone = [];
    if (changeSet.origin === "pre-annotation") {
      // Earlier steps refer to shapes that are gone.
      this.done = [];
      return;
    }
    this.push({ changes: changeSet.changes, mergeKey: changeSet.mergeKey, at: this.nowMs() });
  }

  private push(step: Step<S>): void {
    const last = this.done.at(-1);
    const merges =
      last !== undefined &&
      step.mergeKey !== undefined &&
      last.mergeKey === step.mergeKey &&
      step.at - last.at <= MERGE_WITHIN_MS;
    if (merges) this.done.pop();
    this.done.push(merges ? { ...step, changes: [...last.changes, ...step.changes] } : step);
    if (this.done.length > MAX_STEPS) this.done.shift();
  }
}
