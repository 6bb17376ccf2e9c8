/**
 * crowd-html-elements.js: defines the crowd-* elements of task templates, and notifies the template and the page when
 * they are ready.
 */
import { LitElement } from "lit";
import tokens from "../ui/tokens.css?inline";
import { CrowdAlert } from "./crowd-alert/component.js";
import { CrowdBoundingBox } from "./crowd-bounding-box/component.js";
import { CrowdButton } from "./crowd-button/component.js";
import { CrowdCheckbox } from "./crowd-checkbox/component.js";
import { CrowdClassifier } from "./crowd-classifier/component.js";
import { CrowdClassifierMultiSelect } from "./crowd-classifier-multi-select/component.js";
import { CrowdForm } from "./crowd-form/component.js";
import { CrowdImageClassifier } from "./crowd-image-classifier/component.js";
import { CrowdImageClassifierMultiSelect } from "./crowd-image-classifier-multi-select/component.js";
import { CrowdInput } from "./crowd-input/component.js";
import { CrowdRadioGroup } from "./crowd-radio-group/component.js";
import { CrowdRadioButton } from "./crowd-radio-group/radio_button.js";
import { CrowdTextArea } from "./crowd-text-area/component.js";
import { TrigpointDialog } from "../ui/dialog/component.js";
import documentStyles from "./document.css?inline";
import { defineMissing } from "./missing.js";
import { FullInstructions, ShortInstructions } from "../workspace/instruction_regions.js";
import { ImageStage } from "../workspace/stage/component.js";

const ELEMENTS: Record<string, CustomElementConstructor> = {
  "tp-dialog": TrigpointDialog,
  "tp-image-stage": ImageStage,
  "short-instructions": ShortInstructions,
  "full-instructions": FullInstructions,
  "crowd-alert": CrowdAlert,
  "crowd-bounding-box": CrowdBoundingBox,
  "crowd-button": CrowdButton,
  "crowd-checkbox": CrowdCheckbox,
  "crowd-classifier": CrowdClassifier,
  "crowd-classifier-multi-select": CrowdClassifierMultiSelect,
  "crowd-image-classifier": CrowdImageClassifier,
  "crowd-image-classifier-multi-select": CrowdImageClassifierMultiSelect,
  "crowd-input": CrowdInput,
  "crowd-radio-button": CrowdRadioButton,
  "crowd-radio-group": CrowdRadioGroup,
  "crowd-text-area": CrowdTextArea,
  "crowd-form": CrowdForm,
};

function adoptStyles(): void {
  const sheets = [tokens, documentStyles].map((text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    return sheet;
  });
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, ...sheets];
}

function defineElements(): void {
  for (const [tag, element] of Object.entries(ELEMENTS)) {
    if (customElements.get(tag) === undefined) customElements.define(tag, element);
  }
}

async function whenRendered(): Promise<void> {
  const elements = [...document.querySelectorAll("*")].filter((element) => element instanceof LitElement);
  await Promise.all(elements.map((element) => element.updateComplete));
}

async function announceReady(): Promise<void> {
  defineMissing(document);
  new MutationObserver(() => defineMissing(document)).observe(document, { childList: true, subtree: true });
  await whenRendered();
  document.dispatchEvent(new CustomEvent("all-crowd-elements-ready"));
  for (const form of document.querySelectorAll<CrowdForm>("crowd-form")) form.allElementsReady();
}

adoptStyles();
defineElements();
if (document.readyState === "loading") {
  document.addEventListener("DOMContentLoaded", () => void announceReady());
} else {
  // A template may load this script at its end and add its event handlers after it, in the same task of the event loop.
  setTimeout(() => void announceReady());
}
