/** Shapes from outside the editor: the task's initial value and the saved state of unfinished work. */
import type { Size } from "../core/geometry.js";
import type { Shape } from "../core/shapes.js";
import type { ShapeStore } from "../core/store.js";
import { parseRelaxedJson } from "../formats/relaxed_json.js";
import type { ShapeFormat } from "../formats/shape_format.js";

export class Drafts<S extends Shape> {
  private initial: readonly S[] | null = null;
  private unreadable: readonly string[] = [];

  constructor(
    private readonly format: ShapeFormat<S>,
    private readonly store: ShapeStore<S>,
  ) {}

  /** The shapes of the initial value; null in a task without one. */
  get initialShapes(): readonly S[] | null {
    return this.initial;
  }

  /** One sentence for each entry of the initial value that cannot be shown. */
  get failures(): readonly string[] {
    return this.unreadable;
  }

  /**
   * Replaces all shapes by those of an `initial-value` attribute. Decision: a value that cannot be read at all, which a
   * script sets later, replaces nothing: what the worker has drawn stays.
   */
  loadInitialValue(text: string, labels: readonly string[]): void {
    const parsed = parseRelaxedJson(text);
    const { shapes, failures } = parsed.ok
      ? this.format.readShapes(parsed.value, labels)
      : { shapes: [], failures: [parsed.problem] };
    this.unreadable = failures;
    const isUnreadable = shapes.length === 0 && failures.length > 0;
    if (isUnreadable && (this.store.shapes.length > 0 || this.store.nothingToLabel)) {
      this.initial ??= [];
      return;
    }
    this.initial = shapes;
    this.store.load(shapes);
  }

  /** Takes the shapes of an initial value that had to be loaded. Shapes of a saved state stay. */
  setInitial(shapes: readonly S[], failures: readonly string[], { keepsShapes }: { keepsShapes: boolean }): void {
    this.initial = shapes;
    this.unreadable = failures;
    if (!keepsShapes) this.store.load(shapes);
  }

  /** Replaces all shapes by those of the initial value, as far as it is loaded. */
  restoreInitial(): void {
    this.store.load(this.initial ?? []);
  }

  /** The shapes of a saved state of another image, cut to this one. */
  readOther(saved: unknown, labels: readonly string[], image: Size): readonly S[] {
    return this.format.clip(this.format.readState(saved, labels).shapes, image);
  }

  save(): object {
    return this.format.writeState(this.store.shapes, this.store.nothingToLabel);
  }

  /** Replaces all shapes by those of a saved state. Without an image they are cut later, by `clipTo`. */
  restore(saved: unknown, labels: readonly string[], image: Size | null): void {
    const { shapes, nothingToLabel } = this.format.readState(saved, labels);
    this.store.load(image === null ? shapes : this.format.clip(shapes, image), nothingToLabel);
  }

  /** Cuts shapes from outside to the image, whose size is known only after it is loaded. */
  clipTo(image: Size): void {
    if (this.initial !== null) this.initial = this.format.clip(this.initial, image);
    const clipped = this.format.clip(this.store.shapes, image);
    if (JSON.stringify(clipped) !== JSON.stringify(this.store.shapes)) this.store.load(clipped, this.store.nothingToLabel);
  }

  answer(image: Size): object {
    return this.format.writeAnswer(this.store.shapes, image, this.initial);
  }
}
