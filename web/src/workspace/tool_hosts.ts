/** The editor as drawing tools see it. */
import type { Shape } from "../core/shapes.js";
import { t } from "../language/index.js";
import type { SelectingHost } from "../tools/selecting.js";
import type { ToolHost } from "../tools/tool.js";
import type { ShapeEditor } from "./editor.js";

export function toolHost<S extends Shape>(editor: ShapeEditor<S>): ToolHost<S> {
  return {
    get mode() {
      return editor.mode === "select" ? "select" : "draw";
    },
    get image() {
      return editor.screen.image ?? { width: 1, height: 1 };
    },
    get shapes() {
      return editor.store.shapes.filter((shape) => editor.visibility.isInReach(shape));
    },
    get seen() {
      return editor.store.shapes.filter((shape) => !editor.visibility.hidden.has(shape));
    },
    get all() {
      return editor.store.shapes;
    },
    get selected() {
      const { shape } = editor.selection;
      return shape !== undefined && editor.visibility.isInReach(shape) ? shape : undefined;
    },
    get selectedIsFresh() {
      return editor.selection.fresh;
    },
    get label() {
      return editor.chosenLabel;
    },
    mayDraw: () => editor.chosenLabel !== "",
    select: (id) => editor.selection.select(id),
    draw: () => {
      if (editor.mode !== "draw") editor.setMode("draw");
    },
    create: (geometry) => editor.create(geometry),
    chooseUnusedLabel: () => {
      const { labels, chosenLabel } = editor;
      const used = new Set(editor.store.shapes.map(({ label }) => label));
      const after = labels.indexOf(chosenLabel) + 1;
      const next = [...labels.slice(after), ...labels.slice(0, after)].find((label) => !used.has(label));
      if (next !== undefined) editor.chooseLabel(next);
    },
    tooSmall: () => editor.screen.warn(t("This {{shape}} is too small on the screen. Zoom in to draw it.", { shape: editor.kind.nouns.one })),
    change: (id, geometry, mergeKey) => {
      const shape = editor.store.get(id);
      if (shape !== undefined) editor.replaceAll([{ ...shape, ...geometry }], mergeKey);
    },
    edit: (edit) => editor.edit(edit),
    warn: (text) => editor.screen.warn(text),
    announce: (text) => editor.screen.announce(text),
    previewChanged: () => editor.screen.refresh(),
    stepsChanged: () => {
      editor.screen.update();
      editor.screen.unfinishedChanged();
    },
  };
}

export function selectingHost<S extends Shape>(editor: ShapeEditor<S>): SelectingHost<S> {
  return {
    get mode() {
      return editor.mode === "select" ? "select" : "draw";
    },
    get shapes() {
      return editor.store.shapes.filter((shape) => editor.visibility.isInReach(shape));
    },
    get selected() {
      return editor.selection.shape;
    },
    get allSelected() {
      return editor.selection.shapes.filter((shape) => editor.visibility.isInReach(shape));
    },
    get selectedIds() {
      return editor.selection.ids;
    },
    toggle: (id) => editor.toggle(id),
    selectAll: (ids) => editor.selection.selectAll(ids),
    bounds: (shape) => editor.kind.bounds(shape),
    moved: (shapes, dx, dy) => editor.movedTogether(shapes, dx, dy),
    replaceAll: (shapes) => editor.replaceAll(shapes),
    previewChanged: () => editor.screen.refresh(),
  };
}
