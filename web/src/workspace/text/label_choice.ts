/** The labels of a task, and the one that the next span gets. No DOM. */
import type { EntityLabel } from "../../formats/entity_labels.js";
import { type LabelStyle, labelStyle } from "../../ui/palette.js";

export class LabelChoice {
  private list: readonly EntityLabel[] = [];
  private label = "";
  /** The label that the worker chose in an earlier task. */
  private preferred: string | null = null;

  get labels(): readonly EntityLabel[] {
    return this.list;
  }

  set labels(labels: readonly EntityLabel[]) {
    this.list = labels;
    if (this.label === "" || !this.has(this.label)) this.label = this.first();
  }

  /** Chooses the label of an earlier task, if it is in the list, now or later. */
  prefer(label: string): void {
    this.preferred = label;
    this.label = this.first();
  }

  /** "" when the worker marks first and chooses the label then. */
  get chosen(): string {
    return this.label;
  }

  choose(label: string): void {
    this.label = label;
  }

  /** The long name. */
  nameOf(label: string): string {
    return this.list.find((each) => each.label === label)?.long ?? label;
  }

  /** What is shown at the marked text. */
  shortOf(label: string): string {
    return this.list.find((each) => each.label === label)?.short ?? label;
  }

  styleOf(label: string): LabelStyle {
    const index = this.list.findIndex((each) => each.label === label);
    return labelStyle(index, this.list[index]?.colour);
  }

  private first(): string {
    const { preferred } = this;
    if (preferred !== null && (preferred === "" || this.has(preferred))) return preferred;
    return this.list[0]?.label ?? "";
  }

  private has(label: string): boolean {
    return this.list.some((each) => each.label === label);
  }
}
