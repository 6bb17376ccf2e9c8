/** The arrangement of a form's content in the frame: an image element that is the whole task gets all of it. */
import { FullInstructions, type InstructionRegions, instructionsIn, ShortInstructions } from "../../workspace/instruction_regions.js";

export interface Arrangement {
  /** The template has no submit button of its own. */
  readonly ownSubmitButton: boolean;
  /** Instructions that no element of the form shows. */
  readonly instructions: InstructionRegions;
}

/** The attribute of elements that can be the whole task. */
export const FILLS_PAGE = "data-fills-page";

const SUBMIT_BUTTONS = 'crowd-button[form-action="submit"], button[type="submit"], input[type="submit"]';
const INVISIBLE = "script, style, link, meta, template, input[type=hidden], short-instructions, full-instructions";

/** Sets `workspace` on the form and `fills` on the element when that element is the whole task. */
export function arrange(form: Element): Arrangement {
  const ownSubmitButton = form.querySelector(SUBMIT_BUTTONS) === null;
  const filling = [...form.children].find((child) => child.hasAttribute(FILLS_PAGE));
  if (filling !== undefined) giveInstructionsTo(filling, form);
  const isWholeTask = filling !== undefined && ownSubmitButton && !hasOtherContent(form, filling);
  form.toggleAttribute("workspace", isWholeTask);
  filling?.toggleAttribute("fills", isWholeTask);
  return { ownSubmitButton, instructions: instructionsIn(form) };
}

function hasOtherContent(form: Element, filling: Element): boolean {
  return [...form.children].some((child) => child !== filling && !child.matches(INVISIBLE));
}

/** Instructions next to the element move into it, because it has a pane for them. */
function giveInstructionsTo(filling: Element, form: Element): void {
  for (const child of [...form.children]) {
    const isRegion = child instanceof ShortInstructions || child instanceof FullInstructions;
    if (isRegion && filling.querySelector(`:scope > ${child.localName}`) === null) filling.append(child);
  }
}
