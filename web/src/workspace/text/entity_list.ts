/** The list of marked entities: it finds, selects, relabels and deletes them. Only the rows in view are there. */
import { css, html, nothing, type ReactiveControllerHost, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { SpanShape } from "../../core/spans.js";
import { t } from "../../language/index.js";
import { icon } from "../../ui/icons.js";
import { renderSwatch } from "../../ui/swatch.js";
import { titleWithKey } from "../icon_button.js";
import { renderSuggestion } from "../shape_list.js";
import { shownKey } from "../shortcuts.js";
import type { SmallWindow } from "../small_window.js";
import type { TextKeys } from "./keys.js";
import type { SpanEditor } from "./span_editor.js";

const FILTER_FROM = 8;
const SPARE_ROWS = 6;
const ROW_HEIGHT = 32;
const TOUCH_ROW_HEIGHT = 44;
const TOUCH = "(pointer: coarse), (max-width: 860px), (max-height: 480px)";

export interface EntityListState {
  /** The worker tried to submit an empty answer: the mark is highlighted. */
  readonly asked: boolean;
  readonly keys: TextKeys;
  /** Moves the focus back to the text. */
  readonly focusText: () => void;
  readonly hover: (id: string | null) => void;
}

export class EntityList {
  private filter = "";
  private top = 0;

  constructor(
    private readonly host: ReactiveControllerHost & { readonly renderRoot: ParentNode },
    private readonly editor: SpanEditor,
    private readonly smallWindow: SmallWindow,
  ) {}

  render(state: EntityListState): TemplateResult {
    const { store } = this.editor;
    const total = store.shapes.length;
    const nothingKey = state.keys.first("nothing");
    return html`<div class="shapes-pane ${this.smallWindow.isOpen("shapes") ? "open" : ""}">
      <div class="section-title shapes-title">${t("Entities")}<span class="count">${total || nothing}</span></div>
      ${total > FILTER_FROM || this.filter !== "" ? this.renderFilter() : nothing}
      <div class="shapes scroll" @scroll=${this.scrolled}>${this.renderRows(state)}</div>
      <label class="nothing ${state.asked ? "asked" : ""}">
        <input type="checkbox" .checked=${store.nothingToLabel}
          @change=${(event: Event) => this.editor.markNothingToLabel((event.target as HTMLInputElement).checked)}>
        <span>${t("Nothing to label")}</span>${nothingKey === "" ? nothing : html`<kbd>${shownKey(nothingKey)}</kbd>`}</label></div>`;
  }

  /** Scrolls to the selected entity. */
  showSelection(): void {
    void this.host.updateComplete.then(() => {
      const scroller = this.scroller;
      const at = this.shown().findIndex(({ id }) => id === this.editor.selection.id);
      if (scroller === null || at < 0) return;
      const height = this.rowHeight;
      const top = at * height;
      if (top < scroller.scrollTop) scroller.scrollTop = top;
      else if (top + height > scroller.scrollTop + scroller.clientHeight) scroller.scrollTop = top + height - scroller.clientHeight;
    });
  }

  private renderFilter(): TemplateResult {
    return html`<div class="filter"><input class="input" type="search" placeholder=${t("Find an entity or a label")}
      aria-label=${t("Find an entity or a label")} .value=${this.filter} @input=${(event: Event) => {
        this.filter = (event.target as HTMLInputElement).value;
        this.host.requestUpdate();
      }}></div>`;
  }

  private renderRows(state: EntityListState): TemplateResult {
    const spans = this.shown();
    if (spans.length === 0) return html`<p class="none">${this.emptyText()}</p>`;
    const height = this.rowHeight;
    const visible = Math.ceil((this.scroller?.clientHeight || 600) / height);
    const first = Math.min(Math.max(0, Math.floor(this.top / height) - SPARE_ROWS), Math.max(0, spans.length - visible));
    const rows = spans.slice(first, first + visible + 2 * SPARE_ROWS);
    const below = spans.length - first - rows.length;
    return html`<div style="height:${first * height}px"></div>
      ${repeat(rows, ({ id }) => id, (span) => this.renderRow(span, state))}
      <div style="height:${below * height}px"></div>`;
  }

  private renderRow(span: SpanShape, { focusText, hover, keys }: EntityListState): TemplateResult {
    const { editor } = this;
    const selected = span.id === editor.selection.id;
    const quote = editor.quote(span);
    const name = editor.nameOf(span.label);
    const style = editor.choice.styleOf(span.label);
    return html`<div class="row shape entity" ?data-selected=${selected} data-id=${span.id}
      @mouseenter=${() => hover(span.id)} @mouseleave=${() => hover(null)}>
      <button class="pick" aria-pressed=${selected} title="${quote}: ${name}" @click=${() => editor.pick(span)}>
        ${renderSwatch(style)}<span class="name" dir="auto">${quote}</span></button>
      ${selected && !editor.selection.fresh ? this.renderChoice(span, focusText)
        // A row has no room for both; the colour and the tag in the text show the label.
        : span.confidence === undefined ? html`<span class="tally">${name}</span>` : renderSuggestion(span)}
      <button class="icon-button" title=${titleWithKey(t("Delete"), keys.first("delete"))} aria-label=${t("Delete: {{text}}, {{label}}", { text: quote, label: name })}
        @click=${() => editor.remove(span)}>${icon("trash", 15)}</button></div>`;
  }

  private renderChoice(span: SpanShape, focusText: () => void): TemplateResult {
    return html`<select aria-label=${t("Label of the selected entity")} .value=${span.label} @change=${(event: Event) => {
        this.editor.chooseLabel((event.target as HTMLSelectElement).value);
        focusText();
      }}>
      ${this.editor.labels.map(({ label, long }) => html`<option value=${label} ?selected=${label === span.label}>${long}</option>`)}</select>`;
  }

  private shown(): readonly SpanShape[] {
    const wanted = this.filter.trim().toLowerCase();
    const { spans, text } = this.editor;
    if (wanted === "") return spans;
    const has = (words: string): boolean => words.toLowerCase().includes(wanted);
    return spans.filter((span) => has(this.editor.nameOf(span.label)) || has(text.text.slice(span.start, span.end)));
  }

  private emptyText(): string {
    if (this.filter.trim() !== "") return t("No entity has this text or label.");
    if (this.editor.store.nothingToLabel) return t("Marked as nothing to label.");
    return t("Drag over a part of the text to mark it, or double-click a word.");
  }

  private get scroller(): HTMLElement | null {
    return this.host.renderRoot.querySelector<HTMLElement>(".shapes");
  }

  private get rowHeight(): number {
    return window.matchMedia(TOUCH).matches ? TOUCH_ROW_HEIGHT : ROW_HEIGHT;
  }

  private readonly scrolled = (event: Event): void => {
    this.top = (event.target as HTMLElement).scrollTop;
    this.host.requestUpdate();
  };
}

export const entityListStyles = css`
  .shapes-pane > .filter {
    margin: 0 var(--tp-space-3) var(--tp-space-2);
  }
  .shapes-pane > .filter .input {
    padding: 4px 8px;
    font-size: var(--tp-text-sm);
  }
  .entity {
    height: 32px;
  }
  .entity .pick {
    min-height: 0;
  }
  /* Also a name from right to left begins at its colour. */
  .entity .name {
    text-align: left;
  }
  .entity .tally {
    max-width: 45%;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .entity select {
    flex: 0 1 45%;
  }
  @media (pointer: coarse), (max-width: 860px), (max-height: 480px) {
    .entity {
      height: 44px;
    }
  }
`;
