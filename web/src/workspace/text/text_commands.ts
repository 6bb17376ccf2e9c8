/** The effect of each keyboard command on the text, its spans and the task. */
import { t } from "../../language/index.js";
import type { TextCommand, Unit } from "./keys.js";
import type { SpanEditor } from "./span_editor.js";
import type { TextSurface } from "./text_surface.js";

export interface TextCommandTarget {
  readonly editor: SpanEditor;
  readonly surface: TextSurface;
  announce(text: string): void;
  submit(): void;
  showShortcuts(): void;
  toggleWholeWords(): void;
  toggleTags(): void;
  toggleMarks(): void;
  find(): void;
  findLabel(): boolean;
  resizeText(step: 1 | -1): void;
}

type Move = Extract<TextCommand, { kind: "move" }>;

/** Runs a command. Returns false for one that does nothing now: the browser then gets the key. */
export function runTextCommand(command: TextCommand, target: TextCommandTarget): boolean {
  const { editor, surface } = target;
  switch (command.kind) {
    case "label":
      return editor.chooseLabelAt(command.index);
    case "cycle":
      return editor.cycle(command.step);
    case "delete":
      return editor.removeSelected();
    case "delete-all":
      return editor.removeAll();
    case "cancel":
      return editor.cancel();
    case "mark":
      return editor.labelMarked();
    case "end": {
      const side = command.side;
      const offset = editor.selection.shape?.[side] ?? 0;
      return editor.stepEnd(side, surface.isRightToLeft(offset) ? opposite(command.step) : command.step);
    }
    case "move":
      move(command, target);
      break;
    case "select-all":
      editor.mark({ start: 0, end: editor.text.text.length });
      break;
    case "undo":
      editor.undo();
      break;
    case "redo":
      editor.redo();
      break;
    case "nothing-to-label":
      editor.markNothingToLabel(!editor.store.nothingToLabel);
      break;
    case "whole-words":
      target.toggleWholeWords();
      break;
    case "tags":
      target.toggleTags();
      break;
    case "hide-all":
      target.toggleMarks();
      break;
    case "find":
      target.find();
      break;
    case "find-label":
      return target.findLabel();
    case "larger":
    case "smaller":
      target.resizeText(command.kind === "larger" ? 1 : -1);
      break;
    case "submit":
      if (!editor.labelMarked()) target.submit();
      break;
    case "help":
      target.showShortcuts();
      break;
  }
  return true;
}

function move({ unit, step, sideways, extend }: Move, { editor, surface, announce }: TextCommandTarget): void {
  const { caret } = editor;
  const forward = sideways && surface.isRightToLeft(caret) ? opposite(step) : step;
  const offset = stopAfter(unit, forward, editor, surface);
  editor.moveCaret(offset, extend);
  surface.reveal({ start: offset, end: offset });
  announce(extend ? spokenMark(editor) : spokenStep(editor, unit, offset, forward));
}

function stopAfter(unit: Unit, step: 1 | -1, editor: SpanEditor, surface: TextSurface): number {
  const { text, caret } = editor;
  const line = text.line(text.lineAt(caret));
  switch (unit) {
    case "character":
      return step === 1 ? text.nextCharacter(caret) : text.previousCharacter(caret);
    case "word":
      return step === 1 ? text.nextWord(caret) : text.previousWord(caret);
    case "line":
      return step === 1 ? line.end : line.start;
    case "text":
      return step === 1 ? text.text.length : 0;
    case "row":
      return surface.offsetInRow(caret, step);
    case "page":
      return surface.offsetInRow(caret, step * surface.rowsInView);
  }
}

/** What the caret has moved over, and the labels of the place where it is. */
function spokenStep(editor: SpanEditor, unit: Unit, offset: number, step: 1 | -1): string {
  const { text } = editor;
  const labels = editor.spans.filter(({ start, end }) => start <= offset && offset < end).map(({ label }) => editor.nameOf(label));
  const inLabels = labels.length === 0 ? "" : `. ${t("In {{labels}}", { labels: labels.join(", ") })}`;
  if (unit === "word") {
    const word = step === 1 ? text.wordAt(Math.max(offset - 1, 0)) : text.wordAt(offset);
    return `${word === null ? t("end of the text") : text.text.slice(word.start, word.end)}${inLabels}`;
  }
  if (unit !== "character") {
    const { start, end } = text.line(text.lineAt(offset));
    return `${editor.quote({ start: Math.max(start, offset - 20), end }) || t("empty line")}${inLabels}`;
  }
  const character = text.text.slice(offset, text.nextCharacter(offset));
  return `${spokenCharacter(character)}${inLabels}`;
}

function spokenCharacter(character: string): string {
  if (character === "") return t("end of the text");
  if (/^[\r\n\u2028\u2029]+$/.test(character)) return t("line break");
  return /^\s$/.test(character) ? t("blank") : character;
}

function spokenMark(editor: SpanEditor): string {
  const { marked } = editor;
  return marked === null ? t("nothing marked") : t("Marked: {{text}}", { text: editor.quote(marked) });
}

function opposite(step: 1 | -1): 1 | -1 {
  return step === 1 ? -1 : 1;
}
