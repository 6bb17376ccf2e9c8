import { MaskField } from "../masks/mask_field.js";

/**
 * @summary Paints the pixels of each object over an image.
 * @attr name - the key in the answer
 * @attr src - the image's address
 * @attr header - the task in one sentence
 * @attr labels - the labels: `['Cat', 'Dog']`
 * @attr initial-value - a mask to begin with: `{src, instances: [{label: 'Cat', color: '#2ca02c'}]}`
 * @slot short-instructions - taken from the child `<short-instructions>`
 * @slot full-instructions - taken from the child `<full-instructions header="...">`
 * @event crowd-change - the mask or the "nothing to label" mark changed
 */
export class CrowdInstanceSegmentation extends MaskField {
  constructor() {
    super(true);
  }
}
