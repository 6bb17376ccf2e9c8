/** What does a drawing tool look like to the stage? Pointer events in image pixels in, a cursor out. */
import type { Point } from "../core/geometry.js";

export interface PointerModifiers {
  /** Image pixels per CSS pixel: what a tolerance on the screen is worth on the image. */
  readonly pixelSize: number;
  readonly shift: boolean;
}

export interface PointerTool {
  /** The CSS cursor for a pointer that hovers or drags at this point. */
  cursor(point: Point, modifiers: PointerModifiers): string;
  /** Whether guides through the pointer help now: something is about to be drawn here. */
  showsGuides(point: Point, modifiers: PointerModifiers): boolean;
  down(point: Point, modifiers: PointerModifiers): void;
  move(point: Point, modifiers: PointerModifiers): void;
  up(point: Point, modifiers: PointerModifiers): void;
  /** Gives the drag up and leaves everything as it was. Returns false when there was none. */
  cancel(): boolean;
}
