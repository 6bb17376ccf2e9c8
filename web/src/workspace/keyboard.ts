/** Keys pressed anywhere in the document become commands of the workspace, unless a control or a text field needs them. */
import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { ToolKey } from "../tools/tool.js";
import { isDialogOpen } from "../ui/dialog/open.js";
import type { Command, Keys } from "./keys.js";

/** A command that runs when its key is pressed. */
export type PressedCommand = Exclude<Command, { kind: "hold-pan" | "hold-compare" }>;

export interface KeyboardActions {
  /** Whether the workspace takes keys at all. */
  readonly isActive: boolean;
  readonly keys: Keys;
  /** Offers a key to the drawing tool. Returns false when the tool does not use it. */
  handleToolKey(key: ToolKey): boolean;
  /** Returns false for a command that does nothing now: the browser then gets the key. */
  run(command: PressedCommand): boolean;
  /** A key that works as long as it is down, other than the space key, was pressed or released. */
  hold(command: "hold-compare", down: boolean): void;
}

export class Keyboard implements ReactiveController {
  /** The space key is down: dragging moves the image. */
  private holdsPan = false;
  /** The `code` of the key that is held for the comparison. */
  private heldCode: string | null = null;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly actions: KeyboardActions,
  ) {
    host.addController(this);
  }

  get isPanning(): boolean {
    return this.holdsPan;
  }

  hostConnected(): void {
    document.addEventListener("keydown", this.handleKeyDown);
    document.addEventListener("keyup", this.handleKeyUp);
    window.addEventListener("blur", this.releasePan);
  }

  hostDisconnected(): void {
    document.removeEventListener("keydown", this.handleKeyDown);
    document.removeEventListener("keyup", this.handleKeyUp);
    window.removeEventListener("blur", this.releasePan);
  }

  private readonly handleKeyDown = (event: KeyboardEvent): void => {
    const target = event.composedPath()[0];
    if (event.defaultPrevented || event.isComposing || !this.actions.isActive || takesText(target) || isDialogOpen()) return;
    if (this.handle(event, target)) event.preventDefault();
  };

  private handle(event: KeyboardEvent, target: EventTarget | undefined): boolean {
    if (!isControl(target) && this.actions.handleToolKey(toolKey(event))) return true;
    const command = this.actions.keys.commandOf(event);
    if (command === null || belongsToControl(command, target)) return false;
    if (command.kind === "hold-compare") {
      this.heldCode = event.code;
      this.actions.hold(command.kind, true);
    } else if (command.kind === "hold-pan") this.setPan(true);
    else return this.actions.run(command);
    return true;
  }

  private readonly handleKeyUp = (event: KeyboardEvent): void => {
    if (event.key === " ") this.setPan(false);
    if (event.code === this.heldCode) this.releaseHeld();
  };

  private readonly releasePan = (): void => {
    this.setPan(false);
    this.releaseHeld();
  };

  private releaseHeld(): void {
    if (this.heldCode === null) return;
    this.heldCode = null;
    this.actions.hold("hold-compare", false);
  }

  private setPan(holds: boolean): void {
    this.holdsPan = holds;
    this.host.requestUpdate();
  }
}

function toolKey({ key, shiftKey, ctrlKey, metaKey, altKey }: KeyboardEvent): ToolKey {
  return { key, shift: shiftKey, control: ctrlKey || metaKey, alt: altKey };
}

/** Whether a key typed there is text, not a command. */
export function takesText(target: EventTarget | undefined): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button", "submit"].includes(target.type);
}

/** Whether a focused control needs the key itself. Tab goes through the shapes only from the stage. */
function belongsToControl(command: Command, target: EventTarget | undefined): boolean {
  if (command.kind === "cycle") return !(target instanceof Element && target.matches(".surface"));
  return (command.kind === "submit" || command.kind === "hold-pan") && isControl(target);
}

/** Whether a focused element uses Enter and the space key itself. */
export function isControl(target: EventTarget | undefined): boolean {
  return target instanceof Element && target.matches("button, a, summary, input, [role=button]");
}
