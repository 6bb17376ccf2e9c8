/** The shape that keys and handles act on: at most one, chosen by the worker or just drawn. */
import type { Shape } from "./shapes.js";
import type { ShapeStore } from "./store.js";

export class Selection<S extends Shape> {
  private current: string | null = null;
  private isFresh = false;

  constructor(
    private readonly store: ShapeStore<S>,
    private readonly changed: () => void = () => {},
  ) {
    store.subscribe(() => this.dropMissing());
  }

  get id(): string | null {
    return this.current;
  }

  get shape(): S | undefined {
    return this.store.get(this.current);
  }

  /**
   * True for a shape that was just drawn. Its handles work, but a label chosen now is for the next shape, and a
   * drag inside it draws: workers who go on drawing must not change what they have just drawn.
   */
  get fresh(): boolean {
    return this.isFresh;
  }

  select(id: string | null, { fresh = false } = {}): void {
    if (this.current === id && this.isFresh === fresh) return;
    this.current = id;
    this.isFresh = fresh && id !== null;
    this.changed();
  }

  /** Selects the next (step 1) or previous (step -1) shape; past the end selects none and returns false. */
  cycle(step: 1 | -1): boolean {
    const ids = this.store.shapes.map((shape) => shape.id);
    const from = this.current === null ? (step === 1 ? -1 : ids.length) : ids.indexOf(this.current);
    const next = ids[from + step] ?? null;
    this.select(next);
    return next !== null;
  }

  private dropMissing(): void {
    if (this.current !== null && this.shape === undefined) this.select(null);
  }
}
