/** Lines between two points as a kind of shape: their tool, format, drawing and words. */
import type { PathShape } from "../../core/shapes.js";
import { lineFormat } from "../../formats/line.js";
import { t } from "../../language/index.js";
import { LINE_RULES } from "../../tools/path_rules.js";
import type { ShapeKind } from "../../workspace/shape_kind.js";
import { pathKind } from "../path_kind.js";
import { lineRow } from "../path_rows.js";

export const LINES: ShapeKind<PathShape> = {
  ...pathKind(LINE_RULES),
  name: "line",
  get nouns() {
    return { one: t("line"), many: t("lines") };
  },
  get hint() {
    return t("Drag from one end to the other, or click on both ends.");
  },
  get gestures() {
    return [
      { keys: [t("Drag")], does: t("Draw a line") },
      { keys: [t("Click")], does: t("Set one end of a line, then the other") },
      { keys: ["Shift"], does: t("Keep the line at 45°") },
      { keys: [t("Ctrl + click")], does: t("Select a line; click again for the one below") },
    ];
  },
  format: lineFormat,
  row: lineRow,
};
