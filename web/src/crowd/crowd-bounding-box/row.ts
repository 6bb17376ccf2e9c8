/** The size of a box in the list of boxes, and its size and place for a screen reader. */
import type { BoxShape } from "../../core/shapes.js";
import type { ShapeRow } from "../../workspace/shape_kind.js";

export const boxRow: ShapeRow<BoxShape> = {
  size: ({ width, height }) => `${width} × ${height}`,
  spokenSize: ({ width, height }) => `${width} by ${height} pixels`,
  spokenPlace: ({ left, top, width, height }) => `at ${left}, ${top}, ${width} by ${height} pixels`,
};
