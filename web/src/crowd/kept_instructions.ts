/** The pane of instructions of a field, open or closed as the worker left it in earlier tasks. */
import type { LitElement, ReactiveController } from "lit";
import { Instructions } from "../workspace/instructions.js";
import { SmallWindow } from "../workspace/small_window.js";
import { listenToPage, type PageMessage, sendToPage } from "./frame_link.js";

export class KeptInstructions implements ReactiveController {
  readonly smallWindow: SmallWindow;
  readonly instructions: Instructions;
  private stopListening = (): void => {};

  constructor(private readonly host: LitElement & { readonly name: string }) {
    host.addController(this);
    this.smallWindow = new SmallWindow(host);
    this.instructions = new Instructions(host, this.smallWindow, (showsInstructions) =>
      sendToPage({ type: "preferences", field: host.name, preferences: { showsInstructions } }),
    );
  }

  hostConnected(): void {
    this.stopListening = listenToPage((message) => this.receive(message));
  }

  hostDisconnected(): void {
    this.stopListening();
  }

  /** The page sends the preferences of all fields, by name. */
  private receive(message: PageMessage): void {
    if (message.type !== "preferences" || typeof message.preferences !== "object" || message.preferences === null) return;
    const own = (message.preferences as Record<string, unknown>)[this.host.name];
    const shown = typeof own === "object" && own !== null ? (own as { showsInstructions?: unknown }).showsInstructions : undefined;
    if (typeof shown === "boolean") this.instructions.show(shown);
  }
}
