/** Defines crowd-* elements of the document that Trigpoint does not have: those without an output are shown simply. */
import { DISPLAY_ELEMENTS, DisplayElement } from "./display/component.js";
import { UnavailableElement } from "./unavailable/component.js";

/** An element with an output gets a notice instead, because an answer without that output would be incomplete. */
export function defineMissing(root: ParentNode): void {
  for (const { localName: tag } of root.querySelectorAll("*")) {
    if (!tag.startsWith("crowd-") || customElements.get(tag) !== undefined) continue;
    customElements.define(tag, DISPLAY_ELEMENTS.has(tag) ? class extends DisplayElement {} : class extends UnavailableElement {});
  }
}
