import { html, LitElement, nothing, type PropertyValues, type SVGTemplateResult, type TemplateResult } from "lit";
import { property, query, state } from "lit/decorators.js";
import { classMap } from "lit/directives/class-map.js";
import { clampPoint, type Point, type Size, toImage, type View, visibleRect } from "../../core/geometry.js";
import type { Pixels } from "../../core/raster/grid.js";
import type { Rect } from "../../core/shapes.js";
import type { PointerTool } from "../../tools/tool.js";
import { base, buttons } from "../../ui/controls.js";
import { icon } from "../../ui/icons.js";
import { SMALL } from "../../ui/media.js";
import { Gestures, type StagePointer } from "./gestures.js";
import { reasonOfFailure } from "./image_failure.js";
import { type DrawPart, drawFrom, readPixels } from "./pixels.js";
import { styles } from "./styles.js";
import { type PaintedPart, type Painter, paint, PIXELS_FROM } from "./painting.js";
import { isLarge, MOST_PIXELS, Pyramid } from "./pyramid.js";
import { SMALL_PADDING, Viewport, WIDE_PADDING } from "./viewport.js";

export type StagePhase = "empty" | "loading" | "ready" | "error";

/** What is drawn over the image: shapes in SVG, tags in HTML, which measures its own text. */
export interface Overlay {
  /** In pixels of the scaled image: the stage turns and moves them together. */
  readonly shapes: SVGTemplateResult;
  /** In view pixels. */
  readonly tags: TemplateResult;
  /** Paints what is made of pixels, such as masks, between the image and the shapes. */
  readonly paint?: Painter | undefined;
}

/**
 * @summary Shows an image with its pixels as stored, zooms and pans it, and passes pointer events to a drawing tool in
 *   image pixels.
 * @event tp-stage-phase - loading, ready or error
 * @event tp-stage-view - the view has changed
 * @slot - things that float over the stage
 * @slot plane - things over the image that move, turn and grow with it; one CSS pixel is one image pixel
 */
export class ImageStage extends LitElement {
  static override styles = [base, buttons, styles];

  @query(".surface") private readonly surface!: HTMLElement | null;
  @query("img") private readonly img!: HTMLImageElement | null;
  @query(".guide.x") private readonly guideX!: HTMLElement;
  @query(".guide.y") private readonly guideY!: HTMLElement;
  @query(".readout") private readonly readout!: HTMLElement;
  @query("canvas.painting") private readonly painting!: HTMLCanvasElement | null;
  @query("canvas.large") private readonly largePicture!: HTMLCanvasElement | null;

  @state() private currentPhase: StagePhase = "empty";
  @state() private failure = "";

  /**
   * The image's address. Its server must allow cross-origin reading: browsers always apply the EXIF orientation to
   * other images.
   */
  @property() src = "";
  /** The name of the stage for a screen reader. */
  @property() label = "Image";
  @property({ attribute: false }) tool: PointerTool | null = null;
  @property({ attribute: false }) overlay: ((view: View, stage: Size) => Overlay) | null = null;
  /** Dragging moves the image instead of drawing. */
  @property({ type: Boolean }) panning = false;

  private readonly viewport = new Viewport(() => this.handleView());
  private readonly gestures = new Gestures(this.viewport, this);
  private lastPointer: StagePointer | null = null;
  private painter: Painter | undefined;
  /** Shows a large image; null for others, which an image element shows. */
  private pyramid: Pyramid | null = null;
  /** What the canvas of a large image shows: its view, size, resolution, element. */
  private painted: readonly unknown[] = [];
  /** The image is loaded, but the frame has no layout yet, which tells its stored size. */
  private waitsForLayout = false;
  private readonly resizes = new ResizeObserver(() => this.measure());

  get phase(): StagePhase {
    return this.currentPhase;
  }

  /** Stored pixels; null until the image is loaded. */
  get image(): Size | null {
    return this.viewport.image;
  }

  /** Where the pointer is, in image pixels; null when it is not over the image. */
  get pointer(): Point | null {
    if (this.lastPointer === null || this.image === null) return null;
    const point = toImage(this.view, this.lastPointer.point);
    const inside = clampPoint(point, this.image);
    return inside.x === point.x && inside.y === point.y ? point : null;
  }

  get view(): View {
    return this.viewport.view;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.resizes.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.resizes.disconnect();
  }

  override focus(options?: FocusOptions): void {
    this.surface?.focus({ preventScroll: true, ...options });
  }

  /** Draws the overlay again with the next frame. */
  refresh(): void {
    this.requestUpdate();
  }

  /** Updates cursor and guides after a change that may affect them while the pointer rests. */
  refreshPointer(): void {
    if (this.lastPointer !== null) this.showPointer(this.lastPointer);
  }

  zoomIn(): void {
    this.viewport.zoomIn();
  }

  zoomOut(): void {
    this.viewport.zoomOut();
  }

  /** Zooms about the stage's centre. Scale 1 shows one image pixel as one CSS pixel. */
  zoomTo(scale: number): void {
    this.viewport.zoomTo(scale);
  }

  fit(): void {
    this.viewport.fit();
  }

  pan(dx: number, dy: number): void {
    this.viewport.pan(dx, dy);
  }

  /** A finger feels that it has taken hold of a shape. */
  held(): void {
    navigator.vibrate?.(15);
  }

  /** Brings a point of the image to the centre. */
  lookAt(point: Point): void {
    this.viewport.lookAt(point);
  }

  /** Shows a rectangle of the image as large as the stage allows. */
  zoomToRect(rect: Rect): void {
    this.viewport.zoomToRect(rect);
  }

  /** Turns the image by degrees, clockwise. */
  turn(degrees: number): void {
    this.viewport.turnTo(this.viewport.rotation + degrees);
  }

  /** Centres a rectangle of the image, unless its centre is in view already. */
  reveal(rect: Rect): void {
    this.viewport.reveal(rect);
  }

  /** The colours of a part of the image. A part of more than `mostPixels` is read at a smaller size. */
  async pixels(part: Rect, mostPixels: number): Promise<Pixels> {
    const { img, pyramid, image } = this;
    if (image === null || (pyramid === null && img === null)) throw new Error("There is no image.");
    const draw: DrawPart = pyramid === null ? drawFrom(img as HTMLImageElement) : (context, rect, size) => pyramid.drawPart(context, rect, size);
    return readPixels(draw, part, image, mostPixels);
  }

  protected override willUpdate(changes: PropertyValues<this>): void {
    if (changes.has("src")) {
      this.viewport.setImage(null);
      this.pyramid?.close();
      this.pyramid = null;
      this.setPhase(this.src === "" ? "empty" : "loading");
    }
  }

  protected override updated(changes: PropertyValues<this>): void {
    if (changes.has("panning")) this.refreshPointer();
    this.paint();
  }

  protected override render(): TemplateResult {
    const ready = this.currentPhase === "ready" && this.image !== null;
    const overlay = ready ? (this.overlay?.(this.view, this.viewport.stage) ?? null) : null;
    const { x, y, rotation = 0 } = this.view;
    this.painter = overlay?.paint;
    return html`<div class="surface" tabindex="0" role="application" aria-label=${this.label}
      aria-busy=${this.currentPhase === "loading"}
      @pointerdown=${this.handlePointerDown} @pointermove=${this.handlePointerMove} @pointerup=${this.handlePointerUp}
      @pointercancel=${() => this.gestures.cancel()} @pointerleave=${this.handlePointerLeave}
      @wheel=${{ handleEvent: this.handleWheel, passive: false }}
      @contextmenu=${this.prevent} @dragstart=${this.prevent} @mousedown=${this.handleMouseDown}>
      ${this.renderPlane()}
      ${this.painter === undefined ? nothing : html`<canvas class="painting" aria-hidden="true"></canvas>`}
      <svg class="shapes" aria-hidden="true"><g transform="translate(${x} ${y}) rotate(${rotation})">${overlay?.shapes ?? nothing}</g></svg>
      <div class="tags" aria-hidden="true">${overlay?.tags ?? nothing}</div>
      <div class="guide x" hidden></div><div class="guide y" hidden></div>
    </div>
    <div class="readout" ?hidden=${!ready} aria-hidden="true"></div>
    ${this.renderCover()}
    <slot></slot>`;
  }

  private paint(): void {
    if (this.image === null) return;
    const { view } = this;
    const part: PaintedPart = { view, visible: visibleRect(view, this.image, this.viewport.stage), pixelRatio: window.devicePixelRatio };
    const { pyramid, painter } = this;
    // Most frames change only shapes.
    const key = [view, this.viewport.stage, part.pixelRatio, this.largePicture];
    const isPainted = key.every((value, index) => value === this.painted[index]);
    if (this.largePicture !== null && pyramid !== null && !isPainted) {
      this.painted = key;
      paint(this.largePicture, (context) => pyramid.paint(context, part), part, this.viewport.stage);
    }
    if (this.painting !== null && painter !== undefined) paint(this.painting, painter, part, this.viewport.stage);
  }

  private renderPlane(): TemplateResult | typeof nothing {
    if (this.src === "" || this.currentPhase === "error") return nothing;
    const { scale, x, y, rotation = 0 } = this.view;
    const { width = 0, height = 0 } = this.image ?? {};
    const classes = { hidden: this.currentPhase !== "ready", pixels: scale >= PIXELS_FROM };
    // The element of a large image would keep the file in memory.
    const img = html`<img class=${classMap(classes)} crossorigin="anonymous" src=${this.src} alt="" draggable="false"
      @load=${this.handleLoad} @error=${this.handleError}>`;
    const isLarge = this.pyramid !== null;
    return html`${isLarge ? html`<canvas class="large" aria-hidden="true"></canvas>` : nothing}<div class="plane" style="width: ${width}px; height: ${height}px; --zoom: ${scale};
      transform: translate(${x}px, ${y}px) rotate(${rotation}deg) scale(${scale})">
      ${isLarge ? nothing : img}<slot name="plane"></slot></div>`;
  }

  private renderCover(): TemplateResult | typeof nothing {
    if (this.currentPhase === "loading") {
      return html`<div class="cover" role="status"><div class="spinner"></div><span>Loading the image …</span></div>`;
    }
    if (this.currentPhase !== "error") return nothing;
    return html`<div class="cover" role="alert"><div class="badge">${icon("image", 24)}</div>
      <strong>The image cannot be shown</strong><p>${this.failure}</p>
      <p>Try again, or decline this task, so that somebody can look at it.</p>
      <button class="button" @click=${this.retry}>Try again</button></div>`;
  }

  private sizeText(): string {
    return this.image === null ? "" : `${this.image.width} × ${this.image.height} px`;
  }

  // --- image ---------------------------------------------------------------------------------------------------------

  private async handleLoad(): Promise<void> {
    const { img, src } = this;
    if (img === null) return;
    // The size in the layout respects image-orientation; Chromium's naturalWidth is that of the rotated image.
    const size = { width: img.offsetWidth, height: img.offsetHeight };
    this.waitsForLayout = size.width === 0 && img.naturalWidth > 0;
    if (this.waitsForLayout) return;
    if (size.width === 0) return this.fail("The file has no size.");
    if (size.width * size.height > MOST_PIXELS) {
      return this.fail(`It has ${size.width} × ${size.height} pixels, more than a browser can show.`);
    }
    const pyramid = await this.decode(img, size);
    if (src !== this.src || img !== this.img) return pyramid?.close();
    this.pyramid = pyramid;
    this.viewport.setImage(size);
    this.measure();
    this.readout.textContent = this.sizeText();
    this.setPhase("ready");
    this.fit();
  }

  /** Decodes the image, so that it is seen at once when the stage is shown. Returns null for one that an image element shows. */
  private async decode(img: HTMLImageElement, size: Size): Promise<Pyramid | null> {
    try {
      if (isLarge(size)) return await Pyramid.of(img, size);
      await img.decode();
    } catch {
      // The image element shows what it can.
    }
    return null;
  }

  private async handleError(): Promise<void> {
    const { src } = this;
    const reason = await reasonOfFailure(src);
    if (src === this.src) this.fail(reason);
  }

  private fail(reason: string): void {
    this.failure = reason;
    this.setPhase("error");
  }

  /** Loading creates a new image element, which asks the server again. */
  private retry(): void {
    this.setPhase("loading");
    this.focus();
  }

  private setPhase(phase: StagePhase): void {
    this.currentPhase = phase;
    this.dispatchEvent(new CustomEvent("tp-stage-phase"));
  }

  // --- view ----------------------------------------------------------------------------------------------------------

  private measure(): void {
    const padding = window.matchMedia(SMALL.cssText).matches ? SMALL_PADDING : WIDE_PADDING;
    this.viewport.resize({ width: this.clientWidth, height: this.clientHeight }, padding);
    if (this.waitsForLayout) void this.handleLoad();
  }

  private handleView(): void {
    this.requestUpdate();
    this.refreshPointer();
    this.dispatchEvent(new CustomEvent("tp-stage-view"));
  }

  // --- pointer -------------------------------------------------------------------------------------------------------

  private readonly handleWheel = (event: WheelEvent): void => {
    event.preventDefault();
    // With Shift some systems turn the wheel sideways.
    if (event.shiftKey && this.tool?.wheel?.(event.deltaY + event.deltaX < 0 ? 1 : -1) === true) return;
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 33 : event.deltaY;
    // A pinch on a trackpad arrives as small wheel steps with Ctrl.
    const factor = 2 ** (-pixels / (event.ctrlKey ? 120 : 300));
    this.viewport.zoomTo(this.view.scale * factor, this.viewPoint(event));
  };

  private handlePointerDown(event: PointerEvent): void {
    const pointer = this.pointerOf(event);
    if (!this.gestures.down(pointer, event.pointerId, event.button)) return;
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    this.showPointer(pointer);
  }

  private handlePointerMove(event: PointerEvent): void {
    // A browser sends one event for each frame. What is drawn by hand needs the places between, too.
    const parts = event.getCoalescedEvents?.() ?? [];
    for (const part of parts.length > 0 ? parts : [event]) this.gestures.move(this.pointerOf(part), event.pointerId);
    this.showPointer(this.pointerOf(event));
  }

  private handlePointerUp(event: PointerEvent): void {
    const pointer = this.pointerOf(event);
    if (this.gestures.up(pointer, event.pointerId)) this.showPointer(pointer);
  }

  private handlePointerLeave(): void {
    this.lastPointer = null;
    this.guideX.hidden = this.guideY.hidden = true;
    this.readout.textContent = this.sizeText();
  }

  /** The middle button would start the browser's own scrolling. */
  private handleMouseDown(event: MouseEvent): void {
    if (event.button === 1) event.preventDefault();
  }

  private prevent(event: Event): void {
    event.preventDefault();
  }

  /** Cursor, guides and position are set directly: they follow each movement and need no rendering. */
  private showPointer(pointer: StagePointer): void {
    this.lastPointer = pointer;
    if (this.image === null || this.surface === null) return;
    const { cursor, guides } = this.gestures.look(pointer);
    const { point } = pointer;
    this.surface.style.cursor = cursor;
    this.guideX.hidden = this.guideY.hidden = !guides;
    this.guideX.style.transform = `translateX(${Math.round(point.x)}px)`;
    this.guideY.style.transform = `translateY(${Math.round(point.y)}px)`;
    const { x, y } = clampPoint(toImage(this.view, point), this.image);
    this.readout.textContent = `${this.sizeText()} · x ${Math.floor(x)}, y ${Math.floor(y)}`;
  }

  private pointerOf(event: PointerEvent): StagePointer {
    const { shiftKey, ctrlKey, metaKey, altKey, pointerType } = event;
    return { point: this.viewPoint(event), shift: shiftKey, grab: ctrlKey || metaKey, alt: altKey, touch: pointerType === "touch" };
  }

  private viewPoint(event: MouseEvent): Point {
    const { left, top } = this.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }
}
