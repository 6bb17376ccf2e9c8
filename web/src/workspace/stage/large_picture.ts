/** The canvas of a large image. It is painted again only when something that it shows has changed. */
import type { Size, View } from "../../core/geometry.js";
import { paintPicture } from "./picture.js";
import type { Pyramid } from "./pyramid.js";

export class LargePicture {
  /** What the canvas shows: its view, size, resolution, element, smoothing, and what there is of the image. */
  private painted: readonly unknown[] = [];

  paint(canvas: HTMLCanvasElement, image: Size, pyramid: Pyramid, view: View, stage: Size, isSmooth: boolean): void {
    // Most frames change only shapes.
    const key = [view, stage, window.devicePixelRatio, canvas, isSmooth, pyramid.version];
    if (key.every((value, index) => value === this.painted[index])) return;
    this.painted = key;
    paintPicture(canvas, image, pyramid, view, stage, isSmooth);
  }
}
