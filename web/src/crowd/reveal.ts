/** Opens the closed parts of a template around an element, such as a tab or a dialog, so that a worker can see it. */

const REVEAL_EVENT = "crowd-reveal";

/** The parts around the element are open when this returns. */
export function reveal(element: Element): void {
  element.dispatchEvent(new Event(REVEAL_EVENT, { bubbles: true, composed: true }));
}

/** Calls `open` when something in the part is to be seen. */
export function onReveal(part: EventTarget, open: () => void): void {
  part.addEventListener(REVEAL_EVENT, open);
}
