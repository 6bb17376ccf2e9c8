/**
 * A pointer that is moved by keys, so that every tool can be used without a mouse. No DOM.
 *
 * The arrow keys move it over the image as they look on the screen. Space, and Enter where it finishes nothing, press
 * it: for a tool that draws by clicks that is a click; for one that draws by drags the first press begins the drag and
 * the second one ends it.
 */
import { clampPoint, type Point, type Size, turnedBy, type View } from "../core/geometry.js";
import type { Rect, Shape } from "../core/shapes.js";
import { t } from "../language/index.js";
import type { Mark } from "../tools/marks.js";
import type { DrawingTool, PointerModifiers, ToolKey } from "../tools/tool.js";

export interface CursorScreen {
  /** Stored pixels; null until the image is shown. */
  readonly image: Size | null;
  readonly view: View;
  /** The middle of what the worker sees, in image pixels. */
  readonly middle: Point;
  reveal(rect: Rect): void;
  announce(text: string): void;
  /** Shows a change of the cursor. */
  refresh(): void;
}

const ARROWS: Readonly<Record<string, Point>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};
/** CSS pixels. */
const STEP = 10;
const FAST_STEP = 50;

export class KeyboardCursor<S extends Shape> {
  private point: Point | null = null;
  private isPressed = false;

  constructor(
    private readonly tool: DrawingTool<S>,
    private readonly screen: CursorScreen,
  ) {}

  /** In image pixels; null while the cursor is off. */
  get position(): Point | null {
    return this.point;
  }

  get marks(): readonly Mark[] {
    return this.point === null ? [] : [{ kind: "cursor", at: this.point }];
  }

  /** Puts the cursor in the middle of what the worker sees, or takes it away. Returns false before there is an image. */
  toggle(): boolean {
    if (this.screen.image === null) return false;
    if (this.point !== null) {
      this.leave();
      return true;
    }
    this.point = clampPoint(wholePoint(this.screen.middle), this.screen.image);
    this.tool.hover?.(this.point, this.modifiers);
    this.screen.announce(t("Keyboard cursor at {{place}}. The arrow keys move it, Space presses it.", { place: this.place(this.point) }));
    this.screen.refresh();
    return true;
  }

  /** Returns false for a key that is not for the cursor. */
  handleKey(key: ToolKey): boolean {
    if (this.point === null || key.control) return false;
    const arrow = ARROWS[key.key];
    if (arrow !== undefined) return this.move(this.point, arrow, key);
    if (key.key === " " || (key.key === "Enter" && this.tool.isUnfinished !== true)) return this.press(this.point);
    return key.key === "Escape" && this.escape();
  }

  private move(from: Point, arrow: Point, { shift, alt }: ToolKey): boolean {
    const { image, view } = this.screen;
    if (image === null) return false;
    // On an image that is turned, an arrow key still goes where it points.
    const turned = turnedBy(-(view.rotation ?? 0), arrow);
    const step = alt ? 1 : Math.max(1, Math.round((shift ? FAST_STEP : STEP) / view.scale));
    this.point = clampPoint({ x: from.x + turned.x * step, y: from.y + turned.y * step }, image);
    if (this.isPressed) this.tool.move(this.point, this.modifiers);
    else this.tool.hover?.(this.point, this.modifiers);
    this.screen.reveal({ left: this.point.x, top: this.point.y, width: 0, height: 0 });
    this.screen.announce(this.place(this.point));
    this.screen.refresh();
    return true;
  }

  private press(point: Point): boolean {
    const { tool, modifiers } = this;
    if (!this.isPressed) tool.down(point, modifiers);
    if (this.isPressed || tool.drawsByClicks === true) tool.up(point, modifiers);
    const begins = !this.isPressed && tool.drawsByClicks !== true;
    if (begins) this.screen.announce(t("Pressed. Move the cursor and press Space again."));
    this.isPressed = begins;
    this.screen.refresh();
    return true;
  }

  /** Ends the drag, then the cursor. A shape that several clicks have begun is dropped before. */
  private escape(): boolean {
    if (this.tool.isUnfinished === true && !this.isPressed) return false;
    if (this.isPressed) this.release();
    else this.leave();
    return true;
  }

  private leave(): void {
    if (this.isPressed) this.release();
    this.point = null;
    this.tool.abandon?.();
    this.screen.announce(t("Keyboard cursor off"));
    this.screen.refresh();
  }

  private release(): void {
    this.isPressed = false;
    if (this.tool.abandon === undefined) this.tool.cancel();
    else this.tool.abandon();
    this.screen.refresh();
  }

  /** Where the cursor is, and the shape that is there. */
  private place(point: Point): string {
    const { x, y } = wholePoint(point);
    const [shape] = this.tool.shapesAt?.(point, this.modifiers) ?? [];
    return shape === undefined ? t("{{x}}, {{y}}", { x, y }) : t("{{x}}, {{y}}, on {{label}}", { x, y, label: shape.label });
  }

  private get modifiers(): PointerModifiers {
    return { pixelSize: 1 / this.screen.view.scale, shift: false };
  }
}

function wholePoint({ x, y }: Point): Point {
  return { x: Math.round(x), y: Math.round(y) };
}
