/** A small mask over a part of the image, one byte for each pixel, in which regions are found. No DOM. */
import { clamp, type Size } from "../geometry.js";
import type { Rect } from "../shapes.js";
import { RasterBuilder } from "./builder.js";
import type { Raster } from "./raster.js";

/** A part of the image at a size that may be smaller than its own. */
export interface Part {
  /** In image pixels, whole numbers. */
  readonly rect: Rect;
  /** Of what was made from it. */
  readonly size: Size;
}

/** Colours of a part of the image: red, green, blue and alpha, as in ImageData. */
export interface Pixels extends Part {
  readonly data: Uint8ClampedArray;
}

/** Pixels that hang together, from a start, and whose colours differ from that of the start by at most `tolerance`. */
export function flood({ data, size }: Pixels, startX: number, startY: number, tolerance: number): Uint8Array {
  const { width } = size;
  const start = (startY * width + startX) * 4;
  const [red, green, blue] = [data[start], data[start + 1], data[start + 2]] as [number, number, number];
  const fits = (at: number): boolean =>
    Math.abs((data[at * 4] as number) - red) <= tolerance &&
    Math.abs((data[at * 4 + 1] as number) - green) <= tolerance &&
    Math.abs((data[at * 4 + 2] as number) - blue) <= tolerance;
  return spread(size, [startY * width + startX], fits);
}

/** Sets 1 for all pixels that can be reached from the starts over pixels that fit. */
function spread({ width, height }: Size, starts: readonly number[], fits: (at: number) => boolean): Uint8Array {
  const found = new Uint8Array(width * height);
  const waiting: number[] = [];
  const visit = (at: number): void => {
    if (found[at] === 1 || !fits(at)) return;
    found[at] = 1;
    waiting.push(at);
  };
  for (const start of starts) visit(start);
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const x = at % width;
    if (x > 0) visit(at - 1);
    if (x < width - 1) visit(at + 1);
    if (at >= width) visit(at - width);
    if (at < width * (height - 1)) visit(at + width);
  }
  return found;
}

/** The pixels of the mask, and those that it encloses. */
export function withoutHoles(mask: Uint8Array, size: Size): Uint8Array {
  const { width, height } = size;
  const border: number[] = [];
  for (let x = 0; x < width; x += 1) border.push(x, (height - 1) * width + x);
  for (let y = 0; y < height; y += 1) border.push(y * width, y * width + width - 1);
  const outside = spread(size, border, (at) => mask[at] === 0);
  return outside.map((is) => 1 - is);
}

/** The part of a raster as a mask of the same pixels. */
export function gridOf(raster: Raster, { left, top, width, height }: Rect): Uint8Array {
  const mask = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) if (raster.has(left + x, top + y)) mask[y * width + x] = 1;
  }
  return mask;
}

/**
 * The mask as pixels of the image. Where a pixel of the mask stands for several of the image, its edges are straightened:
 * between the middles of four pixels of the mask the value changes evenly, and from one half on a pixel is set.
 */
export function rasterOf(mask: Uint8Array, { rect, size }: Part, image: Size): Raster {
  const builder = new RasterBuilder(image);
  const isExact = rect.width === size.width && rect.height === size.height;
  const valueAt = isExact ? exactValue(mask, size) : smoothValue(mask, { rect, size });
  for (let y = 0; y < rect.height; y += 1) {
    let from = -1;
    for (let x = 0; x <= rect.width; x += 1) {
      const isSet = x < rect.width && valueAt(x, y);
      if (isSet && from < 0) from = x;
      if (isSet || from < 0) continue;
      builder.addRow(rect.top + y, rect.left + from, rect.left + x);
      from = -1;
    }
  }
  return builder.build();
}

function exactValue(mask: Uint8Array, { width }: Size): (x: number, y: number) => boolean {
  return (x, y) => mask[y * width + x] === 1;
}

function smoothValue(mask: Uint8Array, { rect, size }: Part): (x: number, y: number) => boolean {
  const { width, height } = size;
  const at = (x: number, y: number): number => mask[clamp(y, 0, height - 1) * width + clamp(x, 0, width - 1)] as number;
  return (x, y) => {
    const fx = ((x + 0.5) * width) / rect.width - 0.5;
    const fy = ((y + 0.5) * height) / rect.height - 0.5;
    const left = Math.floor(fx);
    const top = Math.floor(fy);
    const upper = at(left, top) + (at(left + 1, top) - at(left, top)) * (fx - left);
    const lower = at(left, top + 1) + (at(left + 1, top + 1) - at(left, top + 1)) * (fx - left);
    return upper + (lower - upper) * (fy - top) >= 0.5;
  };
}
