/** What all kinds of paths have in common. */
import { movedPath, pathBounds } from "../core/paths.js";
import type { PathShape } from "../core/shapes.js";
import { t } from "../language/index.js";
import { limitsOf, type PathRules } from "../tools/path_rules.js";
import { PathTool } from "../tools/path.js";
import type { ShapeKind } from "../workspace/shape_kind.js";
import type { Shortcut } from "../workspace/shortcuts.js";
import { pathDifferences } from "./path_differences.js";
import { pathDrawing } from "./path_drawing.js";

type Common = "drawing" | "createTool" | "bounds" | "moved" | "differences";

export function pathKind(rules: PathRules): Pick<ShapeKind<PathShape>, Common> {
  return {
    drawing: pathDrawing(rules),
    createTool: (host) => new PathTool(host, rules),
    differences: (before, after) => pathDifferences(rules, before, after),
    bounds: ({ vertices }) => pathBounds(vertices),
    moved: (path, dx, dy, image) => ({ ...path, vertices: movedPath(path.vertices, dx, dy, limitsOf(rules, image)) }),
  };
}

/** The shortcuts for the points of a selected path. */
export function pointShortcuts(): Shortcut[] {
  return [
    { keys: [t("Drag")], does: t("Move a point, or add one in the middle of an edge") },
    { keys: [t("Click")], does: t("On an edge of the selected shape: add a point") },
    { keys: [t("Alt + click")], does: t("Delete a point") },
  ];
}
