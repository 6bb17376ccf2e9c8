/**
 * A large image, decoded once and kept with copies of half the size each, so that each frame draws few pixels.
 *
 * Browsers decode an image element again for a new zoom. At 100 megapixels that takes more than a second.
 */
import type { Size } from "../../core/geometry.js";
import type { Rect } from "../../core/shapes.js";
import { decodeStored } from "./decoding.js";
import { canvasContext, type PaintedPart, PIXELS_FROM } from "./painting.js";

/** From this many pixels on, an image element no longer zooms fluidly. */
const LARGE = 24_000_000;
/** Larger images would need more memory than browsers give a page: four bytes per pixel, a third more for the copies. */
export const MOST_PIXELS = 2 ** 28;
/** The smallest copy is about this wide or high. */
const SMALLEST = 512;
/** Source pixels of one step: about 10 ms of work, between which the page reacts. */
const STEP_PIXELS = 8_000_000;

/** Decision: a larger image has all its pixels only while the worker sees it: two such images are more memory than a page should have. */
const HUGE = 50_000_000;
/** Of the copies that are left at rest: image pixels per pixel. */
const RESTING_FACTOR = 4;

interface Level {
  readonly source: ImageBitmap | HTMLCanvasElement;
  /** Image pixels per pixel of this level. */
  readonly factor: number;
}

/** The image, and copies of half the size each. */
type Levels = readonly Level[];

export function isLarge({ width, height }: Size): boolean {
  return width * height >= LARGE;
}

export function isHuge({ width, height }: Size): boolean {
  return width * height > HUGE;
}

export class Pyramid {
  /** False at rest, and when it is closed. */
  private isWhole = true;
  private waking: Promise<void> = Promise.resolve();

  private constructor(
    private readonly src: string,
    private readonly size: Size,
    private levels: Levels,
  ) {}

  /** Rejects when the browser cannot decode the image at its full size, or not as it is stored. */
  static async of(src: string, size: Size): Promise<Pyramid> {
    return new Pyramid(src, size, await decodeLevels(src, size));
  }

  /** Another value when what is drawn may be another. */
  get version(): unknown {
    return this.levels;
  }

  /** Gives back nearly all memory of a huge image, until `wake`. What is left shows it coarsely. */
  rest(): void {
    if (!isHuge(this.size) || !this.isWhole) return;
    this.isWhole = false;
    const [before, isKept] = [this.levels, ({ factor }: Level) => factor >= RESTING_FACTOR];
    this.levels = before.filter(isKept);
    release(before.filter((level) => !isKept(level)));
  }

  /** Decodes the image again after `rest`. Rejects as `of` does, and can then be tried again. */
  wake(): Promise<void> {
    if (!this.isWhole) this.waking = this.decodeAgain();
    return this.waking;
  }

  /** Draws what is in view. The context is in image pixels. */
  paint(context: CanvasRenderingContext2D, { view, visible, pixelRatio, isSmooth = false }: PaintedPart): void {
    const { source, factor } = this.level(view.scale * pixelRatio);
    const left = Math.floor(visible.left / factor);
    const top = Math.floor(visible.top / factor);
    // Two pixels more, which the smoothing at the edges needs.
    const width = Math.min(source.width - left, Math.ceil(visible.width / factor) + 2);
    const height = Math.min(source.height - top, Math.ceil(visible.height / factor) + 2);
    if (width <= 0 || height <= 0) return;
    context.imageSmoothingEnabled = isSmooth || view.scale < PIXELS_FROM;
    context.drawImage(source, left, top, width, height, left * factor, top * factor, width * factor, height * factor);
  }

  /** Draws a part of the image onto the whole of a canvas of this size. */
  async drawPart(context: CanvasRenderingContext2D, { left, top, width, height }: Rect, size: Size): Promise<void> {
    await this.waking.catch(() => {});
    const { source, factor } = this.level(size.width / width);
    context.drawImage(source, left / factor, top / factor, width / factor, height / factor, 0, 0, size.width, size.height);
  }

  /** Gives the memory back. */
  close(): void {
    this.isWhole = false;
    release(this.levels);
  }

  private async decodeAgain(): Promise<void> {
    this.isWhole = true;
    const levels = await decodeLevels(this.src, this.size).catch((problem: unknown) => {
      this.isWhole = false;
      throw problem;
    });
    // It may be at rest again by now, or closed.
    release(this.isWhole ? this.levels : levels);
    if (this.isWhole) this.levels = levels;
  }

  /** The smallest copy that still has a pixel for each pixel of the screen. */
  private level(scale: number): Level {
    return [...this.levels].reverse().find(({ factor }) => factor * scale <= 1) ?? (this.levels[0] as Level);
  }
}

async function decodeLevels(src: string, size: Size): Promise<Levels> {
  const whole = await decodeStored(src);
  if (whole.width !== size.width || whole.height !== size.height) throw new Error("The decoded image has another size.");
  let last: Level = { source: whole, factor: 1 };
  const levels = [last];
  while (Math.max(last.source.width, last.source.height) > 2 * SMALLEST) {
    last = { source: await halved(last.source), factor: last.factor * 2 };
    levels.push(last);
  }
  return levels;
}

/** Gives the memory of levels back. */
function release(levels: readonly Level[]): void {
  for (const { source } of levels) {
    if (source instanceof ImageBitmap) source.close();
    else source.width = source.height = 0;
  }
}

/** A copy of half the size, made in steps. */
async function halved(source: ImageBitmap | HTMLCanvasElement): Promise<HTMLCanvasElement> {
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil(source.width / 2);
  canvas.height = Math.ceil(source.height / 2);
  const context = canvasContext(canvas);
  const rows = Math.max(2, 2 * Math.floor(STEP_PIXELS / source.width / 2));
  for (let top = 0; top < source.height; top += rows) {
    const height = Math.min(rows, source.height - top);
    context.drawImage(source, 0, top, source.width, height, 0, top / 2, source.width / 2, height / 2);
    await new Promise((done) => setTimeout(done));
  }
  return canvas;
}
