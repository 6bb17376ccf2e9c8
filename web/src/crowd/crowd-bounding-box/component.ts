import type { BoxShape } from "../../core/shapes.js";
import { ColouredField } from "../coloured_field.js";
import { BOXES } from "./kind.js";

/**
 * @summary Draws labelled boxes over an image.
 * @attr name - the key in the answer
 * @attr src - the image's address
 * @attr header - the task in one sentence
 * @attr labels - the labels: `['Cat', 'Dog']`
 * @attr label-colors - the labels' colours: `['#1f77b4', '#2ca02c']`
 * @attr initial-value - boxes to begin with: `[{label, left, top, width, height}]`
 * @slot short-instructions - taken from the child `<short-instructions>`
 * @slot full-instructions - taken from the child `<full-instructions header="...">`
 * @event crowd-change - the boxes or the "nothing to label" mark changed
 */
export class CrowdBoundingBox extends ColouredField<BoxShape> {
  constructor() {
    super(BOXES);
  }
}
