/** What a worker can do with the shapes on an image: draw, label, select, move, delete, undo. No DOM. */
import type { Size } from "../core/geometry.js";
import { History } from "../core/history.js";
import { Selection } from "../core/selection.js";
import { type Geometry, makeShape, type Rect, type Shape } from "../core/shapes.js";
import { type Change, ShapeStore } from "../core/store.js";
import type { DrawingMode, DrawingTool, ToolHost } from "../tools/tool.js";
import { type LabelStyle, labelStyle } from "../ui/palette.js";
import { capital, counted, type Nouns } from "./nouns.js";
import type { ShapeKind } from "./shape_kind.js";

export type Mode = DrawingMode | "pan";

/** What the editor needs from the screen. */
export interface EditorScreen {
  /** Stored pixels; null until the image is shown. */
  readonly image: Size | null;
  pan(dx: number, dy: number): void;
  reveal(rect: Rect): void;
  /** Shows a change of the label, the mode or the hovered shape. */
  update(): void;
  selectionChanged(): void;
  /** Draws the shapes again: the tool's preview has changed. */
  refresh(): void;
  /** The worker chose the label of the next shape. */
  labelChosen(label: string): void;
  /** Speaks to a screen reader. */
  announce(text: string): void;
  /** Shows a short message to the worker. */
  warn(text: string): void;
  /** Shows that shapes were removed and offers to undo it. */
  offerUndo(text: string): void;
}

/** Image movement in CSS pixels for one step of an arrow key, and for each pixel of a step with Shift. */
const PAN_STEP = 40;
const FAST_PAN_FACTOR = 16;

export class ShapeEditor<S extends Shape> {
  readonly store = new ShapeStore<S>();
  readonly selection: Selection<S>;
  readonly tool: DrawingTool<S>;
  private readonly history = new History(this.store);
  private labelList: readonly string[] = [];
  private colours: readonly (string | undefined)[] = [];
  private label = "";
  /** The label that the worker chose in an earlier task. */
  private preferred = "";
  private currentMode: Mode = "draw";
  private hovered: string | null = null;

  constructor(
    private readonly kind: ShapeKind<S>,
    private readonly screen: EditorScreen,
  ) {
    this.selection = new Selection(this.store, () => screen.selectionChanged());
    this.tool = kind.createTool(this.toolHost());
  }

  get labels(): readonly string[] {
    return this.labelList;
  }

  set labels(labels: readonly string[]) {
    this.labelList = labels;
    if (!labels.includes(this.label)) this.label = labels.includes(this.preferred) ? this.preferred : (labels[0] ?? "");
    this.screen.update();
  }

  /** The colours that the task gives its labels, in the order of the labels. Labels without one get one of ours. */
  set labelColours(colours: readonly (string | undefined)[]) {
    this.colours = colours;
    this.screen.update();
  }

  styleOf(label: string): LabelStyle {
    const index = this.labelList.indexOf(label);
    return labelStyle(index, this.colours[index]);
  }

  /** Sets the label of the next shape to the one of an earlier task, if it is in the list, now or later. */
  preferLabel(label: string): void {
    this.preferred = label;
    if (this.labelList.includes(label)) this.label = label;
    this.screen.update();
  }

  /** The label that the next shape gets. */
  get chosenLabel(): string {
    return this.label;
  }

  get mode(): Mode {
    return this.currentMode;
  }

  get hoverId(): string | null {
    return this.hovered;
  }

  get canUndo(): boolean {
    return this.tool.steps?.canUndo === true || this.history.canUndo;
  }

  get canRedo(): boolean {
    return this.tool.steps?.canRedo === true || this.history.canRedo;
  }

  /** Sets the label of the next shape. Also relabels the selected shape, unless it was just drawn. */
  chooseLabel(label: string): void {
    this.label = label;
    this.screen.labelChosen(label);
    const shape = this.selection.fresh ? undefined : this.selection.shape;
    if (shape !== undefined) this.store.update({ ...shape, label });
    this.screen.announce(shape === undefined ? `Label ${label}` : `${capital(this.kind.nouns.one)} relabelled to ${label}`);
    this.screen.update();
  }

  /** Chooses a label by its place in the list. Returns false when there is none. */
  chooseLabelAt(index: number): boolean {
    const label = this.labelList[index];
    if (label !== undefined) this.chooseLabel(label);
    return label !== undefined;
  }

  setMode(mode: Mode): void {
    this.currentMode = mode;
    // The worker may move the image, and then go on with an unfinished shape.
    if (this.tool.isUnfinished !== true) this.tool.cancel();
    const { many } = this.kind.nouns;
    this.screen.announce({ draw: `Draw ${many}`, select: `Select ${many}`, pan: "Move the image" }[mode]);
    this.screen.update();
  }

  hover(id: string | null): void {
    if (this.hovered === id) return;
    this.hovered = id;
    this.screen.refresh();
  }

  /** Moves or resizes the selected shape; moves the image when none is selected. Returns false before there is an image. */
  arrow(dx: number, dy: number, resize: boolean): boolean {
    const { image } = this.screen;
    const shape = this.selection.shape;
    if (image === null) return false;
    if (shape === undefined) this.screen.pan(-panDistance(dx), -panDistance(dy));
    else if (!resize) this.replace(this.kind.moved(shape, dx, dy, image), `move:${shape.id}`);
    else if (this.kind.resized !== undefined) this.replace(this.kind.resized(shape, dx, dy, image), `resize:${shape.id}`);
    return true;
  }

  /** Selects the next (step 1) or previous (step -1) shape. Returns false past the end, where none is selected. */
  cycle(step: 1 | -1): boolean {
    const found = this.selection.cycle(step);
    const shape = this.selection.shape;
    if (shape !== undefined) {
      const { shapes } = this.store;
      this.screen.reveal(this.kind.bounds(shape));
      this.screen.announce(`${shape.label}, ${this.kind.nouns.one} ${shapes.indexOf(shape) + 1} of ${shapes.length}`);
    }
    return found;
  }

  pick(shape: S): void {
    this.selection.select(shape.id);
    this.screen.reveal(this.kind.bounds(shape));
    this.screen.announce(`${shape.label} selected`);
  }

  remove(shape: S): void {
    this.store.remove(shape.id);
    this.hover(null);
    this.screen.announce(`${shape.label} deleted`);
  }

  /** Returns false when no shape is selected. */
  removeSelected(): boolean {
    const shape = this.selection.shape;
    if (shape !== undefined) this.remove(shape);
    return shape !== undefined;
  }

  markNothingToLabel(marked: boolean): void {
    if (this.screen.image === null) return;
    const removed = this.store.shapes.length;
    this.store.markNothingToLabel(marked);
    if (marked && removed > 0) this.screen.offerUndo(`${counted(removed, this.kind.nouns)} removed`);
    this.screen.announce(marked ? "Nothing to label" : "There is something to label");
  }

  undo(): void {
    if (this.tool.steps?.undo() === true) return;
    this.tool.cancel();
    const changes = this.history.undo();
    if (changes.length > 0) this.screen.announce(`Undone: ${describe(changes, this.kind.nouns)}`);
  }

  redo(): void {
    if (this.tool.steps?.redo() === true) return;
    this.tool.cancel();
    const changes = this.history.redo();
    if (changes.length > 0) this.screen.announce(`Redone: ${describe(changes, this.kind.nouns)}`);
  }

  /** Cancels the first that applies: the drag, the selection, the select or pan mode. Returns false when none does. */
  cancel(): boolean {
    if (this.tool.cancel()) return true;
    if (this.selection.id !== null) {
      this.selection.select(null);
      return true;
    }
    if (this.currentMode === "draw") return false;
    this.setMode("draw");
    return true;
  }

  private create(geometry: Geometry<S>): void {
    const shape = makeShape<S>(this.label, geometry);
    this.store.add(shape);
    this.selection.select(shape.id, { fresh: true });
    this.screen.announce(`${shape.label} drawn, ${this.kind.row.spokenSize(shape)}`);
  }

  private change(id: string, geometry: Geometry<S>, mergeKey?: string): void {
    const shape = this.store.get(id);
    if (shape !== undefined) this.replace({ ...shape, ...geometry }, mergeKey);
  }

  private replace(shape: S, mergeKey?: string): void {
    this.store.update(shape, mergeKey);
    this.screen.announce(`${shape.label} ${this.kind.row.spokenPlace(shape)}`);
  }

  private toolHost(): ToolHost<S> {
    const editor = this;
    return {
      get mode() {
        return editor.currentMode === "select" ? "select" : "draw";
      },
      get image() {
        return editor.screen.image ?? { width: 1, height: 1 };
      },
      get shapes() {
        return editor.store.shapes;
      },
      get selected() {
        return editor.selection.shape;
      },
      get selectedIsFresh() {
        return editor.selection.fresh;
      },
      mayDraw: () => editor.label !== "",
      select: (id) => editor.selection.select(id),
      create: (geometry) => editor.create(geometry),
      tooSmall: () => editor.screen.warn(`This ${editor.kind.nouns.one} is too small on the screen. Zoom in to draw it.`),
      change: (id, geometry, mergeKey) => editor.change(id, geometry, mergeKey),
      warn: (text) => editor.screen.warn(text),
      announce: (text) => editor.screen.announce(text),
      previewChanged: () => editor.screen.refresh(),
      stepsChanged: () => editor.screen.update(),
    };
  }
}

function panDistance(step: number): number {
  return step * (Math.abs(step) > 1 ? FAST_PAN_FACTOR : PAN_STEP);
}

function describe(changes: readonly Change<Shape>[], nouns: Nouns): string {
  const number = (kind: string): number => changes.filter((change) => change.kind === kind).length;
  const said = (n: number, what: string): string => (n === 1 ? `one ${nouns.one} is ${what}` : `${n} ${nouns.many} are ${what}`);
  if (number("add") > 0) return said(number("add"), "back");
  if (number("remove") > 0) return said(number("remove"), "gone");
  return number("update") > 0 ? `one ${nouns.one} changed` : "“Nothing to label” changed";
}
