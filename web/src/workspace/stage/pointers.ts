/** The pointer events of the stage: mouse, pen and fingers become gestures. */
import type { Point } from "../../core/geometry.js";
import type { Gestures, StagePointer } from "./gestures.js";
import { PalmRejection } from "./palm.js";

/** The other end of a pen, or its button that erases: in `button` and in `buttons`. */
const ERASER_BUTTON = 5;
const ERASER_BUTTONS = 32;

export interface PointerTarget {
  /** The top left corner of the stage in the window. */
  readonly corner: Point;
  /** Shows where the pointer is, and what a press would do there. */
  show(pointer: StagePointer): void;
  /** The pointer has left the stage. */
  left(): void;
  /** A gesture has ended. */
  changed(): void;
}

export class StagePointers {
  private readonly palm = new PalmRejection();

  constructor(
    private readonly gestures: Gestures,
    private readonly target: PointerTarget,
  ) {}

  readonly down = (event: PointerEvent): void => {
    if (this.palm.rejects(event)) return;
    const pointer = this.pointerOf(event);
    if (!this.gestures.down(pointer, event.pointerId, event.button === ERASER_BUTTON ? 0 : event.button)) return;
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    this.target.show(pointer);
  };

  readonly move = (event: PointerEvent): void => {
    if (this.palm.rejects(event)) return;
    // A browser sends one event for each frame. What is drawn by hand needs the places between, too.
    const parts = event.getCoalescedEvents?.() ?? [];
    for (const part of parts.length > 0 ? parts : [event]) this.gestures.move(this.pointerOf(part), event.pointerId);
    this.target.show(this.pointerOf(event));
  };

  readonly up = (event: PointerEvent): void => {
    if (this.palm.rejects(event)) return;
    const pointer = this.pointerOf(event);
    if (this.gestures.up(pointer, event.pointerId)) this.target.show(pointer);
    this.target.changed();
  };

  readonly cancel = (event: PointerEvent): void => {
    if (this.palm.rejects(event)) return;
    this.gestures.lose(event.pointerId);
    this.target.changed();
  };

  readonly leave = (event: PointerEvent): void => {
    if (!this.palm.rejects(event)) this.target.left();
  };

  private pointerOf(event: PointerEvent): StagePointer {
    const { shiftKey, ctrlKey, metaKey, pointerType, pressure } = event;
    const isPen = pointerType === "pen";
    const erases = isPen && (event.button === ERASER_BUTTON || (event.buttons & ERASER_BUTTONS) !== 0);
    return {
      point: this.point(event),
      shift: shiftKey,
      grab: ctrlKey || metaKey,
      // The eraser of a pen does what Alt does: it erases, or deletes a point.
      alt: event.altKey || erases,
      touch: pointerType === "touch",
      pressure: isPen && pressure > 0 ? pressure : undefined,
      pen: isPen,
    };
  }

  point(event: MouseEvent): Point {
    const { x, y } = this.target.corner;
    return { x: event.clientX - x, y: event.clientY - y };
  }
}
