import { ImageChoiceField } from "../image_choice_field.js";

/**
 * @summary Chooses all labels that fit an image.
 * @attr name - the key in the answer
 * @attr src - the image's address
 * @attr header - the task in one sentence
 * @attr categories - the labels to choose from: `['Cat', 'Dog']`
 * @attr exclusion-category - a further choice, for what no label fits: `{ text: 'None of these' }`
 * @slot short-instructions - taken from the child `<short-instructions>`
 * @slot full-instructions - taken from the child `<full-instructions header="...">`
 * @slot worker-comment - taken from the child `<worker-comment header="..." link-text="..." placeholder="...">`
 * @event change, crowd-change - the worker chose something
 */
export class CrowdImageClassifierMultiSelect extends ImageChoiceField {
  constructor() {
    super(true);
  }
}
