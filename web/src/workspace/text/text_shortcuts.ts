/** What the panel of keys lists for the labelled parts of a text. */
import { t } from "../../language/index.js";
import { labelKeys } from "../image_shortcuts.js";
import type { Shortcut, ShortcutSection, ShortcutSource } from "../shortcuts.js";
import { TEXT_COMMANDS } from "./key_table.js";
import { isFreeInText, type TextCommand, TextKeys } from "./keys.js";

/** `without` are commands that have no meaning in the task. */
export function textShortcuts(without: ReadonlySet<TextCommand["kind"]>): ShortcutSource<TextCommand, TextKeys> {
  return {
    nouns: { one: t("entity"), many: t("entities") },
    entries: TEXT_COMMANDS.filter(({ command }) => !without.has(command.kind)),
    sections: (keys) => [
      { title: t("Entities"), group: "shapes", more: gestures() },
      { title: t("Labels"), group: "labels", more: labelKeys(keys, t("Label what is marked; relabel the selected entity; choose a label")) },
      { title: t("Text"), group: "text", more: caretKeys() },
      { title: t("Task"), group: "task", more: [] },
      touchGestures(),
    ],
    isFree: isFreeInText,
    keysOf: (entries, choices) => new TextKeys(entries, choices),
  };
}

function gestures(): readonly Shortcut[] {
  return [
    { keys: [t("Drag")], does: t("Mark a part of the text with the chosen label") },
    { keys: [t("Double-click")], does: t("Mark a word") },
    { keys: [t("Click")], does: t("Select an entity; click again for the one below") },
    { keys: ["Alt + ← →"], does: t("Move the end of the selected entity (Shift: its start)") },
  ];
}

function caretKeys(): readonly Shortcut[] {
  return [
    { keys: ["← → ↑ ↓"], does: t("Move the caret (Shift: mark)") },
    { keys: ["Ctrl + ← →"], does: t("Move the caret by words (Shift: mark)") },
    { keys: ["Home", "End"], does: t("To the start, the end of the line (Ctrl: of the text)") },
    { keys: ["Ctrl + C"], does: t("Copy what is marked or selected") },
  ];
}

function touchGestures(): ShortcutSection {
  return {
    title: t("Touch"),
    group: null,
    isTouch: true,
    more: [
      { keys: [t("Hold")], does: t("Mark a word; move the finger to mark more") },
      { keys: [t("Tap")], does: t("Select an entity; drag the dots to move its ends") },
    ],
  };
}
