/** The contracts of a drawing tool: with the stage, which sends it pointer events, and with the workspace. */
import type { Point, Size } from "../core/geometry.js";
import type { Geometry, Shape } from "../core/shapes.js";
import type { ShapeEdit } from "../core/store.js";
import type { Mark } from "./marks.js";
import type { Numbers } from "./numbers.js";

export interface PointerModifiers {
  /** Image pixels per CSS pixel: converts a tolerance on the screen to the image. */
  readonly pixelSize: number;
  readonly shift: boolean;
  /** Ctrl or Cmd is held: the tool acts as in select mode. */
  readonly grab?: boolean | undefined;
  readonly alt?: boolean | undefined;
  /** A finger, which covers what it touches: handles reach further. */
  readonly touch?: boolean | undefined;
  /** Of a pen on the screen, above 0 to 1; undefined for other pointers. */
  readonly pressure?: number | undefined;
}

/** A key with what is held down with it. */
export interface ToolKey {
  /** As in KeyboardEvent. */
  readonly key: string;
  readonly shift: boolean;
  /** Ctrl or Cmd. */
  readonly control: boolean;
  readonly alt: boolean;
}

/** The stage's view of a tool. Points are in image pixels. */
export interface PointerTool {
  /** The CSS cursor for a pointer that hovers or drags at this point. */
  cursor(point: Point, modifiers: PointerModifiers): string;
  /** Whether guides through the pointer help now, because a shape is about to be drawn here. */
  showsGuides(point: Point, modifiers: PointerModifiers): boolean;
  down(point: Point, modifiers: PointerModifiers): void;
  move(point: Point, modifiers: PointerModifiers): void;
  up(point: Point, modifiers: PointerModifiers): void;
  /** The pointer moved without a button: for shapes that are drawn with several clicks. */
  hover?(point: Point, modifiers: PointerModifiers): void;
  /** The finger rests where it came down: takes hold of a shape there, to move it. Returns false where there is none. */
  hold?(point: Point, modifiers: PointerModifiers): boolean;
  /** The wheel was turned with Shift held, up (1) or down (-1). Returns false when the tool does not use it. */
  wheel?(step: 1 | -1): boolean;
  /** Abandons what the pointer does now, but not a shape that needs several strokes. Without it, `cancel` is called. */
  abandon?(): void;
  /** Abandons the shape being drawn or changed. Returns false when there is none. */
  cancel(): boolean;
}

/** The shape being drawn or changed, as it would be if the worker stopped now. */
export type ShapePreview<S extends Shape> =
  | { readonly kind: "new"; readonly geometry: Geometry<S> }
  | { readonly kind: "edit"; readonly id: string; readonly geometry: Geometry<S> };

/** The workspace's view of a tool. */
export interface DrawingTool<S extends Shape> extends PointerTool {
  readonly preview: ShapePreview<S> | null;
  /** What is drawn over the shapes. */
  readonly marks?: readonly Mark[];
  /** Some points of a shape are set, and it is not finished. It stays when the worker moves the image. */
  readonly isUnfinished?: boolean;
  /** Handles a fixed key before the workspace does, such as Enter to finish a shape. Returns false for other keys. */
  handleKey?(key: ToolKey): boolean;
  /**
   * The shapes under the pointer, the one that a click selects first. With it the pointer can also select and move
   * several shapes.
   */
  shapesAt?(point: Point, modifiers: PointerModifiers): readonly S[];
  /** Removes the selected part of a shape, such as a point. Returns false when no part is selected. */
  removePart?(): boolean;
  /** The unfinished shape as JSON, so that a draft keeps it; null without one. */
  saveUnfinished?(): object | null;
  /** Begins where `saveUnfinished` ended. Anything else begins nothing. */
  restoreUnfinished?(saved: unknown): void;
  /** The numbers of a shape that the worker can type; null without any. */
  numbers?(shape: S): Numbers | null;
  /** The steps of an unfinished shape come before those of the finished ones. */
  readonly steps?: ToolSteps | undefined;
  /** A click of the tool draws; otherwise only a drag does. */
  readonly drawsByClicks?: boolean;
  /** What the worker can switch in the tool bar. */
  readonly options?: readonly ToolOption[];
  readonly actions?: readonly ToolAction[];
}

/** Undo and redo within an unfinished shape. Both return false when there is nothing to do. */
export interface ToolSteps {
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  undo(): boolean;
  redo(): boolean;
}

/** Something of a tool that is on or off. The worker's choice is kept for the next tasks. */
export interface ToolOption {
  readonly id: string;
  readonly icon: "freehand" | "snap" | "next" | "corners";
  readonly label: string;
  /** A capital letter. */
  readonly key: string;
  readonly on: boolean;
  set(on: boolean): void;
}

/** Something of a tool that a key does, such as the choice of the brush. Workers can choose other keys. */
export interface ToolAction {
  /** Under this name the worker's own keys are kept. */
  readonly id: string;
  /** As in the table of commands: `B`, `Shift+P`. */
  readonly keys: readonly string[];
  /** What it does, in words. */
  readonly does: string;
  /** Returns false when it does nothing now. */
  run(): boolean;
}

export type DrawingMode = "draw" | "select";

/** A tool's view of the workspace. */
export interface ToolHost<S extends Shape> {
  readonly mode: DrawingMode;
  readonly image: Size;
  /** The shapes that the worker can take hold of: not those that are hidden or locked. */
  readonly shapes: readonly S[];
  /** The shapes that the worker sees, also those that are locked: to snap to, for example. */
  readonly seen: readonly S[];
  /** All shapes, in drawing order. */
  readonly all: readonly S[];
  /** The only selected shape, if the worker can take hold of it; undefined when several are selected. */
  readonly selected: S | undefined;
  /** The selected shape was just drawn, not chosen: a drag inside it draws the next one. */
  readonly selectedIsFresh: boolean;
  /** The label that the next shape gets. */
  readonly label: string;
  /** Whether drawing is possible now. If it is not, the host shows the worker why. */
  mayDraw(): boolean;
  select(id: string | null): void;
  /** Changes to draw mode. */
  draw(): void;
  create(geometry: Geometry<S>): void;
  /** Chooses the first label after the chosen one that no shape has. Without one, the chosen label stays. */
  chooseUnusedLabel(): void;
  /** What was drawn is too small on the screen to be meant: the host shows the worker how to draw it. */
  tooSmall(): void;
  /** Changes with the same key in quick succession are one step of undo. */
  change(id: string, geometry: Geometry<S>, mergeKey?: string): void;
  /** Changes several shapes in one step of undo, such as a region that takes pixels from others. */
  edit(edit: ShapeEdit<S>): void;
  /** Shows the worker why something is not possible. */
  warn(text: string): void;
  /** Speaks to a screen reader. */
  announce(text: string): void;
  /** The tool calls this after each change of its preview or marks. */
  previewChanged(): void;
  /** The tool calls this after a change that is shown next to the image: of its steps, or of the numbers of a shape. */
  stepsChanged(): void;
}
