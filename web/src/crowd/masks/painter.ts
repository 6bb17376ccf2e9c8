/** Paints the regions of a mask, and what is being painted, on the stage's canvas. */
import { type Point, type Size, toImage, toView } from "../../core/geometry.js";
import type { MaskShape } from "../../core/raster/paint.js";
import { type Colours, Sampler, type ScreenToImage, type TopLayer } from "../../core/raster/sampler.js";
import type { Rect } from "../../core/shapes.js";
import { rgbOf } from "../../formats/mask_colours.js";
import type { Sketch } from "../../tools/masks/paint_mode.js";
import type { ShownShape } from "../../workspace/shape_kind.js";
import type { PaintedPart } from "../../workspace/stage/painting.js";

/** What is painted besides the regions. */
export interface MaskScene {
  readonly image: Size;
  readonly shapes: readonly ShownShape<MaskShape>[];
  readonly sketch: Sketch | null;
  /** Of the label that is being painted. */
  readonly sketchColour: string;
  readonly spares: (shape: MaskShape) => boolean;
  /** Only pixels without a region, and those of the target, are painted. */
  readonly onlyEmpty: boolean;
  readonly targetId: string | null;
  readonly outlines: boolean;
}

/** Of 255. */
const FILL = 110;
const STRONG_FILL = 160;
const EDGE = 255;
const SKETCH = 1;
/** Screens with more pixels get a coarser mask, so that each frame is drawn in time. */
const MOST_SCREEN_PIXELS = 2_500_000;

export class MaskPainter {
  private sampler: Sampler | null = null;
  private image: Size | null = null;
  private picture: ImageData | null = null;
  private screen = new Uint32Array();
  /** What the picture was drawn from. */
  private drawn: readonly unknown[] = [];
  private drawnSketch: ReadonlyMap<number, unknown> | null = null;
  private readonly numbers = new Map<string, number>();
  private readonly coarse = document.createElement("canvas");

  paint(context: CanvasRenderingContext2D, part: PaintedPart, scene: MaskScene): void {
    const { width, height } = context.canvas;
    const step = Math.ceil(Math.sqrt((width * height) / MOST_SCREEN_PIXELS));
    const size = { width: Math.ceil(width / step), height: Math.ceil(height / step) };
    const sampler = this.samplerFor(scene);
    const picture = this.pictureOf(size);
    const key = [...Object.values(part.view), part.pixelRatio, size.width, size.height, scene.outlines, scene.sketchColour, ...scene.shapes.flatMap(({ shape, look }) => [shape, look.style, look.selected, look.hovered])];
    const { sketch } = scene;
    const added = sketch?.takeAdded() ?? null;
    const isSame = key.length === this.drawn.length && key.every((value, at) => value === this.drawn[at]);
    const isContinued = isSame && sketch?.tiles === this.drawnSketch && sketch !== null;
    if (!isSame) this.showLayers(sampler, scene);
    const whole = { left: 0, top: 0, ...size };
    const map = screenToImage(part, step);
    const rect = isContinued ? (added === null ? null : clippedTo(whole, onScreen(added, part, step))) : whole;
    if (rect !== null && !(isSame && sketch === null && this.drawnSketch === null)) {
      sampler.draw(this.screen, size.width, rect, map, this.coloursOf(scene), topOf(scene, this.numbers));
    }
    this.drawn = key;
    this.drawnSketch = sketch?.tiles ?? null;
    this.put(context, picture, step);
  }

  private samplerFor({ image }: MaskScene): Sampler {
    if (this.sampler === null || this.image?.width !== image.width || this.image.height !== image.height) {
      this.sampler = new Sampler(image);
      this.image = image;
      this.drawn = [];
    }
    return this.sampler;
  }

  private pictureOf({ width, height }: Size): ImageData {
    if (this.picture === null || this.picture.width !== width || this.picture.height !== height) {
      this.picture = new ImageData(width, height);
      this.screen = new Uint32Array(this.picture.data.buffer);
      this.drawn = [];
    }
    return this.picture;
  }

  /** Numbers stay with their regions, so that what is put together for the screen stays valid. */
  private showLayers(sampler: Sampler, { shapes }: MaskScene): void {
    const ids = new Set(shapes.map(({ shape }) => shape.id));
    for (const id of this.numbers.keys()) if (!ids.has(id)) this.numbers.delete(id);
    const used = new Set(this.numbers.values());
    let next = SKETCH + 1;
    for (const id of ids) {
      if (this.numbers.has(id)) continue;
      while (used.has(next)) next += 1;
      used.add(next);
      this.numbers.set(id, next);
    }
    sampler.show([...shapes].reverse().map(({ shape }) => ({ number: this.numbers.get(shape.id) ?? 0, tiles: shape.raster.tiles })));
  }

  private coloursOf({ shapes, sketchColour, outlines }: MaskScene): Colours {
    const count = Math.max(SKETCH, ...this.numbers.values()) + 1;
    const fill = new Uint32Array(count);
    const edge = new Uint32Array(count);
    const set = (number: number, colour: string, alpha: number): void => {
      fill[number] = pixelOf(colour, alpha);
      edge[number] = outlines ? pixelOf(colour, EDGE) : pixelOf(colour, alpha);
    };
    set(SKETCH, sketchColour, STRONG_FILL);
    for (const { shape, look } of shapes) {
      set(this.numbers.get(shape.id) ?? 0, look.style.colour, look.selected || look.hovered ? STRONG_FILL : FILL);
    }
    return { fill, edge };
  }

  private put(context: CanvasRenderingContext2D, picture: ImageData, step: number): void {
    context.setTransform(1, 0, 0, 1, 0, 0);
    if (step === 1) {
      context.putImageData(picture, 0, 0);
      return;
    }
    this.coarse.width = picture.width;
    this.coarse.height = picture.height;
    this.coarse.getContext("2d")?.putImageData(picture, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(this.coarse, 0, 0, picture.width * step, picture.height * step);
  }
}

function topOf(scene: MaskScene, numbers: ReadonlyMap<string, number>): TopLayer | null {
  const { sketch, shapes, onlyEmpty, targetId } = scene;
  if (sketch === null) return null;
  const isSpared = (shape: MaskShape): boolean => scene.spares(shape) || (sketch.effect === "paint" && onlyEmpty && shape.id !== targetId);
  const spared = new Set(shapes.filter(({ shape }) => isSpared(shape)).map(({ shape }) => numbers.get(shape.id)));
  return { number: sketch.effect === "paint" ? SKETCH : 0, tiles: sketch.tiles, spared: (number) => spared.has(number) };
}

/** Red is in the lowest byte, as in the memory of ImageData on all machines that run browsers. */
function pixelOf(colour: string, alpha: number): number {
  const [red, green, blue] = rgbOf(colour);
  return ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

function screenToImage({ view, pixelRatio }: PaintedPart, step: number): ScreenToImage {
  const at = (x: number, y: number): Point => toImage(view, { x: ((x + 0.5) * step) / pixelRatio, y: ((y + 0.5) * step) / pixelRatio });
  const [origin, right, below] = [at(0, 0), at(1, 0), at(0, 1)];
  const straight = view.rotation === undefined;
  return {
    ax: right.x - origin.x, bx: straight ? 0 : below.x - origin.x, cx: origin.x,
    ay: straight ? 0 : right.y - origin.y, by: below.y - origin.y, cy: origin.y,
  };
}

/** The screen pixels around a rectangle of the image. */
function onScreen({ left, top, width, height }: Rect, { view, pixelRatio }: PaintedPart, step: number): Rect {
  const corners = [[left, top], [left + width, top], [left, top + height], [left + width, top + height]].map(([x, y]) => toView(view, { x: x ?? 0, y: y ?? 0 }));
  const xs = corners.map(({ x }) => (x * pixelRatio) / step);
  const ys = corners.map(({ y }) => (y * pixelRatio) / step);
  const [x, y] = [Math.floor(Math.min(...xs)) - 2, Math.floor(Math.min(...ys)) - 2];
  return { left: x, top: y, width: Math.ceil(Math.max(...xs)) + 2 - x, height: Math.ceil(Math.max(...ys)) + 2 - y };
}

function clippedTo(whole: Rect, { left, top, width, height }: Rect): Rect | null {
  const [x, y] = [Math.max(whole.left, left), Math.max(whole.top, top)];
  const [right, bottom] = [Math.min(whole.width, left + width), Math.min(whole.height, top + height)];
  return right > x && bottom > y ? { left: x, top: y, width: right - x, height: bottom - y } : null;
}
