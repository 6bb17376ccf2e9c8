/** Keys for a field that fills the page, wherever the focus is; of a field among others, while the focus is in it. */
import type { LitElement, ReactiveController } from "lit";
import { isDialogOpen } from "../ui/dialog/open.js";
import { isControl, takesText } from "../workspace/keyboard.js";

export class FieldKeys implements ReactiveController {
  constructor(
    private readonly host: LitElement,
    /** Returns false for a key that does nothing here: the browser then gets it. */
    private readonly press: (event: KeyboardEvent) => boolean,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    document.addEventListener("keydown", this.handleKeyDown);
  }

  hostDisconnected(): void {
    document.removeEventListener("keydown", this.handleKeyDown);
  }

  /** Dialogs, texts and buttons keep the keys that they need. */
  private readonly handleKeyDown = (event: KeyboardEvent): void => {
    const path = event.composedPath();
    const isOurs = this.host.hasAttribute("fills") || path.includes(this.host);
    if (!isOurs || event.defaultPrevented || takesText(path[0]) || event.isComposing || isDialogOpen()) return;
    if (isControl(path[0]) && [" ", "Enter"].includes(event.key)) return;
    if (this.press(event)) event.preventDefault();
  };
}
