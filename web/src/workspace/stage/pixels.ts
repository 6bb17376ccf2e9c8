/** Reads the colours of a part of the image, for tools that look at them. */
import type { Size } from "../../core/geometry.js";
import type { Pixels } from "../../core/raster/grid.js";
import type { Rect } from "../../core/shapes.js";
import { canvasContext } from "./painting.js";
import { bitmapOf, uprightFile } from "./upright_file.js";

/** Draws a part of the image onto the whole of a context's canvas of this size. */
export type DrawPart = (context: CanvasRenderingContext2D, rect: Rect, size: Size) => Promise<void> | void;

/** A part with more pixels than `mostPixels` is read at a smaller size. */
export async function readPixels(draw: DrawPart, part: Rect, image: Size, mostPixels: number): Promise<Pixels> {
  const rect = wholePixels(part, image);
  const scale = Math.min(1, Math.sqrt(mostPixels / (rect.width * rect.height)));
  const size = { width: Math.max(1, Math.round(rect.width * scale)), height: Math.max(1, Math.round(rect.height * scale)) };
  const canvas = document.createElement("canvas");
  canvas.width = size.width;
  canvas.height = size.height;
  const context = canvasContext(canvas);
  await draw(context, rect, size);
  return { rect, size, data: context.getImageData(0, 0, size.width, size.height).data };
}

/** From the file at an address, whatever its EXIF orientation. Of other formats than JPEG and PNG only the element is known. */
export function drawFrom(img: HTMLImageElement): DrawPart {
  return async (context, { left, top, width, height }, size) => {
    const file = await uprightFile(img.src).catch(() => null);
    const bitmap = await (file === null ? createImageBitmap(img, left, top, width, height) : bitmapOf(file, left, top, width, height));
    context.drawImage(bitmap, 0, 0, size.width, size.height);
    bitmap.close();
  };
}

function wholePixels({ left, top, width, height }: Rect, image: Size): Rect {
  const [x, y] = [Math.max(0, Math.floor(left)), Math.max(0, Math.floor(top))];
  return { left: x, top: y, width: Math.min(image.width, Math.ceil(left + width)) - x, height: Math.min(image.height, Math.ceil(top + height)) - y };
}
