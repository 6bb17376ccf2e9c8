/** The search in the text: what was typed, where it occurs, and the bar above the text. */
import { html, type ReactiveControllerHost, type TemplateResult } from "lit";
import { type Extent, occurrences } from "../../core/indexed_text.js";
import { t } from "../../language/index.js";
import { icon } from "../../ui/icons.js";
import type { SpanEditor } from "./span_editor.js";

/** A search for one letter in a long text finds more than anybody looks at. */
const MOST_FOUND = 2000;

export interface FinderScreen {
  reveal(extent: Extent): void;
  /** Moves the focus back to the text. */
  focusText(): void;
}

export class Finder {
  isOpen = false;
  private query = "";
  private index = -1;
  private extents: readonly Extent[] = [];

  constructor(
    private readonly host: ReactiveControllerHost & { readonly renderRoot: ParentNode },
    private readonly editor: SpanEditor,
    private readonly screen: FinderScreen,
  ) {}

  get found(): readonly Extent[] {
    return this.isOpen ? this.extents : [];
  }

  get current(): Extent | null {
    return this.found[this.index] ?? null;
  }

  open(): void {
    this.isOpen = true;
    const { marked } = this.editor;
    if (marked !== null) this.query = this.editor.text.text.slice(marked.start, marked.end);
    this.search();
    void this.host.updateComplete.then(() => {
      const input = this.host.renderRoot.querySelector<HTMLInputElement>(".find input");
      input?.focus();
      input?.select();
    });
  }

  close(): void {
    this.isOpen = false;
    const { current } = this;
    if (current !== null) this.editor.moveCaret(current.start, false);
    this.host.requestUpdate();
    this.screen.focusText();
  }

  /** The text is another one. */
  reset(): void {
    this.isOpen = false;
    this.extents = [];
    this.index = -1;
  }

  render(): TemplateResult {
    const total = this.extents.length;
    const { chosenLabel } = this.editor;
    const label = this.editor.nameOf(chosenLabel);
    return html`<div class="find" role="search">
      <input class="input" type="search" placeholder=${t("Find in the text")} aria-label=${t("Find in the text")} .value=${this.query}
        @input=${this.typed} @keydown=${this.keyPressed}>
      <span class="count" role="status">${this.query === "" ? "" : t("{{number}} of {{total}}", { number: this.index + 1, total })}</span>
      <button class="icon-button" title=${t("Previous (Shift + Enter)")} aria-label=${t("Previous")} ?disabled=${total === 0}
        @click=${() => this.step(-1)}>${icon("up")}</button>
      <button class="icon-button" title=${t("Next (Enter)")} aria-label=${t("Next")} ?disabled=${total === 0}
        @click=${() => this.step(1)}>${icon("down")}</button>
      <button class="button" title=${t("Label all that were found")} ?disabled=${total === 0 || chosenLabel === ""}
        @click=${() => this.editor.labelAll(this.extents)}>${chosenLabel === "" ? t("Label all") : t("Label all: {{label}}", { label })}</button>
      <button class="icon-button close" aria-label=${t("Close the search")} @click=${() => this.close()}>${icon("close")}</button>
    </div>`;
  }

  private search(): void {
    this.extents = occurrences(this.editor.text.text, this.query, MOST_FOUND);
    const from = this.editor.caret;
    const next = this.extents.findIndex(({ start }) => start >= from);
    this.show(this.extents.length === 0 ? -1 : Math.max(next, 0));
  }

  private step(by: 1 | -1): void {
    const { length } = this.extents;
    if (length > 0) this.show((this.index + by + length) % length);
  }

  private show(index: number): void {
    this.index = index;
    this.host.requestUpdate();
    if (this.current !== null) this.screen.reveal(this.current);
  }

  private readonly typed = (event: Event): void => {
    this.query = (event.target as HTMLInputElement).value;
    this.search();
  };

  private readonly keyPressed = (event: KeyboardEvent): void => {
    if (event.key === "Enter") this.step(event.shiftKey ? -1 : 1);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
  };
}
