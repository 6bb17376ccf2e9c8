/** The bar above the text: the task in one sentence, whole words, search, undo and the size of the text. */
import { html, nothing, type TemplateResult } from "lit";
import { t } from "../../language/index.js";
import { icon, type IconName } from "../../ui/icons.js";
import type { SmallWindow } from "../small_window.js";
import type { SpanEditor } from "./span_editor.js";

export interface TextBar {
  readonly header: string;
  readonly editor: SpanEditor;
  readonly smallWindow: SmallWindow;
  readonly instructionsButton: TemplateResult | typeof nothing;
  readonly isFinding: boolean;
  /** Pixels. */
  readonly textSize: number;
  readonly canShrink: boolean;
  readonly canGrow: boolean;
  readonly toggleWholeWords: () => void;
  readonly toggleFind: () => void;
  readonly resizeText: (step: 1 | -1) => void;
  readonly showShortcuts: () => void;
  readonly keepFocus: (event: MouseEvent) => void;
}

interface Button {
  readonly icon: IconName;
  readonly label: string;
  readonly keys: string;
  readonly run: () => void;
  readonly pressed?: boolean;
  readonly disabled?: boolean;
}

export function renderTextBar(bar: TextBar): TemplateResult {
  const { editor, smallWindow, textSize } = bar;
  const count = editor.store.shapes.length;
  return html`<div class="bar" @mousedown=${bar.keepFocus}>
    <div class="heading">${bar.instructionsButton}<h1 title=${bar.header}>${bar.header}</h1></div>
    <div class="tools" role="toolbar" aria-label=${t("Tools")}>
      ${renderButton({ icon: "words", label: t("Mark whole words"), keys: "W", run: bar.toggleWholeWords, pressed: editor.wholeWords })}
      ${renderButton({ icon: "find", label: t("Find in the text"), keys: "F", run: bar.toggleFind, pressed: bar.isFinding })}
      <span class="gap"></span>
      ${renderButton({ icon: "undo", label: t("Undo"), keys: "Z", run: () => editor.undo(), disabled: !editor.canUndo })}
      ${renderButton({ icon: "redo", label: t("Redo"), keys: "Y", run: () => editor.redo(), disabled: !editor.canRedo })}
      ${renderButton({
        icon: "trash", label: t("Delete the selected entity"), keys: "X", run: () => editor.removeSelected(), disabled: editor.selection.id === null,
      })}
      <button class="icon-button list-button" title=${t("Entities")} aria-label=${t("List: {{count}} entities", { count })}
        aria-expanded=${smallWindow.isOpen("shapes")} @click=${() => smallWindow.toggle("shapes")}>${icon("list")}<span>${count}</span></button>
    </div>
    <div class="zoom-tools" role="group" aria-label=${t("Size of the text")}>
      ${renderButton({ icon: "minus", label: t("Smaller text"), keys: "-", run: () => bar.resizeText(-1), disabled: !bar.canShrink })}
      <span class="zoom size" aria-hidden="true">${textSize}</span>
      ${renderButton({ icon: "plus", label: t("Larger text"), keys: "+", run: () => bar.resizeText(1), disabled: !bar.canGrow })}
    </div>
    <button class="icon-button help" title=${t("Keyboard and mouse (?)")} aria-label=${t("Keyboard and mouse")} aria-keyshortcuts="?"
      @click=${bar.showShortcuts}>${icon("keyboard")}</button>
  </div>`;
}

function renderButton({ icon: name, label, keys, run, pressed, disabled = false }: Button): TemplateResult {
  return html`<button class="icon-button" title="${label} (${keys})" aria-label=${label} aria-keyshortcuts=${keys}
    aria-pressed=${pressed ?? nothing} ?disabled=${disabled} @click=${run}>${icon(name)}</button>`;
}
