/** What a worker can do with the spans of a text: move the caret, mark, label, select, change, delete, undo. No DOM. */
import { History } from "../../core/history.js";
import type { Extent, IndexedText } from "../../core/indexed_text.js";
import { Selection } from "../../core/selection.js";
import { makeShape } from "../../core/shapes.js";
import { inTextOrder, nextTo, type SpanShape } from "../../core/spans.js";
import { type Change, ShapeStore } from "../../core/store.js";
import type { EntityLabel } from "../../formats/entity_labels.js";
import { t } from "../../language/index.js";
import { Caret } from "./caret.js";
import { LabelChoice } from "./label_choice.js";
import { type Side, withEnd, withSteppedEnd } from "./span_ends.js";
import { quoted, type SpanScreen } from "./span_screen.js";

export class SpanEditor {
  readonly store = new ShapeStore<SpanShape>();
  readonly selection: Selection<SpanShape>;
  readonly choice = new LabelChoice();
  private readonly history = new History(this.store);
  private readonly cursor = new Caret();
  private changing: SpanShape | null = null;
  private ordered: readonly SpanShape[] = [];

  constructor(private readonly screen: SpanScreen) {
    this.selection = new Selection(this.store, () => screen.selectionChanged());
    this.store.subscribe(() => (this.ordered = inTextOrder(this.store.shapes)));
  }

  get text(): IndexedText {
    return this.cursor.text;
  }

  set text(text: IndexedText) {
    this.cursor.text = text;
    this.changing = null;
    this.screen.update();
  }

  get labels(): readonly EntityLabel[] {
    return this.choice.labels;
  }

  set labels(labels: readonly EntityLabel[]) {
    this.choice.labels = labels;
    this.screen.update();
  }

  /** Sets the label of the next span to the one of an earlier task, if it is in the list, now or later. */
  preferLabel(label: string): void {
    this.choice.prefer(label);
    this.screen.update();
  }

  /** The label that the next span gets; "" when the worker marks first and chooses the label then. */
  get chosenLabel(): string {
    return this.choice.chosen;
  }

  /** In the order of the text. */
  get spans(): readonly SpanShape[] {
    return this.ordered;
  }

  get caret(): number {
    return this.cursor.offset;
  }

  /** A mark covers whole words. */
  get wholeWords(): boolean {
    return this.cursor.wholeWords;
  }

  set wholeWords(on: boolean) {
    this.cursor.wholeWords = on;
  }

  /** The marked part of the text, which has no label yet. */
  get marked(): Extent | null {
    return this.cursor.marked;
  }

  /** The span whose end is being dragged, as it would become. */
  get preview(): SpanShape | null {
    return this.changing;
  }

  get canUndo(): boolean {
    return this.history.canUndo;
  }

  get canRedo(): boolean {
    return this.history.canRedo;
  }

  quote(extent: Extent): string {
    return quoted(this.text, extent);
  }

  nameOf(label: string): string {
    return this.choice.nameOf(label);
  }

  // --- caret and mark -------------------------------------------------------------------------------------------------

  /** Moves the caret; with `extend`, the text between it and where it was is marked. */
  moveCaret(offset: number, extend: boolean): void {
    this.cursor.move(offset, extend);
    if (this.selection.id !== null) this.selection.select(null);
    this.screen.update();
  }

  /** Marks a part of the text. */
  mark({ start, end }: Extent): void {
    this.moveCaret(start, false);
    this.moveCaret(end, true);
  }

  /** Gives the marked part the chosen label. Without a chosen label it stays marked. Returns false when none is marked. */
  labelMarked(): boolean {
    const { marked } = this;
    if (marked === null) return false;
    if (this.chosenLabel === "") this.screen.announce(t("Marked: {{text}}. Choose a label.", { text: this.quote(marked) }));
    else this.add(marked, this.chosenLabel);
    return true;
  }

  /** Labels many parts at once, in one step of undo. */
  labelAll(extents: readonly Extent[]): void {
    if (this.chosenLabel === "") return;
    const isNew = (extent: Extent): boolean => this.find(extent, this.chosenLabel) === undefined;
    const added = extents.filter(isNew).map(({ start, end }) => makeShape<SpanShape>(this.chosenLabel, { start, end }));
    if (added.length === 0) return;
    const index = this.store.shapes.length;
    const unmark: Change<SpanShape>[] = this.store.nothingToLabel ? [{ kind: "mark", before: true, after: false }] : [];
    this.store.apply({
      origin: "worker",
      changes: [...unmark, ...added.map((shape, at) => ({ kind: "add" as const, shape, index: index + at }))],
    });
    this.screen.offerUndo(t("{{count}} entities added as {{label}}", { count: added.length, label: this.nameOf(this.chosenLabel) }));
  }

  // --- labels -----------------------------------------------------------------------------------------------------------

  /** Labels the marked part; else relabels the selected span, unless it was just added; else chooses for the next span. */
  chooseLabel(label: string): void {
    const { marked } = this;
    const span = this.selection.fresh ? undefined : this.selection.shape;
    if (marked !== null) this.add(marked, label);
    else if (span !== undefined) this.relabel(span, label);
    else this.screen.announce(t("Label {{label}}", { label: this.nameOf(label) }));
    if (this.chosenLabel !== "" || (marked === null && span === undefined)) this.setLabel(label);
  }

  /** As chooseLabel, but the chosen label is given up when there is nothing to label with it. */
  toggleLabel(label: string): void {
    const acts = this.marked !== null || (this.selection.id !== null && !this.selection.fresh);
    if (acts || this.chosenLabel !== label) this.chooseLabel(label);
    else {
      this.setLabel("");
      this.screen.announce(t("No label: mark a part of the text, then choose its label"));
    }
  }

  /** Chooses a label by its place in the list. Returns false when there is none. */
  chooseLabelAt(index: number): boolean {
    const label = this.labels[index]?.label;
    if (label !== undefined) this.chooseLabel(label);
    return label !== undefined;
  }

  // --- spans ------------------------------------------------------------------------------------------------------------

  pick(span: SpanShape): void {
    this.cursor.move(span.start, false);
    this.selection.select(span.id);
    this.screen.reveal(span);
    const at = this.ordered.findIndex(({ id }) => id === span.id);
    const place = { text: this.quote(span), label: this.nameOf(span.label), number: at + 1, total: this.ordered.length };
    this.screen.announce(t("{{label}}: {{text}}, entity {{number}} of {{total}}", place));
  }

  /** Selects one of several spans at a place: the one after the selected one, else the first. */
  pickAmong(spans: readonly SpanShape[]): void {
    const at = this.selection.fresh ? -1 : spans.findIndex(({ id }) => id === this.selection.id);
    const next = spans[(at + 1) % spans.length];
    if (next !== undefined) this.pick(next);
  }

  /** Selects the next (1) or previous (-1) span, from the selected one or the caret. Returns false past the end. */
  cycle(step: 1 | -1): boolean {
    const from = this.ordered.findIndex(({ id }) => id === this.selection.id);
    const next = from >= 0 ? this.ordered[from + step] : nextTo(this.caret, this.ordered, step);
    if (next === undefined) this.selection.select(null);
    else this.pick(next);
    return next !== undefined;
  }

  remove(span: SpanShape): void {
    this.store.remove(span.id);
    this.screen.announce(t("Deleted: {{text}}", { text: this.quote(span) }));
  }

  /** Returns false when no span is selected. */
  removeSelected(): boolean {
    const span = this.selection.shape;
    if (span !== undefined) this.remove(span);
    return span !== undefined;
  }

  /** Returns false when there is none. */
  removeAll(): boolean {
    const { shapes } = this.store;
    const said = t("{{count}} entities removed", { count: shapes.length });
    if (shapes.length === 0) return false;
    this.store.edit({ removed: shapes.map(({ id }) => id) });
    this.screen.offerUndo(said);
    this.screen.announce(said);
    return true;
  }

  /** Shows a span with one end elsewhere, until finishChange or cancel. */
  previewEnd(span: SpanShape, side: Side, offset: number): void {
    this.changing = withEnd(span, side, offset, this.cursor.text, this.wholeWords) ?? this.changing;
    this.screen.update();
  }

  finishChange(): void {
    const { changing } = this;
    this.changing = null;
    if (changing !== null) this.replace(changing);
    this.screen.update();
  }

  /** Moves an end of the selected span by a word, or by a character. Returns false when none is selected. */
  stepEnd(side: Side, step: 1 | -1): boolean {
    const span = this.selection.shape;
    if (span === undefined) return false;
    const changed = withSteppedEnd(span, side, step, this.cursor.text, this.wholeWords);
    if (changed !== null) {
      this.replace(changed, `${side}:${span.id}`);
      this.screen.reveal({ start: changed[side], end: changed[side] });
    }
    return true;
  }

  markNothingToLabel(marked: boolean): void {
    const count = this.store.shapes.length;
    this.store.markNothingToLabel(marked);
    if (marked && count > 0) this.screen.offerUndo(t("{{count}} entities removed", { count }));
    this.screen.announce(marked ? t("Nothing to label") : t("There is something to label"));
  }

  undo(): void {
    this.giveUpChange();
    if (this.history.undo().length > 0) this.screen.announce(t("Undone"));
  }

  redo(): void {
    this.giveUpChange();
    if (this.history.redo().length > 0) this.screen.announce(t("Redone"));
  }

  /** Cancels the first that applies: a change, the mark, the selection. Returns false when none does. */
  cancel(): boolean {
    if (this.giveUpChange()) return true;
    if (this.cursor.unmark()) {
      this.screen.update();
      return true;
    }
    if (this.selection.id === null) return false;
    this.selection.select(null);
    return true;
  }

  private giveUpChange(): boolean {
    const isChanging = this.changing !== null;
    this.changing = null;
    if (isChanging) this.screen.update();
    return isChanging;
  }

  private add(extent: Extent, label: string): void {
    const existing = this.find(extent, label);
    const { start, end } = extent;
    const span = existing ?? makeShape<SpanShape>(label, { start, end });
    this.cursor.move(end, false);
    if (existing === undefined) this.store.add(span);
    // With a chosen label, digits are for the next span: workers who go on marking must not change what they have marked.
    this.selection.select(span.id, { fresh: this.chosenLabel !== "" });
    this.screen.announce(t("{{text}} is {{label}}", { text: this.quote(span), label: this.nameOf(label) }));
    this.screen.update();
  }

  private relabel(span: SpanShape, label: string): void {
    if (span.label === label) return;
    this.replace({ ...span, label });
  }

  private replace(span: SpanShape, mergeKey?: string): void {
    const twin = this.find(span, span.label);
    if (twin !== undefined && twin.id !== span.id) {
      this.screen.warn(t("This part is already marked as {{label}}", { label: this.nameOf(span.label) }));
      return;
    }
    this.store.update(span, mergeKey);
    this.screen.announce(t("{{text}} is {{label}}", { text: this.quote(span), label: this.nameOf(span.label) }));
  }

  private find({ start, end }: Extent, label: string): SpanShape | undefined {
    return this.store.shapes.find((span) => span.start === start && span.end === end && span.label === label);
  }

  private setLabel(label: string): void {
    this.choice.choose(label);
    this.screen.labelChosen(label);
    this.screen.update();
  }
}
