/** The effect of each keyboard command on the editor, the stage and the task. */
import { type Point, turnedBy } from "../core/geometry.js";
import type { Shape } from "../core/shapes.js";
import { t } from "../language/index.js";
import type { ShapeEditor } from "./editor.js";
import type { PressedCommand } from "./keyboard.js";
import type { ImageStage } from "./stage/component.js";

export interface CommandTarget<S extends Shape> {
  readonly editor: ShapeEditor<S>;
  readonly stage: ImageStage | null;
  submit(): void;
  showShortcuts(): void;
  findLabel(): boolean;
  pastePrevious(): boolean;
  toggleCursor(): boolean;
  /** Runs an action of the drawing tool. */
  runAction(id: string): boolean;
  /** What is visible has changed; `said` is for a screen reader. */
  viewChanged(said: string): void;
}

/** Runs a command. Returns false for one that does nothing now: the browser then gets the key. */
export function runCommand<S extends Shape>(command: PressedCommand, target: CommandTarget<S>): boolean {
  const { editor, stage } = target;
  switch (command.kind) {
    case "label":
      return editor.chooseLabelAt(command.index);
    case "arrow": {
      const { x, y } = onImage(command.dx, command.dy, editor.selection.ids.size > 0 ? stage : null);
      return editor.arrow(x, y, command.resize);
    }
    case "cycle":
      return editor.cycle(command.step);
    case "select-all":
      return editor.selectAll();
    case "delete":
      return editor.removeSelected();
    case "delete-all":
      return editor.removeReachable();
    case "copy":
      return editor.copies.copy();
    case "cut":
      return editor.copies.cut();
    case "paste":
      return editor.copies.paste();
    case "duplicate":
      return editor.copies.duplicate();
    case "find-label":
      return target.findLabel();
    case "paste-previous":
      return target.pastePrevious();
    case "accept":
      return editor.suggestions.accept();
    case "next-suggestion":
      return editor.suggestions.next();
    case "order":
      return editor.order(command.to);
    case "hide":
      return editor.marking.hide(command.what);
    case "lock":
      return editor.marking.lock(command.what);
    case "cancel":
      return editor.cancel();
    case "mode":
      editor.setMode(command.mode);
      break;
    case "undo":
      editor.undo();
      break;
    case "redo":
      editor.redo();
      break;
    case "nothing-to-label":
      editor.markNothingToLabel(!editor.store.nothingToLabel);
      break;
    case "cursor":
      return target.toggleCursor();
    case "tool":
      return target.runAction(command.id);
    case "solo":
      return editor.marking.solo();
    case "tags":
      editor.visibility.showsTags = !editor.visibility.showsTags;
      target.viewChanged(editor.visibility.showsTags ? t("Tags shown") : t("Tags hidden"));
      break;
    case "fade":
      editor.visibility.fade(command.step);
      target.viewChanged(t("Opacity {{percent}} %", { percent: Math.round(editor.visibility.opacity * 100) }));
      break;
    case "zoom-in":
      stage?.zoomIn();
      break;
    case "zoom-out":
      stage?.zoomOut();
      break;
    case "zoom-to-selection": {
      const rect = editor.selectedBounds;
      if (rect !== null) stage?.zoomToRect(rect);
      return rect !== null;
    }
    case "turn":
      stage?.turn(command.degrees);
      break;
    case "fit":
      stage?.fit();
      break;
    case "actual-size":
      stage?.zoomTo(1);
      break;
    case "submit":
      target.submit();
      break;
    case "help":
      target.showShortcuts();
      break;
  }
  return true;
}

/** A step of an arrow key along the image's axes: on a turned image, too, the arrow goes where it points. */
function onImage(dx: number, dy: number, stage: ImageStage | null): Point {
  return turnedBy(-Math.round((stage?.view.rotation ?? 0) / 90) * 90, { x: dx, y: dy });
}
