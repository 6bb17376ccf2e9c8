/** What the keyboard cursor needs of the screen, from the stage. */
import { toImage } from "../core/geometry.js";
import type { CursorScreen } from "./keyboard_cursor.js";
import type { ImageStage } from "./stage/component.js";

export interface StageOwner {
  /** Null before it is rendered. */
  readonly stage: ImageStage | null;
  /** Stored pixels; null until the image is shown. */
  readonly image: CursorScreen["image"];
}

export function cursorScreen(owner: StageOwner, announce: (text: string) => void): CursorScreen {
  return {
    get image() {
      return owner.image;
    },
    get view() {
      return owner.stage?.view ?? { scale: 1, x: 0, y: 0 };
    },
    get middle() {
      const { stage } = owner;
      return stage === null ? { x: 0, y: 0 } : toImage(stage.view, { x: stage.clientWidth / 2, y: stage.clientHeight / 2 });
    },
    reveal: (rect) => owner.stage?.reveal(rect),
    announce,
    refresh: () => owner.stage?.refresh(),
  };
}
