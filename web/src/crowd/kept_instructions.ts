/** Whether the instructions of a field are open, and what else the worker chose in it, for the next tasks of the job. */
import type { LitElement } from "lit";
import { Instructions } from "../workspace/instructions.js";
import type { KeyChoices } from "../workspace/keys.js";
import { SmallWindow } from "../workspace/small_window.js";
import { KeptChoices } from "./kept_choices.js";

export class KeptInstructions {
  readonly instructions: Instructions;
  private readonly kept: KeptChoices;
  private choices: Readonly<Record<string, unknown>> = {};

  constructor(
    host: LitElement & { readonly name: string },
    /** Gets the choices of earlier tasks, and the worker's keys, as the page has kept them. */
    private readonly restored: (choices: unknown, keys: unknown) => void = () => {},
  ) {
    this.kept = new KeptChoices(host, ({ own, keys }) => this.restore(own, keys));
    this.instructions = new Instructions(host, new SmallWindow(host), (showsInstructions) => this.keep({ showsInstructions }));
  }

  keep(choice: object): void {
    this.choices = { ...this.choices, ...choice };
    this.kept.keep(this.choices);
  }

  keepKeys(keys: KeyChoices): void {
    this.kept.keepKeys(keys);
  }

  private restore(own: unknown, keys: unknown): void {
    if (typeof own === "object" && own !== null) this.choices = { ...this.choices, ...own };
    const { showsInstructions } = this.choices;
    if (typeof showsInstructions === "boolean") this.instructions.show(showsInstructions);
    this.restored(own, keys);
  }
}
