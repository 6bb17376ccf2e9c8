/** The part that crowd-polygon, crowd-polyline, crowd-line and crowd-keypoint share. */
import type { PropertyValues } from "lit";
import { property } from "lit/decorators.js";
import type { PathShape } from "../core/shapes.js";
import { readLabelColours } from "../formats/label_colours.js";
import { ImageField } from "./image_field.js";

export abstract class PathField extends ImageField<PathShape> {
  /** Relaxed JSON, as the attribute holds it. */
  @property({ attribute: "label-colors" }) labelColors: string | null = null;

  protected override willUpdate(changes: PropertyValues<this>): void {
    super.willUpdate(changes);
    if (changes.has("labelColors")) this.workspace.editor.labelColours = readLabelColours(this.labelColors);
  }
}
