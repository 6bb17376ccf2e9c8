/** Paints pixels over the image, such as masks, on a canvas of the stage's size. */
import type { Size, View } from "../../core/geometry.js";
import type { Rect } from "../../core/shapes.js";

/** What the stage shows. */
export interface PaintedPart {
  readonly view: View;
  /** The smallest rectangle of the image around what is in view. */
  readonly visible: Rect;
  /** Pixels of the screen per CSS pixel. */
  readonly pixelRatio: number;
  /** Also the pixels of an image that is zoomed in far are smoothed. */
  readonly isSmooth?: boolean;
}

/** Draws on a cleared canvas in image pixels: the context is transformed already. It runs once for each frame that changes. */
export type Painter = (context: CanvasRenderingContext2D, part: PaintedPart) => void;

/** From this zoom on, image pixels are shown as squares, so that a shape can be set to the pixel. */
export const PIXELS_FROM = 4;

export function paint(canvas: HTMLCanvasElement, painter: Painter, part: PaintedPart, stage: Size): void {
  fitCanvas(canvas, stage, part.pixelRatio);
  const context = canvasContext(canvas);
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  toImagePixels(context, part);
  painter(context, part);
}

/** Sets the canvas to the stage's size in pixels of the screen. Setting a size clears a canvas, so only a changed one is set. */
export function fitCanvas(canvas: HTMLCanvasElement, stage: Size, pixelRatio: number): void {
  const width = Math.max(1, Math.round(stage.width * pixelRatio));
  const height = Math.max(1, Math.round(stage.height * pixelRatio));
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}

/** One unit of the context becomes one image pixel. */
export function toImagePixels(context: CanvasRenderingContext2D, { view, pixelRatio }: PaintedPart): void {
  context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
  context.translate(view.x, view.y);
  context.rotate(((view.rotation ?? 0) * Math.PI) / 180);
  context.scale(view.scale, view.scale);
  context.imageSmoothingEnabled = view.scale < PIXELS_FROM;
}

/** In memory of the CPU: a GPU would get a copy of all that is drawn there, and many have too little memory. */
export function canvasContext(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) throw new Error("The browser gives no canvas to draw on.");
  return context;
}
