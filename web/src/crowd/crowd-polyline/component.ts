import type { PathShape } from "../../core/shapes.js";
import { ColouredField } from "../coloured_field.js";
import { POLYLINES } from "./kind.js";

/**
 * @summary Draws labelled polylines over an image: chains of straight lines.
 * @attr name - the key in the answer
 * @attr src - the image's address
 * @attr header - the task in one sentence
 * @attr labels - the labels: `['Cat', 'Dog']`
 * @attr label-colors - the labels' colours: `['#1f77b4', '#2ca02c']`
 * @attr initial-value - polylines to begin with: `{polylines: [{label, vertices: [{x, y}]}]}`
 * @slot short-instructions - taken from the child `<short-instructions>`
 * @slot full-instructions - taken from the child `<full-instructions header="...">`
 * @event crowd-change - the polylines or the "nothing to label" mark changed
 */
export class CrowdPolyline extends ColouredField<PathShape> {
  constructor() {
    super(POLYLINES);
  }
}
