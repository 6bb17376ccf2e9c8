/** Presses and drags on the text: they mark a part of it, move an end of the selected span, or select a span. */
import type { Point } from "../../core/geometry.js";
import type { Side } from "./span_ends.js";

/** What gestures act on. Points are in pixels of the window. */
export interface GestureTarget {
  /** The caret goes to a place without a span, or the span there is selected. */
  click(point: Point, spanId: string | null): void;
  /** The word at a place is marked and labelled. */
  doubleClick(point: Point): void;
  beginMark(point: Point, byWord: boolean): void;
  extendMark(point: Point): void;
  finishMark(): void;
  moveEnd(side: Side, point: Point): void;
  finishMove(): void;
  /** Gives up what was begun. */
  cancel(): void;
  /** Scrolls when the pointer is near an edge of the text. Returns whether it scrolled. */
  scrollAt(point: Point): boolean;
  changed(): void;
}

type Gesture =
  | { readonly kind: "none" }
  /** A press that may become a click, a mark or, with a finger, a scroll. */
  | { readonly kind: "pressed"; readonly start: Point; readonly touch: boolean; readonly spanId: string | null }
  | { readonly kind: "marking" }
  | { readonly kind: "moving"; readonly side: Side };

const SLOP = 4;
const FINGER_SLOP = 10;
const HOLD_MS = 450;

export class MarkingGestures {
  private gesture: Gesture = { kind: "none" };
  private pointerId: number | null = null;
  private holdTimer: number | undefined;
  private scrollFrame: number | undefined;
  private last: Point = { x: 0, y: 0 };

  constructor(private readonly target: GestureTarget) {}

  /** Tags and handles let the pointer through to the text. */
  get isMarking(): boolean {
    return this.gesture.kind === "marking" || this.gesture.kind === "moving";
  }

  readonly down = (event: PointerEvent): void => {
    if (this.pointerId !== null) {
      this.abandon(); // a second finger: the browser zooms
      return;
    }
    if (event.button !== 0) return;
    const [pressed] = event.composedPath();
    const side = pressed instanceof HTMLElement ? (pressed.dataset["handle"] as Side | undefined) : undefined;
    const spanId = pressed instanceof HTMLElement ? (pressed.dataset["span"] ?? null) : null;
    const touch = event.pointerType === "touch";
    this.pointerId = event.pointerId;
    this.last = { x: event.clientX, y: event.clientY };
    this.gesture = side === undefined ? { kind: "pressed", start: this.last, touch, spanId } : { kind: "moving", side };
    if (touch && side === undefined) this.holdTimer = window.setTimeout(() => this.hold(), HOLD_MS);
    if (!touch || side !== undefined) capture(event);
    this.target.changed();
  };

  readonly move = (event: PointerEvent): void => {
    if (event.pointerId !== this.pointerId) return;
    this.last = { x: event.clientX, y: event.clientY };
    const { gesture } = this;
    if (gesture.kind === "pressed") this.leavePress(gesture);
    if (this.isMarking) this.follow();
  };

  readonly up = (event: PointerEvent): void => {
    if (event.pointerId !== this.pointerId) return;
    const { gesture } = this;
    this.end();
    if (gesture.kind === "marking") this.target.finishMark();
    else if (gesture.kind === "moving") this.target.finishMove();
    else if (gesture.kind === "pressed") this.target.click(this.last, gesture.spanId);
  };

  /** The browser has taken the pointer, for example to scroll. */
  readonly cancelled = (event: PointerEvent): void => {
    if (event.pointerId === this.pointerId) this.abandon();
  };

  readonly doubleClicked = (event: MouseEvent): void => this.target.doubleClick({ x: event.clientX, y: event.clientY });

  /** A finger that marks does not scroll. The listener must not be passive. */
  readonly touchMoved = (event: TouchEvent): void => {
    if (this.isMarking && event.cancelable) event.preventDefault();
  };

  /** A resting finger marks; the browser's menu would get into its way. */
  readonly menu = (event: Event): void => {
    if (this.pointerId !== null) event.preventDefault();
  };

  abandon(): void {
    if (this.isMarking) this.target.cancel();
    this.end();
  }

  private leavePress({ start, touch }: { start: Point; touch: boolean }): void {
    const distance = Math.hypot(this.last.x - start.x, this.last.y - start.y);
    if (distance <= (touch ? FINGER_SLOP : SLOP)) return;
    clearTimeout(this.holdTimer);
    if (touch) {
      this.end(); // the finger scrolls
      return;
    }
    this.gesture = { kind: "marking" };
    this.target.beginMark(start, false);
  }

  private hold(): void {
    if (this.gesture.kind !== "pressed") return;
    this.gesture = { kind: "marking" };
    this.target.beginMark(this.last, true);
    this.target.changed();
  }

  private follow(): void {
    const { gesture } = this;
    if (gesture.kind === "marking") this.target.extendMark(this.last);
    else if (gesture.kind === "moving") this.target.moveEnd(gesture.side, this.last);
    else return;
    if (this.target.scrollAt(this.last)) this.scrollFrame ??= requestAnimationFrame(this.followScroll);
  }

  private readonly followScroll = (): void => {
    this.scrollFrame = undefined;
    this.follow();
  };

  private end(): void {
    clearTimeout(this.holdTimer);
    if (this.scrollFrame !== undefined) cancelAnimationFrame(this.scrollFrame);
    this.scrollFrame = undefined;
    this.gesture = { kind: "none" };
    this.pointerId = null;
    this.target.changed();
  }
}

function capture(event: PointerEvent): void {
  if (event.currentTarget instanceof Element) event.currentTarget.setPointerCapture(event.pointerId);
}
