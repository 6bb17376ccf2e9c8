/** The bar above the image: the task in one sentence, the modes, undo and zoom. */
import { css, html, nothing, type TemplateResult } from "lit";
import type { Shape } from "../core/shapes.js";
import { icon, type IconName } from "../ui/icons.js";
import type { ShapeEditor } from "./editor.js";
import type { Nouns } from "./nouns.js";
import type { ImageStage } from "./stage/component.js";

export interface ToolBar<S extends Shape, Preview> {
  readonly header: string;
  readonly nouns: Nouns;
  readonly editor: ShapeEditor<S, Preview>;
  /** Null until the image is shown: most buttons are disabled. */
  readonly stage: ImageStage | null;
  readonly instructionsButton: TemplateResult | typeof nothing;
  readonly showShortcuts: () => void;
  readonly keepFocus: (event: MouseEvent) => void;
}

export function renderToolBar<S extends Shape, Preview>(bar: ToolBar<S, Preview>): TemplateResult {
  const { editor, stage, nouns } = bar;
  const ready = stage !== null;
  const button = (name: IconName, label: string, keys: string, run: () => void, { pressed = undefined as boolean | undefined, disabled = false } = {}) =>
    html`<button class="icon-button" title="${label} (${keys})" aria-label=${label} aria-keyshortcuts=${keys}
      aria-pressed=${pressed ?? nothing} ?disabled=${disabled || !ready} @click=${run}>${icon(name)}</button>`;
  const mode = (name: "draw" | "select" | "pan", label: string, key: string) =>
    button(name, label, key, () => editor.setMode(name), { pressed: editor.mode === name });
  const percent = `${Math.round((stage?.view.scale ?? 1) * 100)} %`;
  return html`<div class="bar" @mousedown=${bar.keepFocus}>
    ${bar.instructionsButton}
    <h1 title=${bar.header}>${bar.header}</h1>
    <div class="tools" role="toolbar" aria-label="Tools">
      ${mode("draw", `Draw ${nouns.many}`, "D")}
      ${mode("select", `Select and move ${nouns.many}`, "V")}
      ${mode("pan", "Move the image", "H")}
      <span class="gap"></span>
      ${button("undo", "Undo", "Z", () => editor.undo(), { disabled: !editor.canUndo })}
      ${button("redo", "Redo", "Y", () => editor.redo(), { disabled: !editor.canRedo })}
      <span class="gap"></span>
      ${button("minus", "Zoom out", "-", () => stage?.zoomOut())}
      <button class="zoom" title="Show at 100 %" aria-label="Zoom ${percent}, show at 100 %" ?disabled=${!ready}
        @click=${() => stage?.zoomTo(1)}>${ready ? percent : "–"}</button>
      ${button("plus", "Zoom in", "+", () => stage?.zoomIn())}
      ${button("fit", "Fit the image", "0", () => stage?.fit())}
      <span class="gap"></span>
      <button class="icon-button" title="Keyboard and mouse (?)" aria-label="Keyboard and mouse" aria-keyshortcuts="?"
        @click=${bar.showShortcuts}>${icon("keyboard")}</button>
    </div>
  </div>`;
}

export const toolBarStyles = css`
  .bar {
    display: flex;
    align-items: center;
    flex: none;
    gap: var(--tp-space-3);
    min-height: 46px;
    padding: 0 var(--tp-space-3);
    border-bottom: 1px solid var(--tp-border);
  }
  .bar h1 {
    flex: 1;
    min-width: 0;
    margin: 0;
    overflow: hidden;
    font-size: var(--tp-text-md);
    font-weight: var(--tp-weight-semibold);
    line-height: var(--tp-leading-tight);
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .tools {
    display: flex;
    align-items: center;
    gap: 2px;
  }
  .tools .gap {
    width: 1px;
    height: 18px;
    margin: 0 var(--tp-space-2);
    background: var(--tp-border);
  }
  .zoom {
    min-width: 50px;
    height: 30px;
    padding: 0 6px;
    border-radius: var(--tp-radius-md);
    color: var(--tp-text-muted);
    font-size: var(--tp-text-xs);
    font-variant-numeric: tabular-nums;
    text-align: center;
  }
  .zoom:hover:not(:disabled) {
    background: var(--tp-surface-hover);
    color: var(--tp-text);
  }
`;
