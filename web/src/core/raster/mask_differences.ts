/** What differs between two masks, pixel by pixel and label by label. */
import type { Differences } from "../differences.js";
import type { MaskShape } from "./paint.js";
import { emptyRaster, minus, union } from "./raster.js";

/** The pixels that each label has got and lost. Where each object is a region, those of all its label's objects are compared. */
export function maskDifferences(before: readonly MaskShape[], after: readonly MaskShape[]): Differences<MaskShape> {
  const labels = [...new Set([...before, ...after].map(({ label }) => label))];
  const size = [...before, ...after][0]?.raster.size ?? { width: 1, height: 1 };
  const pixelsOf = (shapes: readonly MaskShape[], label: string) =>
    shapes.filter((shape) => shape.label === label).reduce((all, { raster }) => union(all, raster), emptyRaster(size));
  const lost = (one: readonly MaskShape[], other: readonly MaskShape[]): MaskShape[] =>
    labels
      .map((label): MaskShape => ({ id: label, label, raster: minus(pixelsOf(one, label), pixelsOf(other, label)) }))
      .filter(({ raster }) => !raster.isEmpty);
  return { added: lost(after, before), removed: lost(before, after), changed: [] };
}
