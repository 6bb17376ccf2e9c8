/** Painting: a pixel belongs to one region, so what one region gets, the others lose in the same step. No DOM. */
import type { Shape } from "../shapes.js";
import type { ShapeEdit } from "../store.js";
import { minus, type Raster, union } from "./raster.js";

/** A part of the image that has one label. */
export interface MaskShape extends Shape {
  readonly raster: Raster;
  /** `#rrggbb`, where each region has a colour of its own; absent where it is the label's. */
  readonly colour?: string;
}

export interface PaintRules {
  /** Only pixels that no region has yet are painted. */
  readonly onlyEmpty: boolean;
  /** Whether the region must stay as it is, for example because the worker has locked it. */
  readonly isKept: (shape: MaskShape) => boolean;
}

/** The pixels of a stroke that the rules leave. `target` is the region that gets them, null for a new one. */
export function paintable(stroke: Raster, shapes: readonly MaskShape[], target: MaskShape | null, rules: PaintRules): Raster {
  return shapes
    .filter((shape) => shape.id !== target?.id && (rules.onlyEmpty || rules.isKept(shape)))
    .reduce((left, { raster }) => minus(left, raster), stroke);
}

/** Gives pixels to a region, and takes them from the others. Regions that lose all their pixels are removed. */
export function painted(pixels: Raster, shapes: readonly MaskShape[], target: MaskShape | null): ShapeEdit<MaskShape> {
  const losses = lost(pixels, shapes.filter((shape) => shape.id !== target?.id));
  const gain = target === null ? [] : [{ ...target, raster: union(target.raster, pixels) }];
  return { ...losses, updated: [...gain, ...losses.updated] };
}

/** Takes pixels from all these regions. */
export function erased(pixels: Raster, shapes: readonly MaskShape[]): ShapeEdit<MaskShape> {
  return lost(pixels, shapes);
}

interface Losses {
  readonly updated: readonly MaskShape[];
  readonly removed: readonly string[];
}

function lost(pixels: Raster, shapes: readonly MaskShape[]): Losses {
  const updated: MaskShape[] = [];
  const removed: string[] = [];
  for (const shape of shapes) {
    const raster = minus(shape.raster, pixels);
    if (raster === shape.raster) continue;
    if (raster.isEmpty) removed.push(shape.id);
    else updated.push({ ...shape, raster });
  }
  return { updated, removed };
}
