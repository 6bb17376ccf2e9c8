/** The part of the elements that draw shapes in the colours of `label-colors`. */
import type { PropertyValues } from "lit";
import { property } from "lit/decorators.js";
import type { Shape } from "../core/shapes.js";
import { readLabelColours } from "../formats/label_colours.js";
import { ImageField } from "./image_field.js";

export abstract class ColouredField<S extends Shape> extends ImageField<S> {
  /** Relaxed JSON, as the attribute holds it. */
  @property({ attribute: "label-colors" }) labelColors: string | null = null;

  protected override willUpdate(changes: PropertyValues<this>): void {
    super.willUpdate(changes);
    if (changes.has("labelColors")) this.workspace.editor.labelColours = readLabelColours(this.labelColors);
  }
}
