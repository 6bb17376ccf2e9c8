/** The pane next to the image, or below it in a narrow window: the labels and the shapes. */
import { html, type ReactiveControllerHost, type TemplateResult } from "lit";
import type { Shape } from "../core/shapes.js";
import { t } from "../language/index.js";
import type { ShapeEditor } from "./editor.js";
import type { Keys } from "./keys.js";
import { renderLabelList, showChosenLabel } from "./label_list.js";
import { LabelSearch } from "./label_search.js";
import type { ShapeKind } from "./shape_kind.js";
import { renderShapeList, showRow } from "./shape_list.js";
import { ShapeSearch } from "./shape_search.js";
import type { SmallWindow } from "./small_window.js";

interface SidePaneHost extends ReactiveControllerHost {
  readonly renderRoot: ParentNode;
}

export interface SideState {
  /** The image is shown. */
  readonly ready: boolean;
  /** The worker tried to submit an empty answer. */
  readonly asked: boolean;
  readonly keys: Keys;
  /** What is between the list of shapes and the "nothing to label" mark. */
  readonly notes: unknown;
  readonly keepFocus: (event: MouseEvent) => void;
}

export class SidePane<S extends Shape> {
  private readonly labelSearch: LabelSearch;
  private readonly shapeSearch: ShapeSearch<S>;
  private tallied: readonly S[] | null = null;
  private tallies: ReadonlyMap<string, number> = new Map();

  constructor(
    private readonly host: SidePaneHost,
    private readonly kind: ShapeKind<S>,
    private readonly editor: ShapeEditor<S>,
    private readonly smallWindow: SmallWindow,
    /** Moves the focus back to the image. */
    private readonly focusImage: () => void,
  ) {
    this.labelSearch = new LabelSearch(host, (label) => this.chooseFound(label), focusImage);
    this.shapeSearch = new ShapeSearch<S>(kind.bounds, () => host.requestUpdate());
  }

  render(state: SideState): TemplateResult {
    return html`<aside class="right" aria-label=${t("Labels and {{shapes}}", { shapes: this.kind.nouns.many })} @mousedown=${state.keepFocus}>
      ${this.renderLabels(state)}${this.renderShapes(state)}</aside>`;
  }

  /** Moves the focus to the field that finds a label. Returns false in a task with few labels. */
  findLabel(): boolean {
    if (!this.labelSearch.isOfUse(this.editor.labels)) return false;
    if (this.smallWindow.showsStrip) this.smallWindow.open("labels");
    void this.host.updateComplete.then(() => this.labelSearch.focus());
    return true;
  }

  /** Scrolls to the chosen label. */
  showLabel(): void {
    this.afterUpdate(showChosenLabel);
  }

  /** Scrolls to the selected shape. */
  showSelection(): void {
    const { id } = this.editor.selection;
    this.afterUpdate((root) => showRow(root, id));
  }

  private renderLabels({ keys }: SideState): TemplateResult {
    const { editor, smallWindow } = this;
    const { hidden, locked, version } = editor.visibility;
    return renderLabelList({
      labels: editor.labels,
      chosen: editor.chosenLabel,
      search: this.labelSearch,
      searchKey: keys.first("find-label"),
      styleOf: (label) => (this.kind.coloursEachShape === true ? null : editor.styleOf(label)),
      tallies: this.countLabels(),
      keyOf: (index) => keys.ofLabel(index),
      choose: (label) => this.chooseLabel(label),
      marks: {
        isHidden: (label) => hidden.hasLabel(label),
        isLocked: (label) => locked.hasLabel(label),
        hide: (label) => editor.marking.hideLabel(label),
        lock: (label) => editor.marking.lockLabel(label),
      },
      version: `${version} ${keys.version}`,
      isOpen: smallWindow.isOpen("labels"),
      isStrip: smallWindow.showsStrip,
      toggle: () => smallWindow.toggle("labels"),
    });
  }

  private renderShapes({ ready, asked, keys, notes }: SideState): TemplateResult {
    const { kind, editor, smallWindow, shapeSearch } = this;
    const relabel = (label: string): void => {
      editor.chooseLabel(label);
      this.focusImage();
    };
    const isOpen = smallWindow.isOpen("shapes");
    return renderShapeList({ kind, editor, search: shapeSearch, ready, asked, isOpen, relabel, notes, nothingKey: keys.first("nothing") });
  }

  /** A new map only after a change of the shapes, so that the list of labels is not drawn for each movement. */
  private countLabels(): ReadonlyMap<string, number> {
    const { shapes } = this.editor.store;
    if (this.tallied === shapes) return this.tallies;
    const tallies = new Map<string, number>();
    for (const { label } of shapes) tallies.set(label, (tallies.get(label) ?? 0) + 1);
    this.tallied = shapes;
    this.tallies = tallies;
    return tallies;
  }

  private chooseLabel(label: string): void {
    if (this.smallWindow.isOpen("labels")) this.smallWindow.open(null);
    this.editor.chooseLabel(label);
  }

  private chooseFound(label: string): void {
    this.labelSearch.clear();
    this.chooseLabel(label);
    this.focusImage();
    this.showLabel();
  }

  /** Without an update to wait for, what was chosen before would be found. */
  private afterUpdate(act: (root: ParentNode) => void): void {
    this.host.requestUpdate();
    void this.host.updateComplete.then(() => act(this.host.renderRoot));
  }
}
