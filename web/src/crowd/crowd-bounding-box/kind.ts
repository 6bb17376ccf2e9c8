/** Boxes as a kind of shape: their tool, format, drawing and words. */
import { grownRect, movedRect } from "../../core/geometry.js";
import type { BoxShape } from "../../core/shapes.js";
import { boundingBoxFormat } from "../../formats/bounding_box.js";
import { RectangleTool } from "../../tools/rectangle.js";
import type { ShapeKind } from "../../workspace/shape_kind.js";
import { boxDrawing } from "./overlay.js";
import { boxRow } from "./row.js";

export const BOXES: ShapeKind<BoxShape> = {
  nouns: { one: "box", many: "boxes" },
  hint: "Drag over the image to draw one.",
  gestures: [
    { keys: ["Drag"], does: "Draw a box with the chosen label" },
    { keys: ["Shift + drag"], does: "Draw, also on the selected box" },
    { keys: ["Ctrl + drag"], does: "Move a box, or resize the selected one" },
    { keys: ["Click"], does: "Select a box; click again for the one below" },
  ],
  format: boundingBoxFormat,
  row: boxRow,
  drawing: boxDrawing,
  createTool: (host) => new RectangleTool(host),
  bounds: (box) => box,
  moved: (box, dx, dy, image) => ({ ...box, ...movedRect(box, dx, dy, image) }),
  resized: (box, dx, dy, image) => ({ ...box, ...grownRect(box, dx, dy, image) }),
};
