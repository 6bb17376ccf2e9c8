/**
 * Presses, drags and hovers of pointers on the stage: they pan and zoom the image or go to the drawing tool. No DOM.
 *
 * One finger does what the main button of a mouse does. A second finger abandons that; two fingers zoom and move the
 * image. A finger that rests on a shape takes hold of it.
 */
import { distance, type Point, toImage } from "../../core/geometry.js";
import type { PointerModifiers, PointerTool } from "../../tools/tool.js";
import { turnedCursor } from "./cursors.js";
import type { Viewport } from "./viewport.js";

/** The stage's settings that decide what a drag does. */
export interface GestureTarget {
  readonly tool: PointerTool | null;
  /** Dragging moves the image instead of drawing. */
  readonly panning: boolean;
  /** A resting finger has taken hold of a shape. */
  held?(): void;
}

/** A pointer on the stage, in CSS pixels from its top left corner. */
export interface StagePointer {
  readonly point: Point;
  readonly shift: boolean;
  /** Ctrl or Cmd is held. */
  readonly grab?: boolean;
  readonly alt?: boolean;
  readonly touch?: boolean;
  readonly pen?: boolean;
  /** Of a pen on the screen, above 0 to 1; undefined for other pointers. */
  readonly pressure?: number | undefined;
}

interface Finger {
  readonly pointerId: number;
  readonly last: Point;
}

type Gesture =
  | { readonly kind: "none" }
  | (Finger & { readonly kind: "tool" | "pan"; readonly start: Point; readonly touch: boolean })
  | { readonly kind: "pinch"; readonly fingers: readonly [Finger, Finger]; readonly twist: Twist };

/** How two fingers turn the image. */
interface Twist {
  /** Degrees by which the fingers have turned about each other since they came down. */
  readonly fingers: number;
  /** The image's rotation when they began to turn it; null before. */
  readonly from: number | null;
}

const MIDDLE_BUTTON = 1;
/** Degrees. Fingers that zoom turn about each other a little, which is not meant. */
const TWIST_FROM = 18;
/** Degrees. An image that is turned by hand comes to rest at a right angle. */
const RIGHT_ANGLE_REACH = 5;
const NO_TWIST: Twist = { fingers: 0, from: null };
const HOLD_MS = 500;
/** CSS pixels. A finger that moves further does not rest. */
const HOLD_SLOP = 8;

export class Gestures {
  private gesture: Gesture = { kind: "none" };
  private holdTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly viewport: Viewport,
    private readonly target: GestureTarget,
  ) {}

  /** Begins a pan, a pinch or a stroke of the tool. Returns false for a press that begins nothing. */
  down(pointer: StagePointer, pointerId: number, button: number): boolean {
    if (this.viewport.image === null) return false;
    // The hand that holds a pen comes down first: the pen takes over.
    if (pointer.pen === true && this.isByFingers) this.cancel();
    if (this.gesture.kind !== "none") return pointer.touch === true && this.joinFinger({ pointerId, last: pointer.point });
    const pans = button === MIDDLE_BUTTON || (button === 0 && this.target.panning);
    if (!pans && button !== 0) return false;
    const { point, touch = false } = pointer;
    this.gesture = { kind: pans ? "pan" : "tool", pointerId, start: point, last: point, touch };
    if (!pans) this.beginStroke(pointer);
    return true;
  }

  /** Without an id the pointer is the one that the gesture began with. */
  move(pointer: StagePointer, pointerId?: number): void {
    const { gesture } = this;
    if (gesture.kind === "none") this.target.tool?.hover?.(this.onImage(pointer), this.modifiers(pointer));
    else if (gesture.kind === "pinch") this.pinch(gesture, { pointerId: pointerId ?? -1, last: pointer.point });
    else if (pointerId === undefined || pointerId === gesture.pointerId) this.moveOne(gesture, pointer);
  }

  /** Ends the gesture of this pointer. Returns false when it has none. */
  up(pointer: StagePointer, pointerId: number): boolean {
    const { gesture } = this;
    if (gesture.kind === "pinch") return this.liftFinger(gesture.fingers, pointerId);
    if (gesture.kind === "none" || gesture.pointerId !== pointerId) return false;
    this.end();
    if (gesture.kind === "tool") this.target.tool?.up(this.onImage(pointer), this.modifiers(pointer));
    return true;
  }

  cancel(): void {
    this.end();
    const { tool } = this.target;
    if (tool?.abandon === undefined) tool?.cancel();
    else tool.abandon();
  }

  /** The system has taken a pointer away, for a gesture of its own. Other pointers go on. */
  lose(pointerId: number): void {
    const { gesture } = this;
    if (gesture.kind === "pinch") this.liftFinger(gesture.fingers, pointerId);
    else if (gesture.kind !== "none" && gesture.pointerId === pointerId) this.cancel();
  }

  private get isByFingers(): boolean {
    const { gesture } = this;
    return gesture.kind === "pinch" || (gesture.kind !== "none" && gesture.touch);
  }

  /** A finger or pen draws or changes a shape now, and covers it. */
  get isStroke(): boolean {
    return this.gesture.kind === "tool";
  }

  /** The CSS cursor at this point, and whether guides through it help the worker. */
  look(pointer: StagePointer): { readonly cursor: string; readonly guides: boolean } {
    const { kind } = this.gesture;
    if (kind === "pan" || kind === "pinch") return { cursor: "grabbing", guides: false };
    if (this.target.panning && kind === "none") return { cursor: "grab", guides: false };
    const { tool } = this.target;
    const point = this.onImage(pointer);
    const modifiers = this.modifiers(pointer);
    const cursor = turnedCursor(tool?.cursor(point, modifiers) ?? "default", this.viewport.rotation);
    return { cursor, guides: tool?.showsGuides(point, modifiers) ?? false };
  }

  private beginStroke(pointer: StagePointer): void {
    this.target.tool?.down(this.onImage(pointer), this.modifiers(pointer));
    if (pointer.touch === true) this.holdTimer = setTimeout(() => this.hold(pointer), HOLD_MS);
  }

  private hold(pointer: StagePointer): void {
    if (this.target.tool?.hold?.(this.onImage(pointer), this.modifiers(pointer)) === true) this.target.held?.();
  }

  private moveOne(gesture: Gesture & { kind: "tool" | "pan" }, pointer: StagePointer): void {
    const { point } = pointer;
    this.gesture = { ...gesture, last: point };
    if (distance(gesture.start, point) > HOLD_SLOP) clearTimeout(this.holdTimer);
    if (gesture.kind === "pan") this.viewport.pan(point.x - gesture.last.x, point.y - gesture.last.y);
    else this.target.tool?.move(this.onImage(pointer), this.modifiers(pointer));
  }

  /** A second finger abandons what the first one began. Returns false for further fingers, and next to a mouse. */
  private joinFinger(second: Finger): boolean {
    const { gesture } = this;
    if (gesture.kind === "none" || gesture.kind === "pinch" || !gesture.touch) return false;
    if (gesture.kind === "tool") this.cancel();
    this.gesture = { kind: "pinch", fingers: [gesture, second], twist: NO_TWIST };
    return true;
  }

  private pinch({ fingers: before, twist }: Gesture & { kind: "pinch" }, moved: Finger): void {
    const [one, other] = before.map((finger) => (finger.pointerId === moved.pointerId ? moved : finger)) as [Finger, Finger];
    const spread = distance(before[0].last, before[1].last);
    // Two fingers at one point have no distance to compare with.
    const factor = spread < 1 ? 1 : Math.max(distance(one.last, other.last), 1) / spread;
    const turned = this.twisted(twist, signedAngle(direction(one.last, other.last) - direction(before[0].last, before[1].last)));
    const turn = turned.from === null ? 0 : signedAngle(restingAngle(turned.from + turned.fingers) - this.viewport.rotation);
    this.viewport.pinch(middle(before[0].last, before[1].last), middle(one.last, other.last), factor, turn);
    this.gesture = { kind: "pinch", fingers: [one, other], twist: turned };
  }

  /** The twist after the fingers have turned further; it begins to count when it is meant. */
  private twisted({ fingers, from }: Twist, by: number): Twist {
    const all = fingers + by;
    if (from !== null) return { fingers: all, from };
    return Math.abs(all) < TWIST_FROM ? { fingers: all, from: null } : { fingers: 0, from: this.viewport.rotation };
  }

  /** The finger that remains moves the image: it must not begin to draw. */
  private liftFinger(fingers: readonly [Finger, Finger], pointerId: number): boolean {
    const rest = fingers.filter((finger) => finger.pointerId !== pointerId);
    const [finger] = rest;
    if (finger === undefined || rest.length === fingers.length) return false;
    this.gesture = { ...finger, kind: "pan", start: finger.last, touch: true };
    return true;
  }

  private end(): void {
    clearTimeout(this.holdTimer);
    this.gesture = { kind: "none" };
  }

  private onImage(pointer: StagePointer): Point {
    return toImage(this.viewport.view, pointer.point);
  }

  private modifiers({ shift, grab, alt, touch, pressure }: StagePointer): PointerModifiers {
    return { pixelSize: 1 / this.viewport.view.scale, shift, grab, alt, touch, pressure };
  }
}

function middle(one: Point, other: Point): Point {
  return { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 };
}

/** Degrees clockwise from the right. */
function direction(from: Point, to: Point): number {
  return (Math.atan2(to.y - from.y, to.x - from.x) * 180) / Math.PI;
}

/** The same angle between -180 and 180 degrees. */
function signedAngle(degrees: number): number {
  return ((((degrees + 180) % 360) + 360) % 360) - 180;
}

function restingAngle(degrees: number): number {
  const right = Math.round(degrees / 90) * 90;
  return Math.abs(degrees - right) <= RIGHT_ANGLE_REACH ? right : degrees;
}
