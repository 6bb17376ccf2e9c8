/** The bar above the text: the task in one sentence, whole words, search, undo and the size of the text. */
import { html, nothing, type TemplateResult } from "lit";
import { t } from "../../language/index.js";
import { icon, type IconName } from "../../ui/icons.js";
import { renderIconButton } from "../icon_button.js";
import type { TextStage } from "./text_stage.js";

export interface TextBar {
  readonly header: string;
  readonly stage: TextStage;
  /** Opens what a small window has no room for. */
  readonly listButton: TemplateResult | typeof nothing;
  readonly instructionsButton: TemplateResult | typeof nothing;
}

export function renderTextBar({ header, stage, listButton, instructionsButton }: TextBar): TemplateResult {
  const { editor } = stage;
  const resize = (step: 1 | -1, name: IconName, label: string, keys: string): TemplateResult =>
    renderIconButton({ icon: name, label, keys, run: () => stage.resizeText(step), disabled: !stage.canResizeText(step) });
  return html`<div class="bar" @mousedown=${stage.keepFocus}>
    <div class="heading">${instructionsButton}<h1 title=${header}>${header}</h1></div>
    <div class="tools" role="toolbar" aria-label=${t("Tools")}>
      ${renderIconButton({ icon: "words", label: t("Mark whole words"), keys: stage.keys.first("words"), run: () => stage.toggleWholeWords(), pressed: editor.wholeWords })}
      ${renderIconButton({ icon: "find", label: t("Find in the text"), keys: stage.keys.first("find"), run: () => stage.toggleFind(), pressed: stage.isFinding })}
      <span class="gap"></span>
      ${renderIconButton({ icon: "undo", label: t("Undo"), keys: stage.keys.first("undo"), run: () => editor.undo(), disabled: !editor.canUndo })}
      ${renderIconButton({ icon: "redo", label: t("Redo"), keys: stage.keys.first("redo"), run: () => editor.redo(), disabled: !editor.canRedo })}
      ${renderIconButton({
        icon: "trash", label: t("Delete what is selected"), keys: stage.keys.first("delete"), run: () => editor.removeSelected(), disabled: editor.selection.id === null,
      })}
      ${listButton}
    </div>
    <div class="zoom-tools" role="group" aria-label=${t("Size of the text")}>
      ${resize(-1, "minus", t("Smaller text"), stage.keys.first("smaller"))}
      <span class="zoom size" aria-hidden="true">${stage.textSize}</span>
      ${resize(1, "plus", t("Larger text"), stage.keys.first("larger"))}
    </div>
    <button class="icon-button help" title="${t("Keyboard and mouse")} (${stage.keys.first("help")})" aria-label=${t("Keyboard and mouse")}
      aria-keyshortcuts=${stage.keys.first("help") || nothing} @click=${() => stage.showShortcuts()}>${icon("keyboard")}</button>
  </div>`;
}
