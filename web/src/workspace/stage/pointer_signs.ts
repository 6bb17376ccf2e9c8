/** The cursor, the lines through the pointer and its place in image pixels. They are set directly: they follow each movement. */
import { clampPoint, type Size, toImage, type View } from "../../core/geometry.js";
import type { StagePointer } from "./gestures.js";
import type { Crosshair } from "./view_settings.js";

export interface PointerLook {
  readonly cursor: string;
  /** Lines through the pointer help, because a shape is about to be drawn here. */
  readonly guides: boolean;
}

export class PointerSigns {
  constructor(private readonly root: () => ParentNode) {}

  show(pointer: StagePointer, look: PointerLook, view: View, image: Size, crosshair: Crosshair): void {
    const { point } = pointer;
    const surface = this.part(".surface");
    if (surface !== null) surface.style.cursor = look.cursor;
    // A finger hides what is under it, and has its magnifier.
    const shown = look.guides && crosshair !== "off" && pointer.touch !== true;
    const place = `translate(${Math.round(point.x)}px, ${Math.round(point.y)}px) rotate(${view.rotation ?? 0}deg)`;
    for (const guide of this.guides()) {
      guide.hidden = !shown;
      guide.style.transform = place;
      guide.classList.toggle("short", crosshair === "cross");
    }
    const { x, y } = clampPoint(toImage(view, point), image);
    this.write(`${sizeText(image)} · x ${Math.floor(x)}, y ${Math.floor(y)}`);
  }

  /** The pointer has left the stage. */
  hide(image: Size | null): void {
    for (const guide of this.guides()) guide.hidden = true;
    this.write(image === null ? "" : sizeText(image));
  }

  private write(text: string): void {
    const readout = this.part(".readout");
    if (readout !== null) readout.textContent = text;
  }

  private guides(): HTMLElement[] {
    return [...this.root().querySelectorAll<HTMLElement>(".guide")];
  }

  private part(selector: string): HTMLElement | null {
    return this.root().querySelector<HTMLElement>(selector);
  }
}

function sizeText({ width, height }: Size): string {
  return `${width} × ${height} px`;
}
