/** Every command in a text: its keys, and what it does in words. Workers can choose other keys. No DOM. */
import { t } from "../../language/index.js";
import type { CommandEntry } from "../key_table.js";
import type { TextCommand } from "./keys.js";

export const TEXT_COMMANDS: readonly CommandEntry<TextCommand>[] = [
  { id: "mark", command: { kind: "mark" }, group: "shapes", keys: ["Space"], isFixed: true, does: () => t("Label what is marked with the chosen label") },
  { id: "next", command: { kind: "cycle", step: 1 }, group: "shapes", keys: ["Tab"], isFixed: true, does: ({ one }) => t("Next {{shape}}", { shape: one }) },
  { id: "previous", command: { kind: "cycle", step: -1 }, group: "shapes", keys: ["Shift+Tab"], isFixed: true, does: ({ one }) => t("Previous {{shape}}", { shape: one }) },
  { id: "delete", command: { kind: "delete" }, group: "shapes", keys: ["X", "Delete", "Backspace"], does: () => t("Delete the selection") },
  { id: "delete-all", command: { kind: "delete-all" }, group: "shapes", keys: ["Ctrl+Delete", "Ctrl+Backspace"], does: ({ many }) => t("Delete all {{shapes}}", { shapes: many }) },
  { id: "cancel", command: { kind: "cancel" }, group: "shapes", keys: ["Escape"], isFixed: true, does: () => t("Give up the mark, or deselect") },
  { id: "find-label", command: { kind: "find-label" }, group: "labels", keys: ["L"], does: () => t("Find a label in a long list") },
  { id: "nothing", command: { kind: "nothing-to-label" }, group: "labels", keys: ["N"], does: () => t("Nothing to label") },
  { id: "words", command: { kind: "whole-words" }, group: "text", keys: ["W"], does: () => t("Mark whole words, or single characters") },
  { id: "select-all", command: { kind: "select-all" }, group: "text", keys: ["Ctrl+A"], does: () => t("Mark the whole text") },
  { id: "find", command: { kind: "find" }, group: "text", keys: ["F", "/"], does: () => t("Find in the text") },
  { id: "larger", command: { kind: "larger" }, group: "text", keys: ["+", "="], does: () => t("Larger text") },
  { id: "smaller", command: { kind: "smaller" }, group: "text", keys: ["-", "_"], does: () => t("Smaller text") },
  { id: "tags", command: { kind: "tags" }, group: "text", keys: ["T"], does: ({ many }) => t("Hide or show the tags of {{shapes}}", { shapes: many }) },
  { id: "hide-all", command: { kind: "hide-all" }, group: "text", keys: ["Shift+S"], does: ({ many }) => t("Hide or show all {{shapes}}", { shapes: many }) },
  { id: "undo", command: { kind: "undo" }, group: "task", keys: ["Z", "Ctrl+Z"], does: () => t("Undo") },
  { id: "redo", command: { kind: "redo" }, group: "task", keys: ["Y", "Shift+Z", "Ctrl+Y", "Ctrl+Shift+Z"], does: () => t("Redo") },
  { id: "submit", command: { kind: "submit" }, group: "task", keys: ["Enter", "Ctrl+Enter"], isFixed: true, does: () => t("Submit") },
  { id: "help", command: { kind: "help" }, group: "task", keys: ["?"], does: () => t("Show these shortcuts") },
];
