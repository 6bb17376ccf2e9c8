import type { PathShape } from "../../core/shapes.js";
import { ColouredField } from "../coloured_field.js";
import { POLYGONS } from "./kind.js";

/**
 * @summary Draws labelled polygons over an image.
 * @attr name - the key in the answer
 * @attr src - the image's address
 * @attr header - the task in one sentence
 * @attr labels - the labels: `['Cat', 'Dog']`
 * @attr label-colors - the labels' colours: `['#1f77b4', '#2ca02c']`
 * @attr initial-value - polygons to begin with: `[{label, vertices: [{x, y}]}]`
 * @slot short-instructions - taken from the child `<short-instructions>`
 * @slot full-instructions - taken from the child `<full-instructions header="...">`
 * @event crowd-change - the polygons or the "nothing to label" mark changed
 */
export class CrowdPolygon extends ColouredField<PathShape> {
  constructor() {
    super(POLYGONS);
  }
}
