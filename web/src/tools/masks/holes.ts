/** Fills what a region encloses. */
import { gridOf, rasterOf, withoutHoles } from "../../core/raster/grid.js";
import type { MaskShape } from "../../core/raster/paint.js";
import { minus } from "../../core/raster/raster.js";
import { t } from "../../language/index.js";
import type { PaintHost } from "./paint_mode.js";

/** Pixels of the rectangle around a region. It bounds time and memory. */
const MOST_PIXELS = 30_000_000;

export function fillHoles({ raster }: MaskShape, host: PaintHost): void {
  const rect = raster.bounds;
  if (rect.width * rect.height > MOST_PIXELS) {
    host.warn(t("This region is too large to look for holes in it."));
    return;
  }
  const holes = minus(rasterOf(withoutHoles(gridOf(raster, rect), rect), { rect, size: rect }, host.image), raster);
  if (holes.isEmpty) host.warn(t("This region has no holes."));
  else host.apply("paint", holes);
}
