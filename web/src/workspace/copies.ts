/** Copies of shapes: on this image with new ids, at the pointer, or taken over from the image before. */
import { type Point, rectAround } from "../core/geometry.js";
import { makeShape, type Shape } from "../core/shapes.js";
import { t } from "../language/index.js";
import type { ShapeEditor } from "./editor.js";

/** Image pixels between a shape and its duplicate, as a part of the image's longer side. */
const OFFSET = 0.012;

export class Copies<S extends Shape> {
  private copied: readonly S[] = [];
  /** Pasting again puts the copies further away. */
  private pastes = 0;

  constructor(private readonly editor: ShapeEditor<S>) {}

  /** Returns false when no shape is selected: the browser then copies text. */
  copy(): boolean {
    const { shapes } = this.editor.selection;
    if (shapes.length === 0) return false;
    this.copied = shapes;
    this.pastes = 0;
    this.editor.screen.announce(t("{{shapes}} copied", { shapes: this.editor.counted(shapes) }));
    return true;
  }

  cut(): boolean {
    return this.copy() && this.editor.removeSelected();
  }

  /** Adds the copied shapes around the pointer, or next to their originals when it is not over the image. */
  paste(): boolean {
    if (this.copied.length === 0) return false;
    this.pastes += 1;
    const { pointer } = this.editor.screen;
    this.add(pointer === null ? this.offset(this.copied, this.pastes) : this.centredAt(this.copied, pointer));
    return true;
  }

  duplicate(): boolean {
    const { shapes } = this.editor.selection;
    if (shapes.length === 0) return false;
    this.add(this.offset(shapes, 1));
    return true;
  }

  /** Adds shapes of another image as they are. Those with other labels are left out. */
  take(shapes: readonly S[]): void {
    const known = shapes.filter(({ label }) => this.editor.labels.includes(label));
    if (known.length > 0) this.add(known);
    else this.editor.screen.warn(t("The previous image of this job has nothing to copy."));
  }

  private add(shapes: readonly S[]): void {
    const { editor } = this;
    const added = shapes.map(({ id: _id, confidence: _of, label, ...geometry }) => makeShape<S>(label, geometry as never));
    editor.store.edit({ added });
    editor.selection.selectAll(added.map(({ id }) => id));
    editor.screen.announce(t("{{shapes}} added", { shapes: editor.counted(added) }));
  }

  private offset(shapes: readonly S[], times: number): readonly S[] {
    const { image } = this.editor.screen;
    if (image === null) return shapes;
    const step = times * Math.max(2, Math.round(OFFSET * Math.max(image.width, image.height)));
    const moved = this.editor.movedTogether(shapes, step, step);
    const [one, other] = [this.around(shapes), this.around(moved)];
    // At the lower right corner of the image there is room only in the other direction.
    const isStuck = one !== null && other !== null && one.left === other.left && one.top === other.top;
    return isStuck ? this.editor.movedTogether(shapes, -step, -step) : moved;
  }

  private centredAt(shapes: readonly S[], { x, y }: Point): readonly S[] {
    const around = this.around(shapes);
    if (around === null) return shapes;
    return this.editor.movedTogether(shapes, x - around.left - around.width / 2, y - around.top - around.height / 2);
  }

  private around(shapes: readonly S[]): ReturnType<typeof rectAround> {
    return rectAround(shapes.map((shape) => this.editor.kind.bounds(shape)));
  }
}
