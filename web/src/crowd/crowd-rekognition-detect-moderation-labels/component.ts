import { property } from "lit/decorators.js";
import { type Category, parseCategories } from "../../formats/moderation.js";
import { t } from "../../language/index.js";
import { ImageChoiceField } from "../image_choice_field.js";

/** The key of the answer that Augmented AI documents. */
const NAME = "AWS/Rekognition/DetectModerationLabels/Image/V3";

/**
 * @summary Reviews the moderation labels that a model found in an image.
 * @attr name - the key in the answer
 * @attr src - the image's address
 * @attr header - the task in one sentence
 * @attr categories - the labels to choose from: `['Violence']`, or `[{name: 'Gore', parentName: 'Violence'}]`
 * @attr exclusion-category - the choice for an image that no label fits: `{ text: 'None' }`
 * @slot short-instructions - taken from the child `<short-instructions>`
 * @slot full-instructions - taken from the child `<full-instructions header="...">`
 * @slot worker-comment - taken from the child `<worker-comment header="..." link-text="..." placeholder="...">`
 * @event change, crowd-change - the worker chose something
 */
export class CrowdRekognitionDetectModerationLabels extends ImageChoiceField {
  private found: readonly Category[] = [];

  constructor() {
    super(true);
    this.name = NAME;
    // AWS's template has no such attribute, but tells workers to choose "None".
    this.exclusionCategory = JSON.stringify({ text: t("None") });
  }

  /** The labels to choose from. Settable to a list, or to the text of one. */
  @property({ attribute: "categories" })
  override set categories(value: unknown) {
    const parsed = parseCategories(value);
    this.found = parsed.ok ? parsed.value : [];
    // The list is passed on as it is when it cannot be read, for the words of the problem.
    super.categories = parsed.ok ? this.found.map(({ name }) => name) : value;
  }

  override get categories(): readonly string[] {
    return super.categories as readonly string[];
  }

  override get _submittableValue(): object | undefined {
    const answer = super._submittableValue as { labels: readonly string[]; workerComment?: string } | undefined;
    if (answer === undefined) return undefined;
    const { labels, ...comment } = answer;
    return { moderationLabels: this.found.filter(({ name }) => labels.includes(name)).map(({ value }) => value), ...comment };
  }
}
