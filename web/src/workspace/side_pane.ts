/** The pane next to the image, or below it in a narrow window: the labels and the shapes. */
import { html, type ReactiveControllerHost, type TemplateResult } from "lit";
import type { Shape } from "../core/shapes.js";
import type { ShapeEditor } from "./editor.js";
import { renderLabelList, showChosenLabel } from "./label_list.js";
import type { ShapeKind } from "./shape_kind.js";
import { renderShapeList, showRow } from "./shape_list.js";
import type { SmallWindow } from "./small_window.js";

interface SidePaneHost extends ReactiveControllerHost {
  readonly renderRoot: ParentNode;
}

export interface SideState {
  /** The image is shown. */
  readonly ready: boolean;
  /** The worker tried to submit an empty answer. */
  readonly asked: boolean;
  readonly keepFocus: (event: MouseEvent) => void;
  /** Moves the focus back to the image. */
  readonly focus: () => void;
}

export class SidePane<S extends Shape> {
  private labelFilter = "";

  constructor(
    private readonly host: SidePaneHost,
    private readonly kind: ShapeKind<S>,
    private readonly editor: ShapeEditor<S>,
    private readonly smallWindow: SmallWindow,
  ) {}

  render(state: SideState): TemplateResult {
    return html`<aside class="right" aria-label="Labels and ${this.kind.nouns.many}" @mousedown=${state.keepFocus}>
      ${this.renderLabels()}${this.renderShapes(state)}</aside>`;
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

  private renderLabels(): TemplateResult {
    const { editor, smallWindow } = this;
    return renderLabelList({
      labels: editor.labels,
      chosen: editor.chosenLabel,
      filter: smallWindow.showsStrip ? "" : this.labelFilter,
      styleOf: (label) => editor.styleOf(label),
      tallyOf: (label) => editor.store.shapes.filter((shape) => shape.label === label).length,
      choose: (label) => this.chooseLabel(label),
      setFilter: (filter) => this.filterLabels(filter),
      isOpen: smallWindow.isOpen("labels"),
      toggle: () => smallWindow.toggle("labels"),
    });
  }

  private renderShapes({ ready, asked, focus }: SideState): TemplateResult {
    const { kind, editor, smallWindow } = this;
    const relabel = (label: string): void => {
      editor.chooseLabel(label);
      focus();
    };
    return renderShapeList({ kind, editor, ready, asked, isOpen: smallWindow.isOpen("shapes"), relabel });
  }

  private chooseLabel(label: string): void {
    if (this.smallWindow.isOpen("labels")) this.smallWindow.open(null);
    this.editor.chooseLabel(label);
  }

  private filterLabels(filter: string): void {
    this.labelFilter = filter;
    this.host.requestUpdate();
  }

  /** Without an update to wait for, what was chosen before would be found. */
  private afterUpdate(act: (root: ParentNode) => void): void {
    this.host.requestUpdate();
    void this.host.updateComplete.then(() => act(this.host.renderRoot));
  }
}
