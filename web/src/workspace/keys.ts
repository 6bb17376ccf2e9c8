/** The commands of the keyboard. No DOM. */

export type Command =
  | { readonly kind: "label"; readonly index: number }
  | { readonly kind: "arrow"; readonly dx: number; readonly dy: number; readonly resize: boolean }
  | { readonly kind: "mode"; readonly mode: "draw" | "select" | "pan" }
  | { readonly kind: "cycle"; readonly step: 1 | -1 }
  | {
      readonly kind:
        | "undo" | "redo" | "delete" | "zoom-in" | "zoom-out" | "fit" | "cancel" | "submit" | "nothing-to-label" | "help" | "hold-pan";
    };

/** The parts of a KeyboardEvent that matter. */
export interface Key {
  readonly key: string;
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

const ARROWS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

const PLAIN: Record<string, Command> = {
  z: { kind: "undo" },
  y: { kind: "redo" },
  n: { kind: "nothing-to-label" },
  d: { kind: "mode", mode: "draw" },
  v: { kind: "mode", mode: "select" },
  h: { kind: "mode", mode: "pan" },
  "?": { kind: "help" },
  "+": { kind: "zoom-in" },
  "=": { kind: "zoom-in" },
  "-": { kind: "zoom-out" },
  _: { kind: "zoom-out" },
  "0": { kind: "fit" },
  delete: { kind: "delete" },
  backspace: { kind: "delete" },
  escape: { kind: "cancel" },
  enter: { kind: "submit" },
  " ": { kind: "hold-pan" },
};

/** The command of a key; null leaves the key to the browser. */
export function commandOf(event: Key): Command | null {
  const key = event.key.toLowerCase();
  const arrow = ARROWS[event.key];
  if (event.ctrlKey || event.metaKey) return withControl(key, event.shiftKey);
  if (arrow !== undefined) {
    const step = event.shiftKey ? 10 : 1;
    return { kind: "arrow", dx: arrow[0] * step, dy: arrow[1] * step, resize: event.altKey };
  }
  if (event.altKey) return null;
  if (key === "tab") return { kind: "cycle", step: event.shiftKey ? -1 : 1 };
  // By position, because on some layouts the digits need Shift.
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
  if (digit !== undefined) return { kind: "label", index: Number(digit) - 1 };
  if (event.shiftKey && key === "z") return { kind: "redo" };
  return PLAIN[key] ?? null;
}

/** Ctrl + plus, minus and 0 stay with the browser. */
function withControl(key: string, shift: boolean): Command | null {
  if (key === "z") return { kind: shift ? "redo" : "undo" };
  if (key === "y") return { kind: "redo" };
  return key === "enter" ? { kind: "submit" } : null;
}
