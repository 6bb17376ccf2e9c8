/** Presses, drags and hovers of a pointer on the stage: they pan the image or go to the drawing tool. No DOM. */
import { type Point, toImage } from "../../core/geometry.js";
import type { PointerModifiers, PointerTool } from "../../tools/tool.js";
import type { Viewport } from "./viewport.js";

/** The stage's settings that decide what a drag does. */
export interface GestureTarget {
  readonly tool: PointerTool | null;
  /** Dragging moves the image instead of drawing. */
  readonly panning: boolean;
}

/** A pointer on the stage, in CSS pixels from its top left corner. */
export interface StagePointer {
  readonly point: Point;
  readonly shift: boolean;
}

type Gesture =
  | { readonly kind: "none" }
  | { readonly kind: "tool"; readonly pointerId: number }
  | { readonly kind: "pan"; readonly pointerId: number; readonly last: Point };

const MIDDLE_BUTTON = 1;

export class Gestures {
  private gesture: Gesture = { kind: "none" };

  constructor(
    private readonly viewport: Viewport,
    private readonly target: GestureTarget,
  ) {}

  /** Begins a pan or a stroke of the tool. Returns false for a press that does neither. */
  down(pointer: StagePointer, pointerId: number, button: number): boolean {
    if (this.viewport.image === null || this.gesture.kind !== "none") return false;
    const pans = button === MIDDLE_BUTTON || (button === 0 && this.target.panning);
    if (!pans && button !== 0) return false;
    if (pans) this.gesture = { kind: "pan", pointerId, last: pointer.point };
    else {
      this.gesture = { kind: "tool", pointerId };
      this.target.tool?.down(this.onImage(pointer), this.modifiers(pointer));
    }
    return true;
  }

  move(pointer: StagePointer): void {
    const { point } = pointer;
    if (this.gesture.kind === "pan") {
      this.viewport.pan(point.x - this.gesture.last.x, point.y - this.gesture.last.y);
      this.gesture = { ...this.gesture, last: point };
    } else if (this.gesture.kind === "tool") {
      this.target.tool?.move(this.onImage(pointer), this.modifiers(pointer));
    } else {
      this.target.tool?.hover?.(this.onImage(pointer), this.modifiers(pointer));
    }
  }

  /** Ends the gesture of this pointer. Returns false when it has none. */
  up(pointer: StagePointer, pointerId: number): boolean {
    if (this.gesture.kind === "none" || this.gesture.pointerId !== pointerId) return false;
    const { kind } = this.gesture;
    this.gesture = { kind: "none" };
    if (kind === "tool") this.target.tool?.up(this.onImage(pointer), this.modifiers(pointer));
    return true;
  }

  cancel(): void {
    this.gesture = { kind: "none" };
    this.target.tool?.cancel();
  }

  /** The CSS cursor at this point, and whether guides through it help the worker. */
  look(pointer: StagePointer): { readonly cursor: string; readonly guides: boolean } {
    if (this.gesture.kind === "pan") return { cursor: "grabbing", guides: false };
    if (this.target.panning && this.gesture.kind === "none") return { cursor: "grab", guides: false };
    const { tool } = this.target;
    const point = this.onImage(pointer);
    const modifiers = this.modifiers(pointer);
    return { cursor: tool?.cursor(point, modifiers) ?? "default", guides: tool?.showsGuides(point, modifiers) ?? false };
  }

  private onImage(pointer: StagePointer): Point {
    return toImage(this.viewport.view, pointer.point);
  }

  private modifiers({ shift }: StagePointer): PointerModifiers {
    return { pixelSize: 1 / this.viewport.view.scale, shift };
  }
}
