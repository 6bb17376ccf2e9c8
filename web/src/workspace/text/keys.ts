/** The commands of the keyboard in a text. No DOM. */
import type { CommandEntry } from "../key_table.js";
import { isFree, type Key, type KeyChoices, KeyMap } from "../keys.js";
import { TEXT_COMMANDS } from "./key_table.js";
import type { Side } from "./span_ends.js";

/** What the caret moves by. `row`: to the same place in the row above or below. */
export type Unit = "character" | "word" | "row" | "page" | "line" | "text";

export type TextCommand =
  | { readonly kind: "label"; readonly index: number }
  /** `sideways`: left or right on the screen; in a text from right to left, left is forward. */
  | { readonly kind: "move"; readonly unit: Unit; readonly step: 1 | -1; readonly sideways: boolean; readonly extend: boolean }
  | { readonly kind: "end"; readonly side: Side; readonly step: 1 | -1 }
  | { readonly kind: "cycle"; readonly step: 1 | -1 }
  | {
      readonly kind:
        | "mark" | "undo" | "redo" | "delete" | "cancel" | "submit" | "nothing-to-label" | "help" | "find" | "whole-words"
        | "larger" | "smaller" | "tags" | "hide-all" | "select-all" | "delete-all" | "find-label";
    };

const ARROWS: Record<string, { readonly step: 1 | -1; readonly sideways: boolean }> = {
  ArrowLeft: { step: -1, sideways: true },
  ArrowRight: { step: 1, sideways: true },
  ArrowUp: { step: -1, sideways: false },
  ArrowDown: { step: 1, sideways: false },
};

const JUMPS: Record<string, { readonly unit: Unit; readonly step: 1 | -1 }> = {
  Home: { unit: "line", step: -1 },
  End: { unit: "line", step: 1 },
  PageUp: { unit: "page", step: -1 },
  PageDown: { unit: "page", step: 1 },
};

/** The keys for texts. The keys that move the caret are the same for everyone. */
export class TextKeys extends KeyMap<TextCommand> {
  constructor(table: readonly CommandEntry<TextCommand>[] = TEXT_COMMANDS, choices: KeyChoices = {}) {
    super(table, choices);
  }

  /** The command of a key; null leaves the key to the browser. `hasSelection`: Alt + arrows move the ends of a span. */
  commandOf(event: Key, hasSelection: boolean): TextCommand | null {
    const found = moveOf(event, hasSelection) ?? this.inTable(event);
    const index = found === null ? this.labelOf(event) : null;
    return index === null ? found : { kind: "label", index };
  }
}

/** Whether a command may have the key: not one that moves the caret, either. */
export function isFreeInText(event: Key): boolean {
  return isFree(event) && moveOf(event, true) === null;
}

function moveOf(event: Key, hasSelection: boolean): TextCommand | null {
  const { altKey, shiftKey: extend } = event;
  const control = event.ctrlKey || event.metaKey;
  const jump = JUMPS[event.key];
  if (jump !== undefined) {
    const unit = control && jump.unit === "line" ? "text" : jump.unit;
    return altKey ? null : { kind: "move", unit, step: jump.step, sideways: false, extend };
  }
  const arrow = ARROWS[event.key];
  if (arrow === undefined) return null;
  const { step, sideways } = arrow;
  if (altKey && sideways && hasSelection) return { kind: "end", side: extend ? "start" : "end", step };
  // On a Mac the words have Option, elsewhere Ctrl.
  if (sideways) return { kind: "move", unit: control || altKey ? "word" : "character", step, sideways, extend };
  return altKey ? null : { kind: "move", unit: "row", step, sideways, extend };
}
