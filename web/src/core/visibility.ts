/**
 * What the worker sees of the shapes, and what is protected from changes: by shape, by label, and all.
 *
 * Decision: this is a view of the shapes, not a part of them. It is not undone, not saved and not submitted.
 */
import type { Shape } from "./shapes.js";

/** One property of shapes, such as "hidden": that of single ones, of all with a label, or of all. */
class Marks {
  private readonly ids = new Set<string>();
  private readonly labels = new Set<string>();
  private everything = false;
  /** All other labels have the property; null without such a choice. */
  private others: ReadonlySet<string> | null = null;
  /** Shapes that do not follow their label, or all. */
  private readonly exceptions = new Set<string>();

  constructor(private readonly changed: () => void) {}

  get all(): boolean {
    return this.everything;
  }

  has({ id, label }: Shape): boolean {
    return this.ids.has(id) || (this.hasLabel(label) && !this.exceptions.has(id));
  }

  hasLabel(label: string): boolean {
    return this.everything || this.labels.has(label) || (this.others !== null && !this.others.has(label));
  }

  /** Marks the shapes, or removes the marks when all of them have one. Returns whether they are marked now. */
  toggle(shapes: readonly Shape[]): boolean {
    const marks = shapes.some((shape) => !this.has(shape));
    if (!marks) this.clear(shapes);
    for (const { id } of marks ? shapes : []) {
      this.ids.add(id);
      this.exceptions.delete(id);
    }
    this.changed();
    return marks;
  }

  /** Marks all shapes with the label, also those that are drawn later. `shapes` are those of the label. */
  toggleLabel(label: string, shapes: readonly Shape[]): boolean {
    const marks = !this.hasLabel(label);
    for (const { id } of shapes) {
      this.ids.delete(id);
      this.exceptions.delete(id);
    }
    if (marks) this.labels.add(label);
    else {
      this.labels.delete(label);
      if (this.others !== null) this.others = new Set([...this.others, label]);
      if (this.everything) this.clear(shapes);
    }
    this.changed();
    return marks;
  }

  /** Marks all labels but these, or removes every mark when that is so. Returns whether they are marked now. */
  toggleOthers(labels: ReadonlySet<string>): boolean {
    const marks = this.others === null;
    this.reset();
    this.others = marks ? labels : null;
    this.changed();
    return marks;
  }

  toggleAll(): boolean {
    const marks = !this.everything;
    this.reset();
    this.everything = marks;
    this.changed();
    return marks;
  }

  private reset(): void {
    this.everything = false;
    this.others = null;
    for (const marks of [this.ids, this.labels, this.exceptions]) marks.clear();
  }

  clear(shapes: readonly Shape[]): void {
    for (const { id, label } of shapes) {
      this.ids.delete(id);
      if (this.hasLabel(label)) this.exceptions.add(id);
    }
    this.changed();
  }
}

const OPACITY_STEP = 0.2;

export class Visibility {
  readonly hidden = new Marks(() => this.count());
  readonly locked = new Marks(() => this.count());
  private changes = 0;
  private tags = true;
  private currentOpacity = 1;

  /** Another number after each change. */
  get version(): number {
    return this.changes;
  }

  /** Whether shapes have tags with their labels. */
  get showsTags(): boolean {
    return this.tags;
  }

  set showsTags(shows: boolean) {
    this.tags = shows;
  }

  /** Of the drawn shapes, 0.2 to 1. */
  get opacity(): number {
    return this.currentOpacity;
  }

  set opacity(opacity: number) {
    if (Number.isFinite(opacity)) this.currentOpacity = Math.min(1, Math.max(OPACITY_STEP, Math.round(opacity * 10) / 10));
  }

  fade(step: 1 | -1): void {
    this.opacity = this.currentOpacity + step * OPACITY_STEP;
  }

  private count(): void {
    this.changes += 1;
  }

  /** Whether the worker can take hold of the shape on the image. */
  isInReach(shape: Shape): boolean {
    return !this.hidden.has(shape) && !this.locked.has(shape);
  }
}
