/** The shapes that keys and handles act on: chosen by the worker, or the one just drawn. */
import type { Shape } from "./shapes.js";
import type { ShapeStore } from "./store.js";

export class Selection<S extends Shape> {
  private current: ReadonlySet<string> = new Set();
  private isFresh = false;

  constructor(
    private readonly store: ShapeStore<S>,
    private readonly changed: () => void = () => {},
  ) {
    store.subscribe(() => this.dropMissing());
  }

  /** A new set for each selection, so that two can be compared. */
  get ids(): ReadonlySet<string> {
    return this.current;
  }

  /** Of the only selected shape; null when none or several are selected. */
  get id(): string | null {
    const [id] = this.current;
    return this.current.size === 1 && id !== undefined ? id : null;
  }

  /** The only selected shape. */
  get shape(): S | undefined {
    return this.store.get(this.id);
  }

  /** All selected shapes, in drawing order. */
  get shapes(): readonly S[] {
    return this.current.size === 0 ? [] : this.store.shapes.filter((shape) => this.current.has(shape.id));
  }

  /**
   * True for a shape that was just drawn. Its handles work, but a label chosen now is for the next shape, and a
   * drag inside it draws: workers who go on drawing must not change what they have just drawn.
   */
  get fresh(): boolean {
    return this.isFresh;
  }

  select(id: string | null, { fresh = false } = {}): void {
    this.set(id === null ? [] : [id], fresh && id !== null);
  }

  selectAll(ids: Iterable<string>): void {
    this.set(ids, false);
  }

  /** Adds a shape to the selection, or takes it out. */
  toggle(id: string): void {
    const ids = new Set(this.current);
    if (!ids.delete(id)) ids.add(id);
    this.set(ids, false);
  }

  /**
   * Selects the next (step 1) or previous (step -1) of these shapes; past the end selects none and returns false. Of
   * several selected shapes the last one counts.
   */
  cycle(step: 1 | -1, shapes: readonly S[] = this.store.shapes): boolean {
    const ids = shapes.map((shape) => shape.id);
    const last = Math.max(-1, ...[...this.current].map((id) => ids.indexOf(id)));
    const from = last === -1 && step === -1 ? ids.length : last;
    const next = ids[from + step] ?? null;
    this.select(next);
    return next !== null;
  }

  private set(ids: Iterable<string>, fresh: boolean): void {
    const wanted = new Set(ids);
    const isSame = wanted.size === this.current.size && [...wanted].every((id) => this.current.has(id));
    if (isSame && this.isFresh === fresh) return;
    this.current = wanted;
    this.isFresh = fresh;
    this.changed();
  }

  private dropMissing(): void {
    if (this.current.size === 0) return;
    const known = new Set(this.store.shapes.map((shape) => shape.id));
    if ([...this.current].some((id) => !known.has(id))) this.set([...this.current].filter((id) => known.has(id)), this.isFresh);
  }
}
