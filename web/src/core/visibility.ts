/**
 * What the worker sees of the shapes, and what is protected from changes: by shape, by label, and all.
 *
 * Decision: this is a view of the shapes, not a part of them. It is not undone, not saved and not submitted.
 */
import type { Shape } from "./shapes.js";

/** One property of shapes, such as "hidden". */
class Marks {
  private readonly ids = new Set<string>();
  private readonly labels = new Set<string>();
  private everything = false;

  get all(): boolean {
    return this.everything;
  }

  has({ id, label }: Shape): boolean {
    return this.everything || this.labels.has(label) || this.ids.has(id);
  }

  hasLabel(label: string): boolean {
    return this.everything || this.labels.has(label);
  }

  /** Marks the shapes, or removes every mark from them when all of them have one. Returns whether they are marked now. */
  toggle(shapes: readonly Shape[]): boolean {
    const marks = shapes.some((shape) => !this.has(shape));
    for (const shape of shapes) if (marks) this.ids.add(shape.id);
    if (!marks) this.clear(shapes);
    return marks;
  }

  toggleLabel(label: string, shapes: readonly Shape[]): boolean {
    const marks = !this.hasLabel(label);
    if (marks) this.labels.add(label);
    else this.clear(shapes, label);
    return marks;
  }

  toggleAll(): boolean {
    this.everything = !this.everything;
    if (this.everything) return true;
    this.ids.clear();
    this.labels.clear();
    return false;
  }

  clear(shapes: readonly Shape[], label?: string): void {
    this.everything = false;
    if (label !== undefined) this.labels.delete(label);
    for (const shape of shapes) {
      this.labels.delete(shape.label);
      this.ids.delete(shape.id);
    }
  }
}

const OPACITY_STEP = 0.2;

export class Visibility {
  readonly hidden = new Marks();
  readonly locked = new Marks();
  private tags = true;
  private currentOpacity = 1;

  /** Whether shapes have tags with their labels. */
  get showsTags(): boolean {
    return this.tags;
  }

  /** Of the drawn shapes, 0.2 to 1. */
  get opacity(): number {
    return this.currentOpacity;
  }

  set opacity(opacity: number) {
    if (Number.isFinite(opacity)) this.currentOpacity = Math.min(1, Math.max(OPACITY_STEP, Math.round(opacity * 10) / 10));
  }

  toggleTags(): boolean {
    this.tags = !this.tags;
    return this.tags;
  }

  fade(step: 1 | -1): void {
    this.opacity = this.currentOpacity + step * OPACITY_STEP;
  }

  /** Whether the worker can take hold of the shape on the image. */
  isInReach(shape: Shape): boolean {
    return !this.hidden.has(shape) && !this.locked.has(shape);
  }
}
