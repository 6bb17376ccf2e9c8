import { ImageChoiceField } from "../image_choice_field.js";

/**
 * @summary Chooses one label for an image, or verifies the labels that are shown over it.
 * @attr name - the key in the answer
 * @attr src - the image's address
 * @attr header - the task in one sentence
 * @attr categories - the labels to choose from: `['Cat', 'Dog']`
 * @attr exclusion-category - a further choice, for what no label fits: `{ text: 'None of these' }`
 * @attr overlay - labels to verify: `{boundingBox: {labels, value}}`, `{semanticSegmentation: {labels, labelMappings, src}}` or
 *   `{instanceSegmentation: {labels, instances, src}}`; also `polygon`, `polyline`, `line` and `keypoint` with `{labels, value}`
 * @slot short-instructions - taken from the child `<short-instructions>`
 * @slot full-instructions - taken from the child `<full-instructions header="...">`
 * @slot worker-comment - taken from the child `<worker-comment header="..." link-text="..." placeholder="...">`
 * @event change, crowd-change - the worker chose something
 */
export class CrowdImageClassifier extends ImageChoiceField {
  constructor() {
    super(false);
  }
}
