/** The elements that hold a task's instructions. The element around them shows them by slot; they only name the slot. */

abstract class Region extends HTMLElement {
  connectedCallback(): void {
    this.slot = this.localName;
  }

  /** Whether there is anything to read. */
  get hasContent(): boolean {
    return this.textContent.trim() !== "" || this.querySelector("img, video, iframe, svg") !== null;
  }
}

/** @summary Instructions that are always visible next to the task. */
export class ShortInstructions extends Region {}

/**
 * @summary Instructions that open in a dialog.
 * @attr header - the dialog's title
 */
export class FullInstructions extends Region {
  get header(): string {
    return this.getAttribute("header") ?? "Instructions";
  }
}

export interface InstructionRegions {
  readonly hasShort: boolean;
  readonly full: FullInstructions | null;
}

export const NO_INSTRUCTIONS: InstructionRegions = { hasShort: false, full: null };

/** The instructions among an element's children that have content. */
export function instructionsIn(element: Element): InstructionRegions {
  const children = [...element.children];
  return {
    hasShort: children.some((child) => child instanceof ShortInstructions && child.hasContent),
    full: children.find((child): child is FullInstructions => child instanceof FullInstructions && child.hasContent) ?? null,
  };
}
