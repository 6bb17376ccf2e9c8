/** The custom elements that are defined as soon as the script runs: they are small, or part of most templates. */
import { TrigpointDialog } from "../ui/dialog/component.js";
import { FullInstructions, ShortInstructions } from "../workspace/instruction_regions.js";
import { CrowdButton } from "./crowd-button/component.js";
import { CrowdCheckbox } from "./crowd-checkbox/component.js";
import { CrowdForm } from "./crowd-form/component.js";
import { CrowdInput } from "./crowd-input/component.js";
import { CrowdRadioGroup } from "./crowd-radio-group/component.js";
import { CrowdRadioButton } from "./crowd-radio-group/radio_button.js";
import { CrowdTextArea } from "./crowd-text-area/component.js";

export const COMMON_ELEMENTS: Readonly<Record<string, CustomElementConstructor>> = {
  "tp-dialog": TrigpointDialog,
  "short-instructions": ShortInstructions,
  "full-instructions": FullInstructions,
  "crowd-button": CrowdButton,
  "crowd-checkbox": CrowdCheckbox,
  "crowd-input": CrowdInput,
  "crowd-radio-button": CrowdRadioButton,
  "crowd-radio-group": CrowdRadioGroup,
  "crowd-text-area": CrowdTextArea,
  "crowd-form": CrowdForm,
};
