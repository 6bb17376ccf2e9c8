/** Shapes that a model suggested and nobody has looked at yet: going through them and accepting them. */
import type { Shape } from "../core/shapes.js";
import { locale, t } from "../language/index.js";
import type { ShapeEditor } from "./editor.js";

/** Making one takes longer than drawing a tag. */
const formats = new Map<string, Intl.NumberFormat>();

/** The confidence of a model, from 0 to 1, in percent: "87 %". */
export function percentOf(confidence: number): string {
  const format = formats.get(locale()) ?? new Intl.NumberFormat(locale(), { style: "percent" });
  formats.set(locale(), format);
  return format.format(confidence);
}

export class Suggestions<S extends Shape> {
  constructor(private readonly editor: ShapeEditor<S>) {}

  get open(): readonly S[] {
    return this.editor.store.shapes.filter(({ confidence }) => confidence !== undefined);
  }

  /** Selects the next suggestion in drawing order, after the last one the first. Returns false when there is none. */
  next(): boolean {
    const { open } = this;
    const { shapes } = this.editor.store;
    const from = shapes.findIndex(({ id }) => this.editor.selection.ids.has(id));
    const next = open.find((shape) => shapes.indexOf(shape) > from) ?? open[0];
    if (next === undefined) return false;
    this.editor.pick(next);
    return true;
  }

  /** Accepts the selected suggestions as they are, and goes to the next one. Returns false when none is selected. */
  accept(): boolean {
    const chosen = this.editor.selection.shapes.filter(({ confidence }) => confidence !== undefined);
    if (chosen.length === 0) return this.next();
    // What a person has changed or accepted has no confidence.
    this.editor.store.edit({ updated: chosen.map(({ confidence: _, ...shape }) => shape as unknown as S) });
    this.editor.screen.announce(t("{{shapes}} accepted", { shapes: this.editor.counted(chosen) }));
    this.next();
    return true;
  }
}
