/** The list of drawn shapes: to select, find, sort, relabel, hide, lock and delete them. Below it is the "nothing to label" mark. */
import { html, nothing, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import { repeat } from "lit/directives/repeat.js";
import type { Shape } from "../core/shapes.js";
import { t } from "../language/index.js";
import { icon } from "../ui/icons.js";
import { renderSwatch } from "../ui/swatch.js";
import type { ShapeEditor } from "./editor.js";
import { capital, counted } from "./nouns.js";
import { renderNumbers } from "./number_fields.js";
import type { ShapeKind } from "./shape_kind.js";
import { type ShapeOrder, type ShapeSearch } from "./shape_search.js";
import { percentOf } from "./suggestions.js";

export interface ShapeList<S extends Shape> {
  readonly kind: ShapeKind<S>;
  readonly editor: ShapeEditor<S>;
  readonly search: ShapeSearch<S>;
  readonly ready: boolean;
  /** The worker tried to submit an empty answer: the mark is highlighted. */
  readonly asked: boolean;
  /** In a small window: the list is shown. */
  readonly isOpen: boolean;
  /** Relabels the selected shapes. */
  readonly relabel: (label: string) => void;
  /** The key of the "nothing to label" mark. */
  readonly nothingKey: string;
  /** What is between the list and the mark. */
  readonly notes: unknown;
}

/** A shorter list is read faster than searched. */
const SEARCH_FROM = 6;

export function renderShapeList<S extends Shape>(list: ShapeList<S>): TemplateResult {
  const { kind, editor, search, ready, asked, isOpen, notes, nothingKey } = list;
  const { store, selection } = editor;
  const { length } = store.shapes;
  return html`<div class="shapes-pane ${isOpen ? "open" : ""}"><div class="section-title shapes-title">${capital(kind.nouns.many)}<span
      class="count">${selection.ids.size > 1 ? t("{{number}} of {{total}}", { number: selection.ids.size, total: length }) : length || nothing}</span></div>
    ${length >= SEARCH_FROM || search.isActive ? renderSearch(list) : nothing}
    <div class="shapes scroll">
      ${guard([store.shapes, store.nothingToLabel, selection.ids, selection.fresh, editor.labels, editor.visibility.version, search.text, search.order],
        () => renderRows(list))}
    </div>
    ${renderNumbers(editor)}
    ${notes}
    <label class="nothing ${asked ? "asked" : ""}">
      <input type="checkbox" .checked=${store.nothingToLabel} ?disabled=${!ready}
        @change=${(event: Event) => markNothing(editor, event)}>
      <span>${t("Nothing to label")}</span>${nothingKey === "" ? nothing : html`<kbd>${nothingKey}</kbd>`}</label></div>`;
}

/** Scrolls the list to the row of a shape. */
export function showRow(root: ParentNode, id: string | null): void {
  root.querySelector(`.shape[data-id="${id}"]`)?.scrollIntoView({ block: "nearest" });
}

/** The editor may refuse the mark: the box then shows what it is. */
function markNothing<S extends Shape>(editor: ShapeEditor<S>, event: Event): void {
  const box = event.target as HTMLInputElement;
  editor.markNothingToLabel(box.checked);
  box.checked = editor.store.nothingToLabel;
}

function renderSearch<S extends Shape>({ kind, search, editor }: ShapeList<S>): TemplateResult {
  const isSuggested = search.order === "confidence" || editor.store.shapes.some(({ confidence }) => confidence !== undefined);
  const orders: readonly [ShapeOrder, string][] = [
    ["drawn", t("As drawn")], ["label", t("By label")], ["size", t("By size")], ...(isSuggested ? [["confidence", t("Least sure first")] satisfies [ShapeOrder, string]] : []),
  ];
  const field = t("Find {{shapes}} by label", { shapes: kind.nouns.many });
  return html`<div class="shape-search">
    <input class="input" type="search" placeholder=${t("Find")} aria-label=${field} title=${field} .value=${search.text}
      @input=${(event: Event) => search.find((event.target as HTMLInputElement).value)}>
    <select aria-label=${t("Order of the list")} @change=${(event: Event) => search.sort((event.target as HTMLSelectElement).value as ShapeOrder)}>
      ${orders.map(([order, text]) => html`<option value=${order} ?selected=${order === search.order}>${text}</option>`)}</select></div>`;
}

function renderRows<S extends Shape>(list: ShapeList<S>): unknown {
  const { editor, search, kind } = list;
  const { shapes, nothingToLabel } = editor.store;
  if (shapes.length === 0) return html`<p class="none">${nothingToLabel ? t("Marked as nothing to label.") : kind.hint}</p>`;
  const found = search.found(shapes);
  if (found.length === 0) return html`<p class="none">${t("None of the {{shapes}} has such a label.", { shapes: counted(shapes.length, kind.nouns) })}</p>`;
  return repeat(found, (shape) => shape.id, (shape) => {
    const { selection, visibility } = editor;
    const selected = selection.ids.has(shape.id);
    const look = [selected, selected && selection.ids.size === 1, selection.fresh, visibility.hidden.has(shape), visibility.locked.has(shape)];
    return guard([shape, editor.labels, ...look], () => renderRow(list, shape, found));
  });
}

function renderRow<S extends Shape>(list: ShapeList<S>, shape: S, found: readonly S[]): TemplateResult {
  const { kind, editor } = list;
  const { selection, visibility } = editor;
  const selected = selection.ids.has(shape.id);
  const hidden = visibility.hidden.has(shape);
  const locked = visibility.locked.has(shape);
  const size = kind.row.size(shape);
  const relabels = selected && selection.ids.size === 1 && !selection.fresh && !locked;
  return html`<div class="row shape ${kind.name} ${hidden ? "off" : ""}" ?data-selected=${selected} data-id=${shape.id}
    @mouseenter=${() => editor.hover(shape.id)} @mouseleave=${() => editor.hover(null)}>
    ${relabels ? renderLabelChoice(list, shape) : html`<button class="pick" aria-pressed=${selected}
      title=${t("Select: {{label}}, {{size}}", { label: shape.label, size })} @click=${(event: MouseEvent) => pick(editor, shape, found, event)}>
      ${renderSwatch(editor.styleOf(shape.label, shape))}<span class="name">${shape.label}</span></button>`}
    ${editor.labels.includes(shape.label) ? nothing : html`<span class="state unlisted" title=${t("This task does not have this label")}>${icon("warning", 13)}</span>`}
    ${hidden ? html`<span class="state" title=${t("Hidden")}>${icon("hidden", 13)}</span>` : nothing}
    ${locked ? html`<span class="state" title=${t("Locked")}>${icon("lock", 13)}</span>` : nothing}
    ${renderSuggestion(shape, relabels)}<span class="tally">${size}</span>
    ${renderActions(list, shape, { size, hidden, locked })}</div>`;
}

/** The mark of a shape that a model suggested and nobody has changed. */
export function renderSuggestion({ confidence }: Shape, isShort = false): unknown {
  if (confidence === undefined) return nothing;
  const percent = percentOf(confidence);
  return html`<span class="suggestion" title=${t("Suggested by a model, which is {{percent}} sure", { percent })}>${isShort ? percent : t("suggested {{percent}}", { percent })}</span>`;
}

function renderActions<S extends Shape>(
  { editor, kind }: ShapeList<S>,
  shape: S,
  { size, hidden, locked }: { readonly size: string; readonly hidden: boolean; readonly locked: boolean },
): TemplateResult {
  const what = { shape: kind.nouns.one, label: shape.label, size };
  const hides = hidden ? t("Show {{shape}}: {{label}}, {{size}}", what) : t("Hide {{shape}}: {{label}}, {{size}}", what);
  const locks = locked ? t("Unlock {{shape}}: {{label}}, {{size}}", what) : t("Lock {{shape}}: {{label}}, {{size}}", what);
  const deletes = t("Delete {{shape}}: {{label}}, {{size}}", what);
  return html`<span class="actions">
    <button class="icon-button" title=${hides} aria-label=${hides} @click=${() => editor.marking.hideShape(shape)}>${icon(hidden ? "hidden" : "eye", 15)}</button>
    <button class="icon-button" title=${locks} aria-label=${locks} @click=${() => editor.marking.lockShape(shape)}>${icon(locked ? "lock" : "unlock", 15)}</button>
    <button class="icon-button delete" title=${deletes} aria-label=${deletes} ?disabled=${locked} @click=${() => editor.remove(shape)}>${icon("trash", 15)}</button></span>`;
}

/** A click selects one; with Ctrl it adds or removes one, with Shift it selects all in the list up to this one. */
function pick<S extends Shape>(editor: ShapeEditor<S>, shape: S, found: readonly S[], { ctrlKey, metaKey, shiftKey }: MouseEvent): void {
  const from = found.findIndex(({ id }) => editor.selection.ids.has(id));
  const to = found.indexOf(shape);
  if (ctrlKey || metaKey) editor.toggle(shape.id);
  else if (shiftKey && from !== -1) editor.selectAll(found.slice(Math.min(from, to), Math.max(from, to) + 1));
  else editor.pick(shape);
}

function renderLabelChoice<S extends Shape>({ kind, editor, relabel }: ShapeList<S>, shape: S): TemplateResult {
  return html`${renderSwatch(editor.styleOf(shape.label, shape))}
    <select aria-label=${t("Label of the selected {{shape}}", { shape: kind.nouns.one })} .value=${shape.label}
      @change=${(event: Event) => relabel((event.target as HTMLSelectElement).value)}>
      ${editor.labels.includes(shape.label) ? nothing : html`<option selected disabled>${shape.label}</option>`}
      ${editor.labels.map((label) => html`<option ?selected=${label === shape.label}>${label}</option>`)}</select>`;
}
