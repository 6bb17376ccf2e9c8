/** Polygons as a kind of shape: their tool, format, drawing and words. */
import type { PathShape } from "../../core/shapes.js";
import { polygonFormat } from "../../formats/polygon.js";
import { t } from "../../language/index.js";
import { POLYGON_RULES } from "../../tools/path_rules.js";
import type { ShapeKind } from "../../workspace/shape_kind.js";
import { pathKind, pointShortcuts } from "../path_kind.js";
import { polygonRow } from "../path_rows.js";

export const POLYGONS: ShapeKind<PathShape> = {
  ...pathKind(POLYGON_RULES),
  name: "polygon",
  get nouns() {
    return { one: t("polygon"), many: t("polygons") };
  },
  get hint() {
    return t("Click around an object. Click on the first point, or press Enter, to finish.");
  },
  get gestures() {
    return [
      { keys: [t("Click")], does: t("Add a point; on the first point: finish the polygon") },
      { keys: [t("Drag")], does: t("Add a point and place it") },
      { keys: ["Enter", t("Double click")], does: t("Finish the polygon") },
      { keys: ["Backspace", "Z"], does: t("Take the last point back") },
      { keys: [t("Alt + click")], does: t("While drawing: follow the border of another shape up to here") },
      { keys: ["Shift"], does: t("Keep edges at 45°") },
      { keys: [t("Ctrl + click")], does: t("Select a polygon; click again for the one below") },
      ...pointShortcuts(),
    ];
  },
  format: polygonFormat,
  row: polygonRow,
};
