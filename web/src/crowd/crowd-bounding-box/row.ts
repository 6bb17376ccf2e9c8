/** The size of a box in the list of boxes, and its size and place for a screen reader. */
import type { BoxShape } from "../../core/shapes.js";
import { t } from "../../language/index.js";
import type { ShapeRow } from "../../workspace/shape_kind.js";

export const boxRow: ShapeRow<BoxShape> = {
  size: ({ width, height }) => `${width} × ${height}`,
  spokenSize: ({ width, height }) => t("{{width}} by {{height}} pixels", { width, height }),
  spokenPlace: ({ left, top, width, height }) => t("at {{left}}, {{top}}, {{width}} by {{height}} pixels", { left, top, width, height }),
};
