/** The commands of the keyboard, and the keys that run them. No DOM. */
import type { KeyChoices } from "../ui/key_choices.js";
import { COMMANDS, type CommandEntry } from "./key_table.js";

export { type KeyChoices, readKeyChoices } from "../ui/key_choices.js";

/** Of the selected shapes, of those with the chosen label, or of all. */
export type Extent = "selection" | "label" | "all";

export type Command =
  | { readonly kind: "label"; readonly index: number }
  | { readonly kind: "arrow"; readonly dx: number; readonly dy: number; readonly resize: boolean }
  | { readonly kind: "mode"; readonly mode: "draw" | "select" | "pan" }
  | { readonly kind: "cycle"; readonly step: 1 | -1 }
  | { readonly kind: "hide" | "lock"; readonly what: Extent }
  | { readonly kind: "order"; readonly to: "top" | "bottom" }
  | { readonly kind: "fade"; readonly step: 1 | -1 }
  | { readonly kind: "turn"; readonly degrees: number }
  /** An action of the drawing tool. */
  | { readonly kind: "tool"; readonly id: string }
  | {
      readonly kind:
        | "undo" | "redo" | "delete" | "zoom-to-selection" | "zoom-in" | "zoom-out" | "fit" | "cancel" | "submit" | "nothing-to-label" | "help" | "hold-pan" | "hold-compare"
        | "select-all" | "delete-all" | "actual-size" | "accept" | "next-suggestion" | "find-label" | "copy" | "cut" | "paste" | "duplicate" | "paste-previous" | "tags" | "cursor" | "solo";
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
const DIGIT_LABELS = 9;
const LETTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];

/** The keys of a worker: those of a table, with the worker's choices in their place. */
export class KeyMap<C> {
  private readonly commands = new Map<string, C>();
  private readonly letters: readonly string[];
  /** Different for different keys. */
  readonly version: string;

  /** A key that two commands have belongs to the one for which the worker chose it, else to the first in the table. */
  constructor(
    private readonly table: readonly CommandEntry<C>[],
    private readonly choices: KeyChoices = {},
  ) {
    const [chosen, others] = [table.filter(({ id }) => id in choices), table.filter(({ id }) => !(id in choices))];
    for (const entry of [...chosen, ...others]) for (const key of this.of(entry)) this.commands.set(key, this.commands.get(key) ?? entry.command);
    this.version = JSON.stringify([choices, table.map(({ id }) => id)]);
    this.letters = LETTERS.filter((letter) => !this.commands.has(letter));
  }

  of({ id, keys, isFixed }: CommandEntry<C>): readonly string[] {
    return (isFixed === true ? undefined : this.choices[id]) ?? keys;
  }

  /** The keys that run the command: not those that another one has. */
  effective(entry: CommandEntry<C>): readonly string[] {
    return this.of(entry).filter((key) => this.commands.get(key) === entry.command);
  }

  /** The first key of a command, for a tooltip; empty without one. */
  first(id: string): string {
    const entry = this.table.find((each) => each.id === id);
    return entry === undefined ? "" : (this.effective(entry)[0] ?? "");
  }

  /** Further commands with this key. */
  others(entry: CommandEntry<C>, key: string): readonly CommandEntry<C>[] {
    return this.table.filter((other) => other.id !== entry.id && this.of(other).includes(key));
  }

  /** The key of the label at this place: a digit, or a letter that no command has; null without one. */
  ofLabel(index: number): string | null {
    return index < DIGIT_LABELS ? String(index + 1) : (this.letters[index - DIGIT_LABELS] ?? null);
  }

  /** The command of the table for a key; null without one. */
  protected inTable(event: Key): C | null {
    const name = keyName(event);
    // Shift with a letter that has no command of its own is the letter, as with the Caps Lock key.
    return this.commands.get(name) ?? this.commands.get(name.replace(/^Shift\+(?=.$)/, "")) ?? null;
  }

  /** The place of the label whose key it is; null for another key. */
  protected labelOf(event: Key): number | null {
    if (event.ctrlKey || event.metaKey || event.altKey) return null;
    // By position, because on some layouts the digits need Shift.
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
    if (digit !== undefined) return Number(digit) - 1;
    const letter = this.letters.indexOf(keyName(event));
    return letter === -1 ? null : DIGIT_LABELS + letter;
  }
}

/** The keys for images. */
export class Keys extends KeyMap<Command> {
  constructor(table: readonly CommandEntry[] = COMMANDS, choices: KeyChoices = {}) {
    super(table, choices);
  }

  /** The command of a key; null leaves the key to the browser. */
  commandOf(event: Key): Command | null {
    const arrow = ARROWS[event.key];
    if (arrow !== undefined && !event.ctrlKey && !event.metaKey) {
      const step = event.shiftKey ? 10 : 1;
      return { kind: "arrow", dx: arrow[0] * step, dy: arrow[1] * step, resize: event.altKey };
    }
    const found = this.inTable(event);
    const index = found === null ? this.labelOf(event) : null;
    return index === null ? found : { kind: "label", index };
  }
}

/** Whether a command may have the key: not one of the arrows, of the digits for labels, and of those that controls need. */
export function isFree(event: Key): boolean {
  const isDigit = !event.ctrlKey && !event.metaKey && !event.altKey && /^(?:Digit|Numpad)[1-9]$/.test(event.code);
  return !isDigit && event.key !== "Dead" && !/^(Arrow.*|Tab|Enter|Escape| |F\d+)$/.test(event.key);
}

/** The keys of the table, as they are before a worker changes them. */
export const DEFAULT_KEYS = new Keys();

/** The command of a key with the keys of the table. */
export function commandOf(event: Key): Command | null {
  return DEFAULT_KEYS.commandOf(event);
}

/**
 * The name of a key as it is kept and shown: `Z`, `Shift+Tab`, `Ctrl+Shift+V`, `?`. Ctrl stands for Cmd too. A letter of
 * another script, as a Korean keyboard sends it, is the Latin letter of that key.
 */
export function keyName({ key, code, ctrlKey, metaKey, altKey, shiftKey }: Key): string {
  const latin = /^Key([A-Z])$/.exec(code)?.[1];
  const isOtherScript = key === "Process" || key === "Unidentified" || (key.length === 1 && key > "\u007f");
  const name = isOtherScript && latin !== undefined ? latin : key === " " ? "Space" : key.length === 1 ? key.toUpperCase() : key;
  // The sign of a key contains its Shift.
  const shift = shiftKey && (name.length > 1 || LETTERS.includes(name));
  return [ctrlKey || metaKey ? "Ctrl" : "", altKey ? "Alt" : "", shift ? "Shift" : "", name].filter((part) => part !== "").join("+");
}
