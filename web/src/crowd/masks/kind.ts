/** Regions of pixels as a kind of shape: their drawing and words. The elements add their format and their tool. */
import { svg } from "lit";
import { maskDifferences } from "../../core/raster/mask_differences.js";
import type { MaskShape } from "../../core/raster/paint.js";
import { t } from "../../language/index.js";
import type { ShapeKind, ShapeRow } from "../../workspace/shape_kind.js";
import type { Shortcut } from "../../workspace/shortcuts.js";

export type MaskKind = ShapeKind<MaskShape>;

/** Decision: regions are not moved by keys. They are what the image shows, and moving one would tear it from there. */
export const MASK_KIND = {
  canCopy: false,
  bounds: ({ raster }: MaskShape) => raster.bounds,
  moved: (shape: MaskShape) => shape,
  differences: maskDifferences,
  colour: ({ colour }: MaskShape) => colour,
} as const;

export const maskRow: ShapeRow<MaskShape> = {
  size: ({ raster }) => t("{{share}} %", { share: shareOf(raster.area, raster.size.width * raster.size.height) }),
  spokenSize: ({ raster }) => t("{{count}} pixels", { count: raster.area }),
  spokenPlace: ({ raster: { bounds } }) =>
    t("at {{left}}, {{top}}, {{width}} by {{height}} pixels", { left: bounds.left, top: bounds.top, width: bounds.width, height: bounds.height }),
};

/** Regions are painted on a canvas, so there is nothing to draw in lines. */
export const NO_LINES = { shape: () => svg``, handles: () => svg`` } as const;

export function maskShortcuts(): Shortcut[] {
  return [
    { keys: ["Shift"], does: t("Brush: a straight line from the last stroke") },
    { keys: ["Alt"], does: t("Erase with any tool; with the assistant: not the object") },
    { keys: [t("Ctrl + click")], does: t("Select a region") },
  ];
}

/** One digit after the point for small shares. */
function shareOf(area: number, whole: number): string {
  const percent = (100 * area) / whole;
  return percent < 0.1 ? "< 0.1" : percent < 10 ? percent.toFixed(1) : String(Math.round(percent));
}

