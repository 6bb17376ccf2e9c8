import { grownRect, movedRect } from "../../core/geometry.js";
import type { BoxShape } from "../../core/shapes.js";
import { boundingBoxFormat } from "../../formats/bounding_box.js";
import { type RectanglePreview, RectangleTool } from "../../tools/rectangle.js";
import type { ShapeKind } from "../../workspace/shape_kind.js";
import { ImageField } from "../image_field.js";
import { drawBoxes } from "./overlay.js";
import { boxRow } from "./row.js";

const BOXES: ShapeKind<BoxShape, RectanglePreview> = {
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
  createTool: (host) => new RectangleTool(host),
  draw: drawBoxes,
  bounds: (box) => box,
  moved: (box, dx, dy, image) => ({ ...box, ...movedRect(box, dx, dy, image) }),
  resized: (box, dx, dy, image) => ({ ...box, ...grownRect(box, dx, dy, image) }),
};

/**
 * @summary Draws labelled boxes over an image.
 * @attr name - the key in the answer
 * @attr src - the image's address
 * @attr header - the task in one sentence
 * @attr labels - the labels: `['Cat', 'Dog']`
 * @attr initial-value - boxes to begin with: `[{label, left, top, width, height}]`
 * @slot short-instructions - taken from the child `<short-instructions>`
 * @slot full-instructions - taken from the child `<full-instructions header="...">`
 * @event crowd-change - the boxes or the "nothing to label" mark changed
 */
export class CrowdBoundingBox extends ImageField<BoxShape, RectanglePreview> {
  constructor() {
    super(BOXES);
  }
}
