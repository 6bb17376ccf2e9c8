/** The contract between the tool that paints masks and each of its ways to paint, such as the brush. */
import type { Point, Size } from "../../core/geometry.js";
import type { Pixels } from "../../core/raster/grid.js";
import type { Raster } from "../../core/raster/raster.js";
import type { Tile } from "../../core/raster/tile.js";
import type { Rect } from "../../core/shapes.js";
import type { Mark } from "../marks.js";
import type { PointerModifiers, ToolKey, ToolSteps } from "../tool.js";
import type { PaintSettings } from "./settings.js";

/** What the pixels are for: a region gets them, or all regions lose them. */
export type Effect = "paint" | "erase";

/** Pixels that the worker sees before they belong to a region. */
export interface Sketch {
  readonly effect: Effect;
  readonly tiles: ReadonlyMap<number, Tile>;
  /** Where pixels were added to the same tiles since the last call, in image pixels; null for nowhere. */
  takeAdded(): Rect | null;
}

export interface PaintMode {
  readonly marks: readonly Mark[];
  readonly sketch: Sketch | null;
  readonly isUnfinished?: boolean;
  readonly steps?: ToolSteps;
  down(point: Point, modifiers: PointerModifiers): void;
  move(point: Point, modifiers: PointerModifiers): void;
  up(point: Point, modifiers: PointerModifiers): void;
  hover(point: Point, modifiers: PointerModifiers): void;
  handleKey?(key: ToolKey): boolean;
  abandon?(): void;
  /** Returns false when there is nothing to abandon. */
  cancel(): boolean;
}

export interface PaintHost {
  readonly image: Size;
  /** The part of the image that the worker sees. */
  readonly visible: Rect;
  readonly settings: PaintSettings;
  /** Whether painting is possible now. If it is not, the worker reads why. */
  mayPaint(): boolean;
  apply(effect: Effect, pixels: Raster): void;
  /** The colours of a part of the image, at a smaller size if it has more than `mostPixels`. */
  pixels(rect: Rect, mostPixels: number): Promise<Pixels>;
  /** A pen that feels pressure is used. */
  sawPen(): void;
  warn(text: string): void;
  announce(text: string): void;
  /** The marks or the sketch have changed. */
  changed(): void;
  /** What undo would take back has changed, or whether work is going on. */
  stepsChanged(): void;
}

export function effectOf({ alt }: PointerModifiers): Effect {
  return alt === true ? "erase" : "paint";
}
