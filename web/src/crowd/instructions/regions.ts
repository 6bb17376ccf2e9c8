/** Where do instructions go? The element around them takes them up by slot; the regions only say which slot. */

abstract class Region extends HTMLElement {
  connectedCallback(): void {
    this.slot = this.localName;
  }

  /** Whether there is anything to read. */
  get hasContent(): boolean {
    return this.textContent.trim() !== "" || this.querySelector("img, video, iframe, svg") !== null;
  }
}

/** @summary Instructions that are always in sight, beside the task. */
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
