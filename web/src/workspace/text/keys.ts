/** The commands of the keyboard in a text. No DOM. */
import type { Key } from "../keys.js";
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
        | "larger" | "smaller" | "select-all";
    };

const PLAIN: Record<string, TextCommand> = {
  " ": { kind: "mark" },
  z: { kind: "undo" },
  y: { kind: "redo" },
  n: { kind: "nothing-to-label" },
  w: { kind: "whole-words" },
  f: { kind: "find" },
  "/": { kind: "find" },
  x: { kind: "delete" },
  delete: { kind: "delete" },
  backspace: { kind: "delete" },
  escape: { kind: "cancel" },
  enter: { kind: "submit" },
  "?": { kind: "help" },
  "+": { kind: "larger" },
  "=": { kind: "larger" },
  "-": { kind: "smaller" },
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

/** The command of a key; null leaves the key to the browser. `hasSelection`: Alt + arrows move the ends of a span. */
export function textCommandOf(event: Key, hasSelection: boolean): TextCommand | null {
  const move = moveOf(event, hasSelection);
  if (move !== null) return move;
  const key = event.key.toLowerCase();
  if (event.ctrlKey || event.metaKey) return withControl(key, event.shiftKey);
  if (event.altKey) return null;
  if (key === "tab") return { kind: "cycle", step: event.shiftKey ? -1 : 1 };
  // By position, because on some layouts the digits need Shift.
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
  if (digit !== undefined) return { kind: "label", index: Number(digit) - 1 };
  if (event.shiftKey && key === "z") return { kind: "redo" };
  return PLAIN[key] ?? null;
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

/** Ctrl + F, C, plus and minus stay with the browser. */
function withControl(key: string, shift: boolean): TextCommand | null {
  if (key === "z") return { kind: shift ? "redo" : "undo" };
  if (key === "y") return { kind: "redo" };
  if (key === "a") return { kind: "select-all" };
  return key === "enter" ? { kind: "submit" } : null;
}
