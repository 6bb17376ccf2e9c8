/** Hiding and locking of shapes: of one, of the selection, of a label, of all. */
import type { Shape } from "../core/shapes.js";
import { t } from "../language/index.js";
import type { ShapeEditor } from "./editor.js";
import type { Extent } from "./keys.js";

export class Marking<S extends Shape> {
  constructor(private readonly editor: ShapeEditor<S>) {}

  hideLabel(label: string): void {
    const hidden = this.editor.visibility.hidden.toggleLabel(label, this.labelled(label));
    this.editor.screen.announce(hidden ? t("{{label}} hidden", { label }) : t("{{label}} shown", { label }));
    this.editor.screen.update();
  }

  lockLabel(label: string): void {
    const locked = this.editor.visibility.locked.toggleLabel(label, this.labelled(label));
    this.editor.screen.announce(locked ? t("{{label}} locked", { label }) : t("{{label}} unlocked", { label }));
    this.editor.screen.update();
  }

  /** Hides shapes or shows them again. Returns false when there are none. */
  hide(what: Extent): boolean {
    return this.mark("hidden", what, (on, shapes) => (on ? t("{{shapes}} hidden", { shapes }) : t("{{shapes}} shown", { shapes })));
  }

  /** Locks shapes or unlocks them. Returns false when there are none. */
  lock(what: Extent): boolean {
    return this.mark("locked", what, (on, shapes) => (on ? t("{{shapes}} locked", { shapes }) : t("{{shapes}} unlocked", { shapes })));
  }

  /** Shows only the labels of the selection, or without one the chosen label; again: all labels. */
  solo(): boolean {
    const { selection, chosenLabel, visibility, screen } = this.editor;
    const labels = selection.shapes.length > 0 ? selection.shapes.map(({ label }) => label) : [chosenLabel];
    const only = visibility.hidden.toggleOthers(new Set(labels));
    if (this.editor.tool.isUnfinished !== true) this.editor.tool.cancel();
    screen.announce(only ? t("Only {{labels}} shown", { labels: [...new Set(labels)].join(", ") }) : t("All labels shown"));
    screen.update();
    return true;
  }

  hideShape(shape: S): void {
    const hidden = this.editor.visibility.hidden.toggle([shape]);
    const values = { label: shape.label };
    this.editor.screen.announce(hidden ? t("{{label}} hidden", values) : t("{{label}} shown", values));
    this.editor.screen.update();
  }

  lockShape(shape: S): void {
    const locked = this.editor.visibility.locked.toggle([shape]);
    const values = { label: shape.label };
    this.editor.screen.announce(locked ? t("{{label}} locked", values) : t("{{label}} unlocked", values));
    this.editor.screen.update();
  }

  private labelled(label: string): readonly S[] {
    return this.editor.store.shapes.filter((shape) => shape.label === label);
  }

  private mark(which: "hidden" | "locked", what: Extent, said: (on: boolean, shapes: string) => string): boolean {
    const marks = this.editor.visibility[which];
    const { shapes } = this.editor.store;
    const chosen = what === "all" ? shapes : what === "label" ? this.labelled(this.editor.chosenLabel) : this.editor.selection.shapes;
    if (what === "selection" && chosen.length === 0) return false;
    const on = what === "all" ? marks.toggleAll() : what === "label" ? marks.toggleLabel(this.editor.chosenLabel, chosen) : marks.toggle(chosen);
    if (this.editor.tool.isUnfinished !== true) this.editor.tool.cancel();
    this.editor.screen.announce(said(on, this.editor.counted(chosen)));
    this.editor.screen.update();
    return true;
  }
}
