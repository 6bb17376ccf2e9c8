/** Boxes as a kind of shape: their tool, format, drawing and words. */
import { grownRect, movedRect } from "../../core/geometry.js";
import type { BoxShape } from "../../core/shapes.js";
import { boundingBoxFormat } from "../../formats/bounding_box.js";
import { t } from "../../language/index.js";
import { RectangleTool } from "../../tools/rectangle.js";
import type { ShapeKind } from "../../workspace/shape_kind.js";
import { boxDrawing } from "./overlay.js";
import { boxRow } from "./row.js";

export const BOXES: ShapeKind<BoxShape> = {
  name: "box",
  get nouns() {
    return { one: t("box"), many: t("boxes") };
  },
  get hint() {
    return t("Drag over the image to draw one.");
  },
  get gestures() {
    return [
      { keys: [t("Drag")], does: t("Draw a box with the chosen label") },
      { keys: [t("Shift + drag")], does: t("Draw, also on the selected box") },
      { keys: [t("Ctrl + drag")], does: t("Move a box, or resize the selected one") },
      { keys: [t("Click")], does: t("Select a box; click again for the one below") },
    ];
  },
  format: boundingBoxFormat,
  row: boxRow,
  drawing: boxDrawing,
  createTool: (host) => new RectangleTool(host),
  bounds: (box) => box,
  moved: (box, dx, dy, image) => ({ ...box, ...movedRect(box, dx, dy, image) }),
  resized: (box, dx, dy, image) => ({ ...box, ...grownRect(box, dx, dy, image) }),
};
