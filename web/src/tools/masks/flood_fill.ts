/**
 * Fills pixels of like colour that hang together, from the one that the worker clicks. With Alt they are erased.
 *
 * Decision: only the part of the image that is in view is filled, so that nothing changes unseen, and a part of more than
 * four million pixels is read at a smaller size, which is still finer than the screen.
 */
import type { Point } from "../../core/geometry.js";
import { flood, rasterOf } from "../../core/raster/grid.js";
import { t } from "../../language/index.js";
import type { Mark } from "../marks.js";
import type { PointerModifiers } from "../tool.js";
import { type Effect, effectOf, type PaintHost, type PaintMode } from "./paint_mode.js";

const MOST_PIXELS = 4_000_000;

export class FloodFill implements PaintMode {
  private start: Point | null = null;
  private isBusy = false;
  readonly sketch = null;
  readonly marks: readonly Mark[] = [];

  constructor(private readonly host: PaintHost) {}

  down(point: Point): void {
    const { width, height } = this.host.image;
    const isInside = point.x >= 0 && point.y >= 0 && point.x < width && point.y < height;
    this.start = isInside && !this.isBusy && this.host.mayPaint() ? point : null;
  }

  move(): void {}

  up(_point: Point, modifiers: PointerModifiers): void {
    const { start } = this;
    this.start = null;
    if (start !== null) void this.fill(start, effectOf(modifiers));
  }

  hover(): void {}

  cancel(): boolean {
    const busy = this.start !== null;
    this.start = null;
    return busy;
  }

  private async fill(start: Point, effect: Effect): Promise<void> {
    this.isBusy = true;
    try {
      const pixels = await this.host.pixels(this.host.visible, MOST_PIXELS);
      const { rect, size } = pixels;
      const x = Math.min(size.width - 1, Math.floor(((start.x - rect.left) * size.width) / rect.width));
      const y = Math.min(size.height - 1, Math.floor(((start.y - rect.top) * size.height) / rect.height));
      const isInView = x >= 0 && y >= 0;
      if (isInView) this.host.apply(effect, rasterOf(flood(pixels, x, y, this.host.settings.tolerance), pixels, this.host.image));
    } catch {
      this.host.warn(t("The colours of the image cannot be read."));
    } finally {
      this.isBusy = false;
    }
  }
}
