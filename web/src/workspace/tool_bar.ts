/** The bar above the image: the task in one sentence, the modes, undo and zoom. In a small window it is below. */
import { css, html, nothing, type TemplateResult } from "lit";
import type { Shape } from "../core/shapes.js";
import { t } from "../language/index.js";
import type { ToolOption } from "../tools/tool.js";
import { icon } from "../ui/icons.js";
import { NARROW, SHORT, SMALL } from "../ui/media.js";
import type { ShapeEditor } from "./editor.js";
import { renderIconButton } from "./icon_button.js";
import { DEFAULT_KEYS, type Keys } from "./keys.js";
import { type MenuEntry, renderMoreMenu } from "./more_menu.js";
import { capital, counted, type Nouns } from "./nouns.js";
import type { SmallWindow } from "./small_window.js";
import type { ImageStage } from "./stage/component.js";

export interface ToolBar<S extends Shape> {
  readonly header: string;
  readonly nouns: Nouns;
  readonly editor: ShapeEditor<S>;
  /** Null until the image is shown: most buttons are disabled. */
  readonly stage: ImageStage | null;
  readonly smallWindow: SmallWindow;
  readonly instructionsButton: TemplateResult | typeof nothing;
  readonly viewMenu: TemplateResult;
  /** What has no room in a small window, or no button. */
  readonly menu: readonly MenuEntry[];
  readonly switchOption: (option: ToolOption) => void;
  readonly keys: Keys;
  readonly showShortcuts: () => void;
  readonly keepFocus: (event: MouseEvent) => void;
}

export function renderToolBar<S extends Shape>(bar: ToolBar<S>): TemplateResult {
  return html`<div class="bar" @mousedown=${bar.keepFocus}>
    <div class="heading">${bar.instructionsButton}<h1 title=${bar.header}>${bar.header}</h1></div>
    <div class="tools" role="toolbar" aria-label=${t("Tools")}>${renderTools(bar)}${renderMoreMenu(bar.menu, bar.stage === null)}${renderListButton(bar)}</div>
    <div class="zoom-tools" role="group" aria-label=${t("Zoom")}>${renderZoomTools(bar.stage, bar.keys)}${bar.viewMenu}</div>
    <button class="icon-button help" title="${t("Keyboard and mouse")} (${bar.keys.first("help")})" aria-label=${t("Keyboard and mouse")}
      aria-keyshortcuts=${bar.keys.first("help") || nothing}
      @click=${bar.showShortcuts}>${icon("keyboard")}</button>
  </div>`;
}

function renderTools<S extends Shape>({ editor, nouns, stage, keys, switchOption }: ToolBar<S>): TemplateResult {
  const ready = stage !== null;
  const mode = (name: "draw" | "select" | "pan", label: string): TemplateResult =>
    renderIconButton({ icon: name, label, keys: keys.first(name), run: () => editor.setMode(name), pressed: editor.mode === name, disabled: !ready });
  const act = (name: "undo" | "redo" | "trash", label: string, id: string, can: boolean, run: () => void): TemplateResult =>
    renderIconButton({ icon: name, label, keys: keys.first(id), run, disabled: !ready || !can });
  return html`${mode("draw", t("Draw {{shapes}}", { shapes: nouns.many }))}
    ${mode("select", t("Select and move {{shapes}}", { shapes: nouns.many }))}
    ${mode("pan", t("Move the image"))}
    <span class="gap"></span>
    ${renderOptions(editor.tool.options, ready, { keys, switchOption })}
    ${act("undo", t("Undo"), "undo", editor.canUndo, () => editor.undo())}
    <span class="redo">${act("redo", t("Redo"), "redo", editor.canRedo, () => editor.redo())}</span>
    ${act("trash", t("Delete the selection"), "delete", editor.selection.ids.size > 0, () => editor.removeSelected())}`;
}

function renderOptions(options: readonly ToolOption[], ready: boolean, { keys, switchOption }: Pick<ToolBar<never>, "keys" | "switchOption">): unknown {
  if (options.length === 0) return nothing;
  return html`<span class="options">${options.map((option) =>
    renderIconButton({ icon: option.icon, label: option.label, keys: keys.first(option.id), run: () => switchOption(option), pressed: option.on, disabled: !ready }),
  )}<span class="gap"></span></span>`;
}

/** Opens the list of shapes, which has no room of its own in a small window. */
function renderListButton<S extends Shape>({ editor, nouns, smallWindow }: ToolBar<S>): TemplateResult {
  const count = editor.store.shapes.length;
  return html`<button class="icon-button list-button" title=${capital(nouns.many)} aria-label=${t("List: {{shapes}}", { shapes: counted(count, nouns) })}
    aria-expanded=${smallWindow.isOpen("shapes")} @click=${() => smallWindow.toggle("shapes")}>${icon("list")}<span class="count" data-count=${count}></span></button>`;
}

/** Without a stage the buttons are disabled. */
export function renderZoomTools(stage: ImageStage | null, keys: Keys = DEFAULT_KEYS): TemplateResult {
  const percent = t("{{percent}} %", { percent: Math.round((stage?.view.scale ?? 1) * 100) });
  const disabled = stage === null;
  return html`${renderIconButton({ icon: "minus", label: t("Zoom out"), keys: keys.first("zoom-out"), run: () => stage?.zoomOut(), disabled })}
    <button class="zoom" title=${t("Show at 100 %")} aria-label=${t("Zoom {{percent}}, show at 100 %", { percent })} ?disabled=${disabled}
      @click=${() => stage?.zoomTo(1)}>${disabled ? "–" : percent}</button>
    ${renderIconButton({ icon: "plus", label: t("Zoom in"), keys: keys.first("zoom-in"), run: () => stage?.zoomIn(), disabled })}
    ${renderIconButton({ icon: "fit", label: t("Fit the image"), keys: keys.first("fit"), run: () => stage?.fit(), disabled })}`;
}

export const toolBarStyles = css`
  .bar {
    grid-area: bar;
    display: flex;
    align-items: center;
    gap: var(--tp-space-3);
    min-height: 46px;
    padding: 0 var(--tp-space-3);
    border-bottom: 1px solid var(--tp-border);
  }
  .heading {
    display: flex;
    align-items: center;
    flex: 1;
    gap: var(--tp-space-3);
    min-width: 0;
  }
  .bar h1 {
    flex: 1;
    min-width: 0;
    margin: 0;
    display: -webkit-box;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 2;
    overflow: hidden;
    font-size: var(--tp-text-md);
    font-weight: var(--tp-weight-semibold);
    line-height: var(--tp-leading-tight);
  }
  .tools,
  .zoom-tools {
    display: flex;
    align-items: center;
    gap: 2px;
  }
  .zoom-tools,
  .help {
    position: relative;
  }
  .tools .gap,
  :is(.zoom-tools, .help)::before {
    width: 1px;
    height: 18px;
    background: var(--tp-border);
  }
  .tools :is(.options, .redo) {
    display: contents;
  }
  /* The menu has it, too. */
  @media (max-width: 359px) {
    .tools .redo {
      display: none;
    }
  }
  .tools .gap {
    margin: 0 var(--tp-space-2);
  }
  :is(.zoom-tools, .help)::before {
    content: "";
    position: absolute;
    left: -7px;
  }
  .list-button {
    display: none;
  }
  /* Not text of its own: the name of the button has the number, in the words of the language. */
  .list-button .count::after {
    content: attr(data-count);
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
  @media ${SMALL} {
    .tools .gap,
    .zoom,
    :is(.zoom-tools, .help)::before {
      display: none;
    }
    .list-button {
      display: inline-flex;
      gap: var(--tp-space-1);
      font-size: var(--tp-text-sm);
      font-variant-numeric: tabular-nums;
    }
    .list-button[aria-expanded="true"] {
      background: var(--tp-accent-50);
      color: var(--tp-accent-700);
    }
  }
  @media ${NARROW} {
    .bar {
      display: contents;
    }
    .heading {
      grid-area: heading;
      gap: var(--tp-space-1);
      min-height: 44px;
      padding: 0 48px 0 var(--tp-space-1);
      border-bottom: 1px solid var(--tp-border);
    }
    .heading h1:first-child {
      padding-left: var(--tp-space-3);
    }
    .bar h1 {
      font-size: var(--tp-text-sm);
    }
    .help {
      grid-area: heading;
      place-self: center end;
      margin-right: var(--tp-space-1);
    }
    .tools {
      grid-area: tools;
      gap: 0;
      justify-content: safe space-evenly;
      overflow-x: auto;
      border-top: 1px solid var(--tp-border);
      scrollbar-width: none;
    }
    .tools .icon-button {
      flex: 1 0 44px;
      max-width: 72px;
    }
    /* Also in reach where the tools are more than the window is wide. */
    .tools .list-button {
      position: sticky;
      right: 0;
      background: var(--tp-surface);
    }
    .tools .list-button[aria-expanded="true"] {
      background: var(--tp-accent-50);
    }
    /* Over the corner of the image, as on a map: the strip below has no room for it. */
    .zoom-tools {
      grid-area: stage;
      place-self: end;
      z-index: 1;
      gap: 0;
      margin: var(--tp-space-2);
      border-radius: var(--tp-radius-md);
      background: var(--tp-surface);
      box-shadow: var(--tp-shadow-md);
      opacity: 0.9;
    }
    /* An open list leaves the image too little height for them. */
    .bar:has(~ aside.right .open) .zoom-tools {
      display: none;
    }
  }
  @media ${SHORT} {
    .bar {
      min-height: 44px;
      gap: var(--tp-space-1);
      padding: 0 var(--tp-space-1);
    }
    .tools,
    .zoom-tools {
      gap: 0;
    }
  }
`;
