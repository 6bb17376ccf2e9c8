/** The part of an image that the stage shows: zoom, pan and fit. No DOM. */
import { clampView, contains, fitView, panBy, type Point, rectToView, type Size, toView, turnAbout, type View, zoomAbout } from "../../core/geometry.js";
import type { Rect } from "../../core/shapes.js";

const ZOOM_STEP = 1.25;
/** The part of the stage that a shape takes when it is zoomed to: what is around it stays in view. */
const ROOM = 0.6;
/** A tiny shape is not zoomed further, so that the worker still knows where it is. */
const CLOSEST = 16;
/** The space around an image that fits, in CSS pixels: a box at its edge can begin next to it. */
export const WIDE_PADDING = 24;
export const SMALL_PADDING = 10;

export class Viewport {
  private current: View = { scale: 1, x: 0, y: 0 };
  private imageSize: Size | null = null;
  private size: Size = { width: 0, height: 0 };
  private padding = WIDE_PADDING;
  /** The whole image is in view because nobody has zoomed yet. It stays in view when the stage is resized. */
  private fitted = true;

  constructor(private readonly changed: () => void) {}

  get view(): View {
    return this.current;
  }

  /** Stored pixels; null until the image is loaded. */
  get image(): Size | null {
    return this.imageSize;
  }

  /** The stage's size in CSS pixels. */
  get stage(): Size {
    return this.size;
  }

  /** Sets the image's size without changing the view; call `fit` next. */
  setImage(image: Size | null): void {
    this.imageSize = image;
    this.current = { scale: 1, x: 0, y: 0 };
  }

  /** Sets the stage's size, and the space around an image that fits, in CSS pixels. */
  resize(size: Size, padding = WIDE_PADDING): void {
    this.size = size;
    this.padding = padding;
    if (this.imageSize === null) return;
    if (this.fitted) this.fit();
    else this.set(clampView(this.current, this.imageSize, this.size));
  }

  zoomIn(): void {
    this.zoomTo(this.current.scale * ZOOM_STEP);
  }

  zoomOut(): void {
    this.zoomTo(this.current.scale / ZOOM_STEP);
  }

  /** Zooms about a point of the stage, by default its centre. Scale 1 shows one image pixel as one CSS pixel. */
  zoomTo(scale: number, about: Point = { x: this.size.width / 2, y: this.size.height / 2 }): void {
    if (this.imageSize === null) return;
    this.set(zoomAbout(this.current, about, scale, this.imageSize, this.size));
  }

  fit(): void {
    if (this.imageSize === null) return;
    this.set(fitView(this.imageSize, this.size, this.padding, this.rotation), true);
  }

  pan(dx: number, dy: number): void {
    if (this.imageSize !== null) this.set(panBy(this.current, dx, dy, this.imageSize, this.size));
  }

  /** Zooms by `factor`, turns by `turn` degrees and moves the image so that its point under `from` comes under `to`. */
  pinch(from: Point, to: Point, factor: number, turn = 0): void {
    if (this.imageSize === null) return;
    this.zoomTo(this.current.scale * factor, from);
    if (turn !== 0) this.turnTo(this.rotation + turn, from);
    this.pan(to.x - from.x, to.y - from.y);
  }

  /** Brings a point of the image to the centre of the stage. */
  lookAt(point: Point): void {
    const shown = toView(this.current, point);
    this.pan(this.size.width / 2 - shown.x, this.size.height / 2 - shown.y);
  }

  /** Centres a rectangle of the image, unless its centre is in view already. */
  reveal(rect: Rect): void {
    const shown = rectToView(this.current, rect);
    const centre = { x: shown.left + shown.width / 2, y: shown.top + shown.height / 2 };
    if (contains({ left: 0, top: 0, ...this.size }, centre)) return;
    this.pan(this.size.width / 2 - centre.x, this.size.height / 2 - centre.y);
  }

  /** Shows a rectangle of the image as large as the stage allows. */
  zoomToRect(rect: Rect): void {
    if (this.imageSize === null) return;
    const { width, height } = rectToView(this.current, rect);
    const room = { width: this.size.width * ROOM, height: this.size.height * ROOM };
    const factor = Math.min(room.width / Math.max(width, 1), room.height / Math.max(height, 1));
    this.zoomTo(Math.min(this.current.scale * factor, CLOSEST));
    this.lookAt({ x: rect.left + rect.width / 2, y: rect.top + rect.height / 2 });
  }

  get rotation(): number {
    return this.current.rotation ?? 0;
  }

  /** Turns the image to `rotation` degrees, about a point of the stage, by default its centre. An image that fits stays so. */
  turnTo(rotation: number, about?: Point): void {
    if (this.imageSize === null) return;
    const { width, height } = this.size;
    const fitted = this.fitted && about === undefined;
    this.set(turnAbout(this.current, about ?? { x: width / 2, y: height / 2 }, rotation, this.imageSize, this.size), fitted);
    if (fitted) this.fit();
  }

  private set(view: View, fitted = false): void {
    this.current = view;
    this.fitted = fitted;
    this.changed();
  }
}
