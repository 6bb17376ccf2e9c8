/** Spans from outside the editor: the task's initial value and the saved state of unfinished work. */
import type { SpanShape } from "../../core/spans.js";
import { parseRelaxedJson } from "../../formats/relaxed_json.js";
import { type EntitiesAnswer, readSpans, readState, writeAnswer, writeState } from "../../formats/spans.js";
import type { SpanEditor } from "./span_editor.js";

export class SpanDrafts {
  private initial: readonly SpanShape[] | null = null;
  private unreadable: readonly string[] = [];

  constructor(private readonly editor: SpanEditor) {}

  /** One sentence for each entry of the initial value that cannot be shown. */
  get failures(): readonly string[] {
    return this.unreadable;
  }

  /** Replaces all spans by those of an `initial-value` attribute; null for a task without one. */
  loadInitialValue(text: string | null): void {
    const read = text === null ? { shapes: [], failures: [] } : this.readInitialValue(text);
    this.initial = text === null ? null : read.shapes;
    this.unreadable = read.failures;
    this.editor.store.load(read.shapes);
  }

  save(): object {
    const { store, text } = this.editor;
    return writeState(store.shapes, text, store.nothingToLabel);
  }

  restore(saved: unknown): void {
    const { shapes, nothingToLabel } = readState(saved, this.labels, this.editor.text);
    this.editor.store.load(shapes, nothingToLabel);
  }

  answer(): EntitiesAnswer {
    return writeAnswer(this.editor.store.shapes, this.editor.text, this.initial);
  }

  private readInitialValue(text: string): { shapes: readonly SpanShape[]; failures: readonly string[] } {
    const parsed = parseRelaxedJson(text);
    return parsed.ok ? readSpans(parsed.value, this.labels, this.editor.text) : { shapes: [], failures: [parsed.problem] };
  }

  private get labels(): string[] {
    return this.editor.labels.map(({ label }) => label);
  }
}
