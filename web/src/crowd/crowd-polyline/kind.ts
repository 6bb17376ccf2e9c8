/** Polylines as a kind of shape: their tool, format, drawing and words. */
import type { PathShape } from "../../core/shapes.js";
import { polylineFormat } from "../../formats/polyline.js";
import { t } from "../../language/index.js";
import { POLYLINE_RULES } from "../../tools/path_rules.js";
import type { ShapeKind } from "../../workspace/shape_kind.js";
import { pathKind, pointShortcuts } from "../path_kind.js";
import { polylineRow } from "../path_rows.js";

export const POLYLINES: ShapeKind<PathShape> = {
  ...pathKind(POLYLINE_RULES),
  name: "polyline",
  get nouns() {
    return { one: t("polyline"), many: t("polylines") };
  },
  get hint() {
    return t("Click along an object. Click on the last point, or press Enter, to finish.");
  },
  get gestures() {
    return [
      { keys: [t("Click")], does: t("Add a point") },
      { keys: [t("Drag")], does: t("Add a point and place it") },
      { keys: ["Enter", t("Double click")], does: t("Finish the polyline") },
      { keys: ["Backspace", "Z"], does: t("Take the last point back") },
      { keys: [t("Alt + click")], does: t("While drawing: follow the border of another shape up to here") },
      { keys: ["Shift"], does: t("Keep edges at 45°") },
      { keys: [t("Ctrl + click")], does: t("Select a polyline; click again for the one below") },
      ...pointShortcuts(),
    ];
  },
  format: polylineFormat,
  row: polylineRow,
};
