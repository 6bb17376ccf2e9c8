/** The keys and gestures of the text workspace, for the shortcuts dialog. */
import { html, type TemplateResult } from "lit";
import { t } from "../../language/index.js";
import type { Shortcut } from "../shortcuts.js";

interface Group {
  readonly title: string;
  readonly shortcuts: readonly Shortcut[];
}

/** `canBeEmpty`: the worker can say that there is nothing to label. */
export function renderTextShortcuts(canBeEmpty: boolean): TemplateResult {
  return html`<div class="shortcuts">${groups(canBeEmpty).map(
    ({ title, shortcuts }) => html`<section><h3>${title}</h3><dl>${shortcuts.map(
      ({ keys, does }) => html`<div><dt>${keys.map((key) => html`<kbd>${key}</kbd>`)}</dt><dd>${does}</dd></div>`,
    )}</dl></section>`,
  )}</div>`;
}

function groups(canBeEmpty: boolean): readonly Group[] {
  return [
    {
      title: t("Entities"),
      shortcuts: [
        { keys: [t("Drag")], does: t("Mark a part of the text with the chosen label") },
        { keys: [t("Double-click")], does: t("Mark a word") },
        { keys: [t("Click")], does: t("Select an entity; click again for the one below") },
        { keys: ["1–9"], does: t("Label what is marked; relabel the selected entity; choose a label") },
        { keys: [t("Space"), "Enter"], does: t("Label what is marked with the chosen label") },
        { keys: ["Tab", "Shift + Tab"], does: t("Next, previous entity") },
        { keys: ["Alt + ← →"], does: t("Move the end of the selected entity (Shift: its start)") },
        { keys: ["X", "Delete"], does: t("Delete the entity") },
        { keys: ["Esc"], does: t("Give up the mark, or deselect") },
      ],
    },
    {
      title: t("Caret"),
      shortcuts: [
        { keys: ["← → ↑ ↓"], does: t("Move the caret (Shift: mark)") },
        { keys: ["Ctrl + ← →"], does: t("Move the caret by words (Shift: mark)") },
        { keys: ["Home", "End"], does: t("To the start, the end of the line (Ctrl: of the text)") },
        { keys: ["W"], does: t("Mark whole words, or single characters") },
        { keys: ["F", "/"], does: t("Find in the text") },
        { keys: ["Ctrl + C"], does: t("Copy what is marked or selected") },
      ],
    },
    {
      title: t("Task"),
      shortcuts: [
        ...(canBeEmpty ? [{ keys: ["N"], does: t("Nothing to label") }] : []),
        { keys: ["Z", "Ctrl + Z"], does: t("Undo") },
        { keys: ["Y", "Ctrl + Y"], does: t("Redo") },
        { keys: ["+", "−"], does: t("Larger, smaller text") },
        { keys: ["Enter"], does: t("Submit") },
        { keys: ["?"], does: t("Show these shortcuts") },
      ],
    },
    {
      title: t("Touch"),
      shortcuts: [
        { keys: [t("Hold")], does: t("Mark a word; move the finger to mark more") },
        { keys: [t("Tap")], does: t("Select an entity; drag the dots to move its ends") },
      ],
    },
  ];
}
