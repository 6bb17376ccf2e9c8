/** The contract between the image workspace and one kind of shape. The workspace itself names no kind. */
import type { SVGTemplateResult, TemplateResult } from "lit";
import type { Size, View } from "../core/geometry.js";
import type { Differences } from "../core/differences.js";
import type { Rect, Shape } from "../core/shapes.js";
import type { ShapeFormat } from "../formats/shape_format.js";
import type { DrawingTool, ToolHost } from "../tools/tool.js";
import type { LabelStyle } from "../ui/palette.js";
import type { MenuEntry } from "./more_menu.js";
import type { Nouns } from "./nouns.js";
import type { Shortcut } from "./shortcuts.js";
import type { PaintedPart } from "./stage/painting.js";

/** How a shape looks at the moment. */
export interface ShapeLook {
  readonly style: LabelStyle;
  readonly selected: boolean;
  /** Its row in the list is under the pointer. */
  readonly hovered: boolean;
  /** It was just drawn, and the worker goes on drawing. */
  readonly fresh: boolean;
}

export interface ShownShape<S extends Shape> {
  readonly shape: S;
  readonly look: ShapeLook;
}

/**
 * How shapes of this kind are drawn over the image. Lengths are in CSS pixels: lines stay crisp at every zoom.
 *
 * The view has only a scale: the stage moves and turns what is drawn. A shape is drawn again when it, its look or the
 * scale has changed, so the functions depend on nothing else.
 */
export interface ShapeDrawing<S extends Shape> {
  shape(shape: S, view: View, look: ShapeLook): SVGTemplateResult;
  /** Paints kinds that are made of pixels, such as masks, under all lines, in image pixels; see `Painter`. */
  paint?(context: CanvasRenderingContext2D, shapes: readonly ShownShape<S>[], part: PaintedPart): void;
  /** What the pointer can take hold of at the selected shape. */
  handles(shape: S, view: View, look: ShapeLook): SVGTemplateResult;
}

/** A shape's row in the list and its words for a screen reader. */
export interface ShapeRow<S extends Shape> {
  /** `100 × 60` */
  size(shape: S): string;
  /** "100 by 60 pixels" */
  spokenSize(shape: S): string;
  /** "at 10, 20, 100 by 60 pixels" */
  spokenPlace(shape: S): string;
}

/** What the row of a tool's controls needs of the workspace. */
export interface ControlRow {
  /** A click on the row must not take the focus from the image. */
  readonly keepFocus: (event: MouseEvent) => void;
  /** The key of a tool's action; empty without one. */
  readonly keyOf: (action: string) => string;
}

/** Texts are getters: the worker's language is not known when the module is loaded. */
export interface ShapeKind<S extends Shape> {
  /** The class of its rows in the list. */
  readonly name: string;
  readonly nouns: Nouns;
  /** Shown in the empty list: how to draw the first shape. */
  readonly hint: string;
  /** The mouse gestures and keys of this tool, for the list of shortcuts. */
  readonly gestures: readonly Shortcut[];
  readonly format: ShapeFormat<S>;
  readonly row: ShapeRow<S>;
  readonly drawing: ShapeDrawing<S>;
  createTool(host: ToolHost<S>): DrawingTool<S>;
  /** The colour of a shape, as `#rrggbb`, where it is not the label's. */
  colour?(shape: S): string | undefined;
  /** Every shape has a colour of its own, so labels have none. */
  readonly coloursEachShape?: boolean;
  /** The controls of the tool, in a row above the image, for kinds that need more than switches. */
  controls?(row: ControlRow): TemplateResult;
  /** Switches and actions of the tool, for the menu of a small window. */
  switches?(): readonly MenuEntry[];
  /** False for regions of which each pixel belongs to one: copies and an order would mean nothing. */
  readonly canCopy?: boolean;
  /** Shapes are too small for their tags, such as points: they are shown all the same. */
  readonly hasSmallShapes?: boolean;
  /** What differs from the shapes of the initial value, for kinds whose shapes are not moved as a whole. */
  differences?(before: readonly S[], after: readonly S[]): Differences<S>;
  /** The rectangle of the image that shows the shape. */
  bounds(shape: S): Rect;
  /** The shape moved by whole pixels, stopped by the image's edges. */
  moved(shape: S, dx: number, dy: number, image: Size): S;
  /** The shape resized by the arrow keys; absent for shapes that only the pointer changes. */
  resized?(shape: S, dx: number, dy: number, image: Size): S;
}
