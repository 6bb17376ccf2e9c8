/** How shapes are drawn that are only looked at: without their tools. */
import { pathBounds } from "../core/paths.js";
import type { BoxShape, PathShape } from "../core/shapes.js";
import type { PathName } from "../formats/verified.js";
import { LINE_RULES, type PathRules, POLYGON_RULES, POLYLINE_RULES } from "../tools/path_rules.js";
import type { OverlayKind } from "../workspace/overlay.js";
import type { ShapeRow } from "../workspace/shape_kind.js";
import { boxDrawing } from "./crowd-bounding-box/overlay.js";
import { boxRow } from "./crowd-bounding-box/row.js";
import { keypointDrawing } from "./crowd-keypoint/overlay.js";
import { pathDrawing } from "./path_drawing.js";
import { keypointRow, lineRow, polygonRow, polylineRow } from "./path_rows.js";

export const SHOWN_BOXES: OverlayKind<BoxShape> = { drawing: boxDrawing, row: boxRow, bounds: (box) => box };

function shownPaths(rules: PathRules, row: ShapeRow<PathShape>): OverlayKind<PathShape> {
  return { drawing: pathDrawing(rules), row, bounds: ({ vertices }) => pathBounds(vertices) };
}

export const SHOWN_PATHS: Readonly<Record<PathName, OverlayKind<PathShape>>> = {
  polygon: shownPaths(POLYGON_RULES, polygonRow),
  polyline: shownPaths(POLYLINE_RULES, polylineRow),
  line: shownPaths(LINE_RULES, lineRow),
  keypoint: { drawing: keypointDrawing, row: keypointRow, bounds: ({ vertices }) => pathBounds(vertices), hasSmallShapes: true },
};
