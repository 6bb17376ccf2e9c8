import { ContentChoiceField } from "../content_choice_field.js";

/**
 * @summary Chooses one label for a text, or for other content.
 * @attr name - the key in the answer
 * @attr header - the task in one sentence
 * @attr categories - the labels to choose from: `['Cat', 'Dog']`
 * @attr exclusion-category - a further choice, for what no label fits: `{ text: 'None of these' }`
 * @slot classification-target - taken from the child `<classification-target>`: a text, or any other content
 * @slot short-instructions - taken from the child `<short-instructions>`
 * @slot full-instructions - taken from the child `<full-instructions header="...">`
 * @slot worker-comment - taken from the child `<worker-comment header="..." link-text="..." placeholder="...">`
 * @event change, crowd-change - the worker chose something
 */
export class CrowdClassifier extends ContentChoiceField {
  constructor() {
    super(false);
  }
}
