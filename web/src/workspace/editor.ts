/** What a worker can do with the shapes on an image: draw, label, select, move, copy, delete, undo. No DOM. */
import { type Point, rectAround, type Size } from "../core/geometry.js";
import { History } from "../core/history.js";
import { Selection } from "../core/selection.js";
import { type Geometry, makeShape, type Rect, type Shape } from "../core/shapes.js";
import { type ShapeEdit, ShapeStore } from "../core/store.js";
import { commonStep } from "../core/together.js";
import { Visibility } from "../core/visibility.js";
import { t } from "../language/index.js";
import { SelectingTool } from "../tools/selecting.js";
import type { DrawingMode } from "../tools/tool.js";
import { type LabelStyle, labelStyle, UNLISTED } from "../ui/palette.js";
import { Copies } from "./copies.js";
import { describe } from "./described_changes.js";
import { Marking } from "./marking.js";
import { capital, counted } from "./nouns.js";
import type { ShapeKind } from "./shape_kind.js";
import { Suggestions } from "./suggestions.js";
import { selectingHost, toolHost } from "./tool_hosts.js";

export type Mode = DrawingMode | "pan";

/** What the editor needs from the screen. */
export interface EditorScreen {
  /** Stored pixels; null until the image is shown. */
  readonly image: Size | null;
  /** Where the pointer is over the image, in image pixels; null elsewhere. */
  readonly pointer: Point | null;
  pan(dx: number, dy: number): void;
  reveal(rect: Rect): void;
  /** Shows a change of the label, the mode, the hovered shape or what is visible. */
  update(): void;
  selectionChanged(): void;
  /** What the tool shows of its steps has changed: perhaps an unfinished shape, which a draft keeps. */
  unfinishedChanged(): void;
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
  readonly visibility = new Visibility();
  readonly tool: SelectingTool<S>;
  readonly copies: Copies<S>;
  readonly marking: Marking<S>;
  readonly suggestions: Suggestions<S>;
  private readonly history = new History(this.store);
  private labelList: readonly string[] = [];
  private colours: readonly (string | undefined)[] = [];
  private label = "";
  /** The label that the worker chose in an earlier task. */
  private preferred = "";
  private currentMode: Mode = "draw";
  private hovered: string | null = null;

  constructor(
    readonly kind: ShapeKind<S>,
    readonly screen: EditorScreen,
  ) {
    this.selection = new Selection(this.store, () => screen.selectionChanged());
    this.tool = new SelectingTool(kind.createTool(toolHost(this)), selectingHost(this));
    this.copies = new Copies(this);
    this.marking = new Marking(this);
    this.suggestions = new Suggestions(this);
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

  /** The look of a label, or of a shape with it that may have a colour of its own. */
  styleOf(label: string, shape?: S): LabelStyle {
    const index = this.labelList.indexOf(label);
    if (index === -1 && shape !== undefined) return UNLISTED;
    return labelStyle(index, (shape && this.kind.colour?.(shape)) ?? this.colours[index]);
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

  /** The rectangle around the selected shapes; null without any. */
  get selectedBounds(): Rect | null {
    return rectAround(this.selection.shapes.map((shape) => this.kind.bounds(shape)));
  }

  /** The shapes whose label is not in the list: a script has replaced the labels. */
  get unlisted(): readonly S[] {
    return this.store.shapes.filter(({ label }) => !this.labelList.includes(label));
  }

  /** The shapes to draw, as they are during a drag. */
  get shownShapes(): readonly S[] {
    const { moved } = this.tool;
    const shown = this.store.shapes.filter((shape) => !this.visibility.hidden.has(shape));
    if (moved.length === 0) return shown;
    const places = new Map(moved.map((shape) => [shape.id, shape]));
    return shown.map((shape) => places.get(shape.id) ?? shape);
  }

  /** The selected shapes that may be changed. Without any, the worker reads why. */
  get changeable(): readonly S[] {
    const { shapes } = this.selection;
    const unlocked = shapes.filter((shape) => !this.visibility.locked.has(shape));
    if (shapes.length > 0 && unlocked.length === 0) this.screen.warn(t("The selection is locked. Unlock it to change it."));
    return unlocked;
  }

  /** Sets the label of the next shape. Also relabels the selected shapes, unless one was just drawn. */
  chooseLabel(label: string): void {
    this.label = label;
    this.screen.labelChosen(label);
    const { one } = this.kind.nouns;
    const shapes = this.selection.fresh ? [] : this.changeable;
    this.store.edit({ updated: shapes.map((shape) => ({ ...shape, label })) });
    if (shapes.length > 1) this.screen.announce(t("{{shapes}} relabelled to {{label}}", { shapes: this.counted(shapes), label }));
    else if (shapes.length === 1) this.screen.announce(t("{{shape}} relabelled to {{label}}", { shape: capital(one), label }));
    else this.screen.announce(t("Label {{label}}", { label }));
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
    const shapes = this.kind.nouns.many;
    this.screen.announce(
      { draw: t("Draw {{shapes}}", { shapes }), select: t("Select and move {{shapes}}", { shapes }), pan: t("Move the image") }[mode],
    );
    this.screen.update();
  }

  hover(id: string | null): void {
    if (this.hovered === id) return;
    this.hovered = id;
    this.screen.refresh();
  }

  /** Moves or resizes the selected shapes; moves the image when none is selected. Returns false before there is an image. */
  arrow(dx: number, dy: number, resize: boolean): boolean {
    const { image } = this.screen;
    if (image === null) return false;
    if (this.selection.ids.size === 0) {
      this.screen.pan(-panDistance(dx), -panDistance(dy));
      return true;
    }
    const shapes = this.changeable;
    const { resized } = this.kind;
    const ids = shapes.map(({ id }) => id).join();
    if (!resize) this.replaceAll(this.movedTogether(shapes, dx, dy), `move:${ids}`);
    else if (resized !== undefined) this.replaceAll(shapes.map((shape) => resized(shape, dx, dy, image)), `resize:${ids}`);
    return true;
  }

  /** Selects the next (step 1) or previous (step -1) visible shape. Returns false past the end, where none is selected. */
  cycle(step: 1 | -1): boolean {
    const { hidden } = this.visibility;
    const visible = this.store.shapes.filter((shape) => !hidden.has(shape));
    const found = this.selection.cycle(step, visible);
    const { shape } = this.selection;
    if (shape !== undefined) {
      this.screen.reveal(this.kind.bounds(shape));
      const place = { label: shape.label, shape: this.kind.nouns.one, number: visible.indexOf(shape) + 1, total: visible.length };
      this.screen.announce(t("{{label}}, {{shape}} {{number}} of {{total}}", place));
    }
    return found;
  }

  pick(shape: S): void {
    this.selection.select(shape.id);
    this.screen.reveal(this.kind.bounds(shape));
    this.screen.announce(t("{{label}} selected", { label: shape.label }));
  }

  /** Adds a shape to the selection, or takes it out. */
  toggle(id: string): void {
    this.selection.toggle(id);
    this.announceSelection();
  }

  /** Selects all shapes that the worker sees and may change. Returns false when there is none. */
  selectAll(shapes: readonly S[] = this.store.shapes): boolean {
    this.selection.selectAll(shapes.filter((shape) => this.visibility.isInReach(shape)).map(({ id }) => id));
    this.announceSelection();
    return this.selection.ids.size > 0;
  }

  remove(shape: S): void {
    if (this.visibility.locked.has(shape)) {
      this.screen.warn(t("This {{shape}} is locked. Unlock it to delete it.", { shape: this.kind.nouns.one }));
      return;
    }
    this.removeAll([shape]);
  }

  /** Removes the selected part of a shape, else the selected shapes. Returns false when none is selected. */
  removeSelected(): boolean {
    if (this.tool.removePart()) return true;
    if (this.selection.ids.size === 0) return false;
    this.removeAll(this.changeable);
    return true;
  }

  /** Removes all shapes that the worker sees and may change. Returns false when there is none. */
  removeReachable(): boolean {
    const shapes = this.store.shapes.filter((shape) => this.visibility.isInReach(shape));
    this.removeAll(shapes);
    return shapes.length > 0;
  }

  markNothingToLabel(marked: boolean): void {
    if (this.screen.image === null) return;
    const { shapes } = this.store;
    if (marked && shapes.some((shape) => this.visibility.locked.has(shape))) {
      this.screen.warn(t("There are locked {{shapes}}. Unlock them to mark the image as having nothing to label.", { shapes: this.kind.nouns.many }));
      return;
    }
    this.store.markNothingToLabel(marked);
    if (marked && shapes.length > 0) this.screen.offerUndo(t("{{shapes}} removed", { shapes: this.counted(shapes) }));
    this.screen.announce(marked ? t("Nothing to label") : t("There is something to label"));
  }

  /** Puts the selected shapes on top of all others, or below them. Returns false when none is selected. */
  order(to: "top" | "bottom"): boolean {
    const chosen = this.changeable.map(({ id }) => id);
    const others = this.store.shapes.map(({ id }) => id).filter((id) => !chosen.includes(id));
    this.store.reorder(to === "top" ? [...others, ...chosen] : [...chosen, ...others]);
    if (chosen.length > 0) this.screen.announce(to === "top" ? t("In front") : t("At the back"));
    return this.selection.ids.size > 0;
  }

  undo(): void {
    if (this.tool.steps?.undo() === true) return;
    this.tool.abandon();
    const changes = this.history.undo();
    if (changes.length > 0) this.screen.announce(t("Undone: {{what}}", { what: describe(changes, this.kind.nouns) }));
  }

  redo(): void {
    if (this.tool.steps?.redo() === true) return;
    this.tool.abandon();
    const changes = this.history.redo();
    if (changes.length > 0) this.screen.announce(t("Redone: {{what}}", { what: describe(changes, this.kind.nouns) }));
  }

  /** Cancels the first that applies: the drag, the selection, the select or pan mode. Returns false when none does. */
  cancel(): boolean {
    if (this.tool.cancel()) return true;
    if (this.selection.ids.size > 0) {
      this.selection.select(null);
      return true;
    }
    if (this.currentMode === "draw") return false;
    this.setMode("draw");
    return true;
  }

  /** Adds a shape with the chosen label and selects it. What the worker draws is never hidden. */
  create(geometry: Geometry<S>): void {
    const shape = makeShape<S>(this.label, geometry);
    this.visibility.hidden.clear([shape]);
    this.store.add(shape);
    this.selection.select(shape.id, { fresh: true });
    this.screen.announce(t("{{label}} drawn, {{size}}", { label: shape.label, size: this.kind.row.spokenSize(shape) }));
  }

  edit(edit: ShapeEdit<S>): void {
    this.store.edit(edit);
  }

  /** Replaces the shapes of the same ids in one step of undo, and says where they are now. */
  replaceAll(shapes: readonly S[], mergeKey?: string): void {
    this.store.edit({ updated: shapes }, mergeKey);
    const [only] = shapes;
    if (shapes.length > 1) this.screen.announce(t("{{shapes}} moved", { shapes: this.counted(shapes) }));
    else if (only !== undefined) this.screen.announce(t("{{label}} {{place}}", { label: only.label, place: this.kind.row.spokenPlace(only) }));
  }

  /** The shapes moved by the same distance, as far as the image allows it for all of them. */
  movedTogether(shapes: readonly S[], dx: number, dy: number): readonly S[] {
    const { image } = this.screen;
    if (image === null) return shapes;
    const step = shapes.length > 1 ? commonStep(shapes.map((shape) => this.kind.bounds(shape)), dx, dy, image) : { dx, dy };
    return shapes.map((shape) => this.kind.moved(shape, step.dx, step.dy, image));
  }

  removeAll(shapes: readonly S[]): void {
    this.store.edit({ removed: shapes.map(({ id }) => id) });
    this.hover(null);
    const [only] = shapes;
    if (shapes.length > 1) this.screen.offerUndo(t("{{shapes}} removed", { shapes: this.counted(shapes) }));
    else if (only !== undefined) this.screen.announce(t("{{label}} deleted", { label: only.label }));
  }

  /** "3 boxes" */
  counted(shapes: readonly S[]): string {
    return counted(shapes.length, this.kind.nouns);
  }

  private announceSelection(): void {
    this.screen.announce(t("{{shapes}} selected", { shapes: this.counted(this.selection.shapes) }));
  }

}

function panDistance(step: number): number {
  return step * (Math.abs(step) > 1 ? FAST_PAN_FACTOR : PAN_STEP);
}
