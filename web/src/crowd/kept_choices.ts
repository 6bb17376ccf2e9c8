/** What the worker chose in a field, as the page around the frame keeps it: for the next tasks of the job, or for all jobs. */
import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { KeyChoices } from "../workspace/keys.js";
import { listenToPage, OF_THE_WORKER, type PageMessage, sendToPage } from "./frame_link.js";

export interface Kept {
  /** What the field kept in earlier tasks of the job; undefined without any. */
  readonly own: unknown;
  /** The keys of the worker, in all jobs; undefined without any. */
  readonly keys: unknown;
  /** What was kept under another name. */
  of(name: string): unknown;
}

export class KeptChoices implements ReactiveController {
  private stopListening = (): void => {};

  constructor(
    private readonly host: ReactiveControllerHost & { readonly name: string },
    private readonly received: (kept: Kept) => void,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    this.stopListening = listenToPage((message) => this.receive(message));
  }

  hostDisconnected(): void {
    this.stopListening();
  }

  /** Keeps choices in place of the earlier ones of this field. */
  keep(choices: object): void {
    sendToPage({ type: "preferences", field: this.host.name, preferences: choices });
  }

  /** Keeps something else under the field's name with this ending. */
  keepBeside(ending: string, choices: object): void {
    sendToPage({ type: "preferences", field: this.host.name + ending, preferences: choices });
  }

  /** Keeps the keys that the worker chose, for all jobs. */
  keepKeys(keys: KeyChoices): void {
    sendToPage({ type: "preferences", field: OF_THE_WORKER, preferences: { keys } });
  }

  /** The page sends the choices of all fields, by name. */
  private receive(message: PageMessage): void {
    if (message.type !== "preferences" || typeof message.preferences !== "object" || message.preferences === null) return;
    const kept = message.preferences as Record<string, unknown>;
    const ofWorker = kept[OF_THE_WORKER];
    const keys = typeof ofWorker === "object" && ofWorker !== null ? (ofWorker as { keys?: unknown }).keys : undefined;
    this.received({ own: kept[this.host.name], keys, of: (name) => kept[name] });
  }
}
