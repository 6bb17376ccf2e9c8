/** The image of a stage from its address to decoded pixels: what stage of loading it is in, and why it failed. */
import type { Size } from "../../core/geometry.js";
import { t } from "../../language/index.js";
import { turn } from "../turn.js";
import { reasonOfFailure } from "./image_failure.js";
import { isHuge, isLarge, MOST_PIXELS, Pyramid } from "./pyramid.js";
import { sizedSvg } from "./sized_svg.js";

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

/** How often the page looks whether the size of an image that is still loading is known. */
const LOOK_MS = 50;
export class ImageLoading {
  private currentPhase: StagePhase = "empty";
  private reason = "";
  /** Of a copy of the file that has a size. */
  private sizedCopy: string | null = null;
  private large: Pyramid | null = null;
  /** What shows the image: as it is not known, either; `element` also where no pyramid can be made. */
  private way: "either" | "pyramid" | "element" = "either";
  /** Counts the addresses, and each "Try again". */
  private attempt = 0;
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

  /** What image elements load: the host's address, or that of a copy with a size. */
  get address(): string {
    return this.sizedCopy ?? this.host.src;
  }

  /** What shows a large image; null for others, which an image element shows. */
  get pyramid(): Pyramid | null {
    return this.large;
  }

  /** False for a large image from when its size is known: an element would keep its file in memory. */
  get hasElement(): boolean {
    return this.way !== "pyramid";
  }

  /** The image is shown, but the end of its file is missing: a part of it is blank. */
  get isCutOff(): boolean {
    return this.cutOff;
  }

  /** Begins with the host's address, or again. */
  begin(): void {
    this.attempt += 1;
    this.isUnloaded = false;
    this.cutOff = false;
    this.large?.close();
    this.large = null;
    if (this.sizedCopy !== null) URL.revokeObjectURL(this.sizedCopy);
    this.sizedCopy = null;
    this.way = "either";
    this.waitsForLayout = false;
    this.set(this.host.src === "" ? "empty" : "loading");
    this.lookForSize(this.attempt);
  }

  /** Takes the image of the element, which has loaded its file. */
  async take(): Promise<void> {
    const { img, src } = this.host;
    if (img === null || this.way === "pyramid") return;
    // The size in the layout respects image-orientation; Chromium's naturalWidth is that of the rotated image.
    const size = { width: img.offsetWidth, height: img.offsetHeight };
    this.waitsForLayout = size.width === 0 && !this.host.hasLayout;
    if (this.waitsForLayout) return;
    if (size.width === 0) return this.takeUnsized();
    if (size.width * size.height > MOST_PIXELS) {
      return this.fail(t("It has {{width}} × {{height}} pixels, more than a browser can show.", { ...size }));
    }
    if (isLarge(size) && this.way === "either") return this.takeLarge(img, size);
    // Also in a hidden frame: the image is then seen at once when the frame is shown.
    await img.decode().catch(() => {});
    if (src !== this.host.src || img !== this.host.img) return;
    this.set("ready", size);
    await this.look(img);
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
    if (!turn.isHidden) this.wake();
  }

  /** The worker no longer sees the task: the memory of a huge image is given back until they see it again. */
  rest(): void {
    this.large?.rest();
    turn.once(() => this.wake());
  }

  private wake(): void {
    const pyramid = this.large;
    void pyramid?.wake().then(() => this.host.noticed()).catch(() => {}); // until the network is back
  }

  /** A large image is taken as soon as its size is known, so that its file is loaded once. */
  private lookForSize(attempt: number): void {
    if (attempt !== this.attempt || this.currentPhase !== "loading" || this.way !== "either") return;
    const { naturalWidth: width = 0, naturalHeight: height = 0, offsetWidth = 0 } = this.host.img ?? {};
    if (offsetWidth > 0 && isLarge({ width, height })) void this.take();
    else setTimeout(() => this.lookForSize(attempt), LOOK_MS);
  }

  /** A drawing without a size is loaded again with one. */
  private async takeUnsized(): Promise<void> {
    const { attempt } = this;
    const copy = this.sizedCopy === null ? await sizedSvg(this.host.src).catch(() => null) : null;
    if (attempt !== this.attempt) return copy === null ? undefined : URL.revokeObjectURL(copy);
    if (copy === null) return this.fail(t("The file has no size."));
    this.sizedCopy = copy;
    this.host.noticed();
  }

  /** Where no pyramid can be made, a new image element shows what it can. */
  private async takeLarge(img: HTMLImageElement, size: Size): Promise<void> {
    const { attempt } = this;
    const { src } = this.host;
    this.way = "pyramid";
    // It would go on loading, also outside of the document.
    img.removeAttribute("src");
    this.host.noticed();
    if (isHuge(size)) await this.worthDecoding(src);
    const pyramid = attempt === this.attempt ? await Pyramid.of(src, size).catch(() => null) : null;
    if (attempt !== this.attempt) return pyramid?.close();
    this.large = pyramid;
    this.way = pyramid === null ? "element" : "pyramid";
    if (pyramid === null) this.host.noticed();
    else this.set("ready", size);
  }

  /** Resolves when the worker sees the task. Until then its file is brought to the browser's cache. */
  private async worthDecoding(src: string): Promise<void> {
    if (!turn.isHidden) return;
    void fetch(src).then(({ body }) => body?.pipeTo(new WritableStream())).catch(() => {});
    await new Promise<void>((seen) => turn.once(seen));
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
