/** What is drawn over the image now: the shapes, or what the worker has changed of them. */
import type { Shape } from "../core/shapes.js";
import type { Mark } from "../tools/marks.js";
import type { Comparison } from "./comparison.js";
import type { ShapeEditor } from "./editor.js";
import type { Scene } from "./overlay.js";

export function sceneOf<S extends Shape>(editor: ShapeEditor<S>, comparison: Comparison<S>, cursor: readonly Mark[]): Scene<S> {
  const compares = comparison.isShown;
  return {
    shapes: compares ? comparison.shapes : editor.shownShapes,
    selectedIds: editor.selection.ids,
    selectedIsFresh: editor.selection.fresh && editor.mode === "draw",
    hoverId: editor.hoverId,
    preview: editor.tool.preview,
    marks: [...editor.tool.marks, ...cursor],
    band: editor.tool.band,
    showsTags: compares || editor.visibility.showsTags,
    isInReach: (shape) => editor.visibility.isInReach(shape),
    newLabel: editor.chosenLabel,
    styleOf: (label, shape) => (compares ? comparison.styleOf(label) : editor.styleOf(label, shape)),
  };
}
