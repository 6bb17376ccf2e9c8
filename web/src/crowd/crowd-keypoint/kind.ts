/** Key points as a kind of shape: their tool, format, drawing and words. */
import type { PathShape } from "../../core/shapes.js";
import { keypointFormat } from "../../formats/keypoint.js";
import { t } from "../../language/index.js";
import { KEYPOINT_RULES } from "../../tools/path_rules.js";
import type { ShapeKind } from "../../workspace/shape_kind.js";
import { pathKind } from "../path_kind.js";
import { keypointRow } from "../path_rows.js";
import { keypointDrawing } from "./overlay.js";

export const KEYPOINTS: ShapeKind<PathShape> = {
  ...pathKind(KEYPOINT_RULES),
  name: "keypoint",
  get nouns() {
    return { one: t("key point"), many: t("key points") };
  },
  get hint() {
    return t("Choose a label and click on its place.");
  },
  get gestures() {
    return [
      { keys: [t("Click")], does: t("Set a key point") },
      { keys: [t("Drag")], does: t("Set a key point and place it, or move one") },
    ];
  },
  format: keypointFormat,
  row: keypointRow,
  drawing: keypointDrawing,
  hasSmallShapes: true,
};
