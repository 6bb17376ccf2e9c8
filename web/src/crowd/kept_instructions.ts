/** What the worker chose in a field, for the next tasks of the job: open or closed instructions, and choices of the field. */
import type { LitElement, ReactiveController } from "lit";
import { Instructions } from "../workspace/instructions.js";
import { SmallWindow } from "../workspace/small_window.js";
import { listenToPage, type PageMessage, sendToPage } from "./frame_link.js";

export class KeptInstructions implements ReactiveController {
  readonly instructions: Instructions;
  private choices: Readonly<Record<string, unknown>> = {};
  private stopListening = (): void => {};

  constructor(
    private readonly host: LitElement & { readonly name: string },
    /** Gets the choices of earlier tasks, as the page has kept them. */
    private readonly restored: (choices: unknown) => void = () => {},
  ) {
    host.addController(this);
    this.instructions = new Instructions(host, new SmallWindow(host), (showsInstructions) => this.keep({ showsInstructions }));
  }

  hostConnected(): void {
    this.stopListening = listenToPage((message) => this.receive(message));
  }

  hostDisconnected(): void {
    this.stopListening();
  }

  keep(choice: object): void {
    this.choices = { ...this.choices, ...choice };
    sendToPage({ type: "preferences", field: this.host.name, preferences: this.choices });
  }

  /** The page sends the preferences of all fields, by name. */
  private receive(message: PageMessage): void {
    if (message.type !== "preferences" || typeof message.preferences !== "object" || message.preferences === null) return;
    const own = (message.preferences as Record<string, unknown>)[this.host.name];
    if (typeof own !== "object" || own === null) return;
    this.choices = { ...this.choices, ...own };
    const { showsInstructions } = this.choices;
    if (typeof showsInstructions === "boolean") this.instructions.show(showsInstructions);
    this.restored(own);
  }
}
