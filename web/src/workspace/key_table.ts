/** Every command for images: its keys, and what it does in words. Workers can choose other keys. No DOM. */
import { t } from "../language/index.js";
import type { ToolAction } from "../tools/tool.js";
import type { Command } from "./keys.js";
import type { Nouns } from "./nouns.js";

export type KeyGroup = "shapes" | "labels" | "text" | "view" | "task";

/** What a task or a kind of shape must have for the command to be of use. */
export type Feature = "several" | "copies" | "resizing" | "review" | "suggestions";

/** `C` are the commands of the workspace. */
export interface CommandEntry<C = Command> {
  /** Under this name the worker's own keys are kept, for all workspaces that have it. */
  readonly id: string;
  readonly command: C;
  readonly group: KeyGroup;
  readonly keys: readonly string[];
  readonly does: (nouns: Nouns) => string;
  /** Other parts depend on these keys, so that workers cannot change them. */
  readonly isFixed?: boolean;
  readonly needs?: Feature;
}

/** The actions of a drawing tool as commands. */
export function toolEntries(actions: readonly ToolAction[]): CommandEntry[] {
  return actions.map(({ id, keys, does }) => ({ id, command: { kind: "tool", id }, group: "shapes", keys, does: () => does }));
}

export const COMMANDS: readonly CommandEntry[] = [
  { id: "draw", command: { kind: "mode", mode: "draw" }, group: "shapes", keys: ["D"], does: ({ many }) => t("Draw {{shapes}}", { shapes: many }) },
  { id: "select", command: { kind: "mode", mode: "select" }, group: "shapes", keys: ["V"], does: ({ many }) => t("Select and move {{shapes}}", { shapes: many }) },
  { id: "cursor", command: { kind: "cursor" }, group: "shapes", keys: ["C"], does: () => t("Keyboard cursor: the arrow keys move it, Space presses it") },
  { id: "next", command: { kind: "cycle", step: 1 }, group: "shapes", keys: ["Tab"], isFixed: true, does: ({ one }) => t("Next {{shape}}", { shape: one }) },
  { id: "previous", command: { kind: "cycle", step: -1 }, group: "shapes", keys: ["Shift+Tab"], isFixed: true, does: ({ one }) => t("Previous {{shape}}", { shape: one }) },
  { id: "select-all", command: { kind: "select-all" }, group: "shapes", keys: ["Ctrl+A"], does: ({ many }) => t("Select all {{shapes}}", { shapes: many }) },
  { id: "delete", command: { kind: "delete" }, group: "shapes", keys: ["Delete", "Backspace"], does: () => t("Delete the selection") },
  { id: "delete-all", command: { kind: "delete-all" }, group: "shapes", keys: ["Ctrl+Delete", "Ctrl+Backspace"], does: ({ many }) => t("Delete all {{shapes}} that are shown and not locked", { shapes: many }) },
  { id: "copy", command: { kind: "copy" }, group: "shapes", keys: ["Ctrl+C"], needs: "copies", does: () => t("Copy the selection") },
  { id: "cut", command: { kind: "cut" }, group: "shapes", keys: ["Ctrl+X"], needs: "copies", does: () => t("Cut the selection") },
  { id: "paste", command: { kind: "paste" }, group: "shapes", keys: ["Ctrl+V"], needs: "copies", does: () => t("Paste at the pointer") },
  { id: "duplicate", command: { kind: "duplicate" }, group: "shapes", keys: ["Ctrl+D"], needs: "copies", does: () => t("Duplicate the selection") },
  { id: "paste-previous", command: { kind: "paste-previous" }, group: "shapes", keys: ["Ctrl+Shift+V"], needs: "copies", does: ({ many }) => t("Add the {{shapes}} of the previous image", { shapes: many }) },
  { id: "raise", command: { kind: "order", to: "top" }, group: "shapes", keys: ["PageUp"], needs: "copies", does: () => t("Bring the selection to the front") },
  { id: "lower", command: { kind: "order", to: "bottom" }, group: "shapes", keys: ["PageDown"], needs: "copies", does: () => t("Send the selection to the back") },
  { id: "hide", command: { kind: "hide", what: "selection" }, group: "view", keys: ["S"], does: () => t("Hide or show the selection") },
  { id: "hide-all", command: { kind: "hide", what: "all" }, group: "view", keys: ["Shift+S"], does: ({ many }) => t("Hide or show all {{shapes}}", { shapes: many }) },
  { id: "hide-label", command: { kind: "hide", what: "label" }, group: "view", keys: ["K"], does: () => t("Hide or show the chosen label") },
  { id: "solo", command: { kind: "solo" }, group: "view", keys: ["U"], does: () => t("Show only the label of the selection, or all again") },
  { id: "lock", command: { kind: "lock", what: "selection" }, group: "shapes", keys: ["L"], does: () => t("Lock or unlock the selection") },
  { id: "lock-all", command: { kind: "lock", what: "all" }, group: "shapes", keys: ["Shift+L"], does: ({ many }) => t("Lock or unlock all {{shapes}}", { shapes: many }) },
  { id: "lock-label", command: { kind: "lock", what: "label" }, group: "shapes", keys: ["Shift+K"], does: () => t("Lock or unlock the chosen label") },
  { id: "accept", command: { kind: "accept" }, group: "shapes", keys: ["A", "Shift+A"], needs: "suggestions", does: () => t("Accept the suggestion and go to the next one") },
  { id: "next-suggestion", command: { kind: "next-suggestion" }, group: "shapes", keys: ["G"], needs: "suggestions", does: () => t("Next suggestion") },
  { id: "cancel", command: { kind: "cancel" }, group: "shapes", keys: ["Escape"], isFixed: true, does: () => t("Stop drawing, or deselect") },
  { id: "find-label", command: { kind: "find-label" }, group: "labels", keys: ["F", "/"], does: () => t("Find a label in a long list") },
  { id: "nothing", command: { kind: "nothing-to-label" }, group: "labels", keys: ["N"], does: () => t("Nothing to label") },
  { id: "undo", command: { kind: "undo" }, group: "task", keys: ["Z", "Ctrl+Z"], does: () => t("Undo") },
  { id: "redo", command: { kind: "redo" }, group: "task", keys: ["Y", "Shift+Z", "Ctrl+Y", "Ctrl+Shift+Z"], does: () => t("Redo") },
  { id: "submit", command: { kind: "submit" }, group: "task", keys: ["Enter", "Ctrl+Enter"], isFixed: true, does: () => t("Submit") },
  { id: "help", command: { kind: "help" }, group: "task", keys: ["?"], does: () => t("Show these shortcuts") },
  { id: "zoom-in", command: { kind: "zoom-in" }, group: "view", keys: ["+", "="], does: () => t("Zoom in") },
  { id: "zoom-out", command: { kind: "zoom-out" }, group: "view", keys: ["-", "_"], does: () => t("Zoom out") },
  { id: "fit", command: { kind: "fit" }, group: "view", keys: ["0"], does: () => t("Fit the image") },
  { id: "actual-size", command: { kind: "actual-size" }, group: "view", keys: ["End"], does: () => t("Show at 100 %") },
  { id: "zoom-to-selection", command: { kind: "zoom-to-selection" }, group: "view", keys: ["Home"], does: () => t("Zoom to the selection") },
  { id: "turn-right", command: { kind: "turn", degrees: 90 }, group: "view", keys: ["R"], does: () => t("Turn the image right") },
  { id: "turn-left", command: { kind: "turn", degrees: -90 }, group: "view", keys: ["Shift+R"], does: () => t("Turn the image left") },
  { id: "pan", command: { kind: "mode", mode: "pan" }, group: "view", keys: ["H"], does: () => t("Move the image") },
  { id: "hold-pan", command: { kind: "hold-pan" }, group: "view", keys: ["Space"], isFixed: true, does: () => t("Hold and drag: move the image") },
  { id: "tags", command: { kind: "tags" }, group: "view", keys: ["T"], does: ({ many }) => t("Hide or show the tags of {{shapes}}", { shapes: many }) },
  { id: "compare", command: { kind: "hold-compare" }, group: "view", keys: ["Q"], needs: "review", does: () => t("Hold: show what you have changed") },
  { id: "fainter", command: { kind: "fade", step: -1 }, group: "view", keys: [","], does: ({ many }) => t("Fainter {{shapes}}", { shapes: many }) },
  { id: "stronger", command: { kind: "fade", step: 1 }, group: "view", keys: ["."], does: ({ many }) => t("Stronger {{shapes}}", { shapes: many }) },
];
