import type { PathShape } from "../../core/shapes.js";
import { ColouredField } from "../coloured_field.js";
import { LINES } from "./kind.js";

/**
 * @summary Draws labelled straight lines over an image.
 * @attr name - the key in the answer
 * @attr src - the image's address
 * @attr header - the task in one sentence
 * @attr labels - the labels: `['Cat', 'Dog']`
 * @attr label-colors - the labels' colours: `['#1f77b4', '#2ca02c']`
 * @attr initial-value - lines to begin with: `{lines: [{label, vertices: [{x, y}, {x, y}]}]}`
 * @slot short-instructions - taken from the child `<short-instructions>`
 * @slot full-instructions - taken from the child `<full-instructions header="...">`
 * @event crowd-change - the lines or the "nothing to label" mark changed
 */
export class CrowdLine extends ColouredField<PathShape> {
  constructor() {
    super(LINES);
  }
}
