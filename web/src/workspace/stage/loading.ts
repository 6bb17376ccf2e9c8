/** The image of a stage from its address to decoded pixels: what stage of loading it is in, and why it failed. */
import type { Size } from "../../core/geometry.js";
import { t } from "../../language/index.js";
import { reasonOfFailure } from "./image_failure.js";
import { isLarge, MOST_PIXELS, Pyramid } from "./pyramid.js";

export type StagePhase = "empty" | "loading" | "ready" | "error";

export interface LoadingHost {
  /** The image's address. */
  readonly src: string;
  /** The element that loads it; null when it is not shown. */
  readonly img: HTMLImageElement | null;
  /** False in a frame that is not shown. */
  readonly hasLayout: boolean;
  /** The phase has changed. `size` is that of the image, in stored pixels, once it is ready. */
  phaseChanged(size: Size | null): void;
  /** The image is shown, and something is wrong with it. */
  noticed(): void;
}

export class ImageLoading {
  private currentPhase: StagePhase = "empty";
  private reason = "";
  private large: Pyramid | null = null;
  /** The image is loaded, but the frame has no layout yet, which tells its stored size. */
  private waitsForLayout = false;
  /** The file could not be loaded: the network may be the reason. */
  private isUnloaded = false;
  private cutOff = false;

  constructor(private readonly host: LoadingHost) {}

  get phase(): StagePhase {
    return this.currentPhase;
  }

  /** Why the image cannot be shown, in words for the worker. */
  get failure(): string {
    return this.reason;
  }

  /** What shows a large image; null for others, which an image element shows. */
  get pyramid(): Pyramid | null {
    return this.large;
  }

  /** The image is shown, but the end of its file is missing: a part of it is blank. */
  get isCutOff(): boolean {
    return this.cutOff;
  }

  /** Begins with the host's address, or again. */
  begin(): void {
    this.isUnloaded = false;
    this.cutOff = false;
    this.large?.close();
    this.large = null;
    this.waitsForLayout = false;
    this.set(this.host.src === "" ? "empty" : "loading");
  }

  /** Takes the image of the element, which has loaded its file. */
  async take(): Promise<void> {
    const { img, src } = this.host;
    if (img === null) return;
    // The size in the layout respects image-orientation; Chromium's naturalWidth is that of the rotated image.
    const size = { width: img.offsetWidth, height: img.offsetHeight };
    this.waitsForLayout = size.width === 0 && !this.host.hasLayout;
    if (this.waitsForLayout) return;
    if (size.width === 0) return this.fail(t("The file has no size."));
    if (size.width * size.height > MOST_PIXELS) {
      return this.fail(t("It has {{width}} × {{height}} pixels, more than a browser can show.", { ...size }));
    }
    // Where no pyramid can be made, the image element shows what it can.
    const pyramid = isLarge(size) ? await Pyramid.of(src, size).catch(() => null) : null;
    // Also in a hidden frame: the image is then seen at once when the frame is shown.
    if (pyramid === null) await img.decode().catch(() => {});
    if (src !== this.host.src || img !== this.host.img) return pyramid?.close();
    this.large = pyramid;
    this.set("ready", size);
    if (pyramid === null) await this.look(img);
  }

  /** The frame has a layout now, or another one. */
  layoutChanged(): void {
    if (this.waitsForLayout) void this.take();
  }

  /** The element could not load the file. */
  async explain(): Promise<void> {
    const { src } = this.host;
    this.isUnloaded = true;
    const reason = await reasonOfFailure(src);
    if (src === this.host.src) this.fail(reason);
  }

  /** The device is online again: what could not be loaded is loaded again. */
  networkBack(): void {
    if (this.isUnloaded && this.currentPhase === "error") this.begin();
  }

  /** Browsers show what there is of a file that ends too early, but make no bitmap of it. */
  private async look(img: HTMLImageElement): Promise<void> {
    const isWhole = await createImageBitmap(img, 0, 0, 1, 1).then((bitmap) => (bitmap.close(), true), () => false);
    if (isWhole || img !== this.host.img || this.currentPhase !== "ready") return;
    this.cutOff = true;
    this.host.noticed();
  }

  private fail(reason: string): void {
    this.reason = reason;
    this.set("error");
  }

  private set(phase: StagePhase, size: Size | null = null): void {
    this.currentPhase = phase;
    this.host.phaseChanged(size);
  }
}
