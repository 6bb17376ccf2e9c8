/** The list of drawn shapes, in which the worker selects, relabels and deletes them, and the "nothing to label" mark. */
import { css, html, nothing, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import { repeat } from "lit/directives/repeat.js";
import type { Shape } from "../core/shapes.js";
import { locale, t } from "../language/index.js";
import { icon } from "../ui/icons.js";
import { NARROW, SHORT, SMALL } from "../ui/media.js";
import { renderSwatch } from "../ui/swatch.js";
import type { ShapeEditor } from "./editor.js";
import { capital } from "./nouns.js";
import type { ShapeKind } from "./shape_kind.js";

export interface ShapeList<S extends Shape> {
  readonly kind: ShapeKind<S>;
  readonly editor: ShapeEditor<S>;
  readonly ready: boolean;
  /** The worker tried to submit an empty answer: the mark is highlighted. */
  readonly asked: boolean;
  /** In a small window: the list is shown. */
  readonly isOpen: boolean;
  /** Relabels the selected shape. */
  readonly relabel: (label: string) => void;
}

export function renderShapeList<S extends Shape>(list: ShapeList<S>): TemplateResult {
  const { kind, editor, ready, asked, isOpen } = list;
  const { store, selection } = editor;
  return html`<div class="shapes-pane ${isOpen ? "open" : ""}"><div class="section-title shapes-title">${capital(kind.nouns.many)}<span class="count">${store.shapes.length || nothing}</span></div>
    <div class="shapes scroll">
      ${guard([store.shapes, store.nothingToLabel, selection.ids, selection.fresh, editor.labels, visibilityOf(list)], () => renderRows(list))}
    </div>
    <label class="nothing ${asked ? "asked" : ""}">
      <input type="checkbox" .checked=${store.nothingToLabel} ?disabled=${!ready}
        @change=${(event: Event) => editor.markNothingToLabel((event.target as HTMLInputElement).checked)}>
      <span>Nothing to label</span><kbd>N</kbd></label></div>`;
}

/** Scrolls the list to the row of a shape. */
export function showRow(root: ParentNode, id: string | null): void {
  root.querySelector(`.shape[data-id="${id}"]`)?.scrollIntoView({ block: "nearest" });
}

function renderRows<S extends Shape>(list: ShapeList<S>): unknown {
  const { shapes, nothingToLabel } = list.editor.store;
  if (shapes.length === 0) return html`<p class="none">${nothingToLabel ? "Marked as nothing to label." : list.kind.hint}</p>`;
  return repeat(shapes, (shape) => shape.id, (shape) => renderRow(list, shape));
}

function renderRow<S extends Shape>(list: ShapeList<S>, shape: S): TemplateResult {
  const { kind, editor } = list;
  const selected = editor.selection.ids.has(shape.id);
  const { hidden, locked } = editor.visibility;
  const isLocked = locked.has(shape);
  const size = kind.row.size(shape);
  return html`<div class="row shape ${kind.name} ${hidden.has(shape) ? "hidden" : ""}" ?data-selected=${selected} data-id=${shape.id}
    @mouseenter=${() => editor.hover(shape.id)} @mouseleave=${() => editor.hover(null)}>
    ${selected && editor.selection.shape === shape && !editor.selection.fresh && !isLocked ? renderLabelChoice(list, shape) : html`<button class="pick" aria-pressed=${selected}
      title=${t("Select: {{label}}, {{size}}", { label: shape.label, size })} @click=${(event: MouseEvent) => pick(list, shape, event)}>
      ${renderSwatch(editor.styleOf(shape.label, shape))}<span class="name">${shape.label}</span></button>`}
    ${renderSuggestion(shape)}<span class="tally">${size}</span>
    ${isLocked ? html`<span class="state" title=${t("Locked")}>${icon("lock", 13)}</span>` : nothing}
    ${hidden.has(shape) ? html`<span class="state" title=${t("Hidden")}>${icon("hidden", 13)}</span>` : nothing}
    <button class="icon-button" title="Delete (Delete)" aria-label="Delete ${kind.nouns.one}: ${shape.label}, ${size}"
      @click=${() => editor.remove(shape)}>${icon("trash", 15)}</button></div>`;
}

/** The mark of a shape that a model suggested and nobody has changed. */
function renderSuggestion({ confidence }: Shape): unknown {
  if (confidence === undefined) return nothing;
  const percent = new Intl.NumberFormat(locale(), { style: "percent" }).format(confidence);
  return html`<span class="suggestion" title=${t("Suggested by a model, which is {{percent}} sure", { percent })}>${t("suggested {{percent}}", { percent })}</span>`;
}

function visibilityOf<S extends Shape>({ editor }: ShapeList<S>): string {
  const { hidden, locked } = editor.visibility;
  return editor.store.shapes.map((shape) => `${Number(hidden.has(shape))}${Number(locked.has(shape))}`).join();
}

/** A click selects one; with Ctrl it adds or removes one, with Shift it selects all up to this one. */
function pick<S extends Shape>({ editor }: ShapeList<S>, shape: S, { ctrlKey, metaKey, shiftKey }: MouseEvent): void {
  const { selection, store } = editor;
  if (ctrlKey || metaKey) {
    editor.toggle(shape.id);
    return;
  }
  const ids = store.shapes.map(({ id }) => id);
  const from = ids.findIndex((id) => selection.ids.has(id));
  const to = ids.indexOf(shape.id);
  if (shiftKey && from !== -1) editor.selectAll(store.shapes.slice(Math.min(from, to), Math.max(from, to) + 1));
  else editor.pick(shape);
}

function renderLabelChoice<S extends Shape>({ kind, editor, relabel }: ShapeList<S>, shape: S): TemplateResult {
  return html`${renderSwatch(editor.styleOf(shape.label, shape))}
    <select aria-label="Label of the selected ${kind.nouns.one}" .value=${shape.label}
      @change=${(event: Event) => relabel((event.target as HTMLSelectElement).value)}>
      ${editor.labels.map((label) => html`<option ?selected=${label === shape.label}>${label}</option>`)}</select>`;
}

export const shapeListStyles = css`
  .shapes-pane {
    display: flex;
    flex-direction: column;
    flex: 1;
    min-height: 0;
  }
  .suggestion {
    flex: none;
    padding: 0 var(--tp-space-1);
    border: 1px dashed var(--tp-border-strong, currentColor);
    border-radius: var(--tp-radius-sm);
    color: var(--tp-text-muted);
    font-size: var(--tp-text-xs);
    white-space: nowrap;
  }
  .shapes-title {
    border-top: 1px solid var(--tp-border);
  }
  .shapes {
    flex: 1;
    padding: 0 var(--tp-space-2) var(--tp-space-2);
  }
  .shape {
    padding-right: 2px;
  }
  .shape[data-selected] {
    background: var(--tp-accent-50);
  }
  .shape[data-selected] .tally {
    color: var(--tp-text-muted);
  }
  .shape .pick {
    display: flex;
    align-items: center;
    gap: var(--tp-space-2);
    flex: 1;
    min-width: 0;
    min-height: max(32px, var(--tp-hit));
    border-radius: var(--tp-radius-sm);
  }
  .shape .icon-button {
    width: calc(var(--tp-hit) - 4px);
    height: calc(var(--tp-hit) - 4px);
    opacity: 0;
  }
  .shape:is(:hover, [data-selected], :focus-within) .icon-button {
    opacity: 1;
  }
  .shape .icon-button:hover {
    background: var(--tp-danger-50);
    color: var(--tp-danger-600);
  }
  .shape.hidden .name {
    color: var(--tp-text-faint);
  }
  .state {
    display: inline-flex;
    color: var(--tp-text-faint);
  }
  .shape select {
    flex: 1;
    min-width: 0;
    height: calc(var(--tp-hit) - 4px);
    padding: 0 2px;
    border: 1px solid var(--tp-accent-200);
    border-radius: var(--tp-radius-sm);
    background: var(--tp-surface);
    color: inherit;
    font: inherit;
  }
  /* The choice of a label needs the room; the size is on the image too. */
  @media (max-width: 1200px) {
    .shape:has(select) .tally {
      display: none;
    }
  }
  .none {
    margin: 0;
    padding: var(--tp-space-1) var(--tp-space-2);
    color: var(--tp-text-faint);
    font-size: var(--tp-text-sm);
  }
  .nothing {
    display: flex;
    align-items: center;
    flex: none;
    gap: var(--tp-space-2);
    min-height: 46px;
    padding: 0 var(--tp-space-3) 0 var(--tp-space-4);
    border-top: 1px solid var(--tp-border);
    font-size: var(--tp-text-sm);
    font-weight: var(--tp-weight-medium);
    cursor: pointer;
  }
  .nothing span {
    flex: 1;
  }
  .nothing.asked {
    background: var(--tp-warning-50);
    box-shadow: inset 0 0 0 1px var(--tp-warning-200);
  }
  /* A finger cannot hover. */
  @media (hover: none) {
    .shape .icon-button {
      opacity: 1;
    }
  }
  @media ${SMALL} {
    .shapes-pane:not(.open) {
      display: none;
    }
    .shape .icon-button {
      width: 44px;
      height: 44px;
      opacity: 1;
    }
    .shape select {
      height: 44px;
    }
    .nothing {
      min-height: 48px;
    }
  }
  @media ${NARROW} {
    .shapes-pane {
      max-height: 40vh;
    }
  }
  @media ${SHORT} {
    .labels-pane:has(+ .shapes-pane.open) {
      display: none;
    }
    .shapes-title {
      border-top: 0;
    }
  }
`;
