import { html, LitElement, nothing, type PropertyValues, type SVGTemplateResult, type TemplateResult } from "lit";
import { property, query } from "lit/decorators.js";
import { classMap } from "lit/directives/class-map.js";
import { clampPoint, type Point, type Size, toImage, type View, visibleRect } from "../../core/geometry.js";
import type { Pixels } from "../../core/raster/grid.js";
import type { Rect } from "../../core/shapes.js";
import type { PointerTool } from "../../tools/tool.js";
import { base, buttons } from "../../ui/controls.js";
import { SMALL } from "../../ui/media.js";
import { turn } from "../turn.js";
import { renderCover } from "./cover.js";
import { Gestures, type StagePointer } from "./gestures.js";
import { renderGrid } from "./grid.js";
import { renderInsets } from "./insets.js";
import { ImageLoading, type StagePhase } from "./loading.js";
import { LargePicture } from "./large_picture.js";
import { type Painter, paint, PIXELS_FROM } from "./painting.js";
import { cssTransform, renderGamma } from "./picture.js";
import { type DrawPart, drawFrom, readPixels } from "./pixels.js";
import { PointerSigns } from "./pointer_signs.js";
import { type PointerTarget, StagePointers } from "./pointers.js";
import { styles } from "./styles.js";
import { filterOf, PLAIN_VIEW, type ViewSettings } from "./view_settings.js";
import { SMALL_PADDING, Viewport, WIDE_PADDING } from "./viewport.js";
import { Wheel } from "./wheel.js";

const GAMMA = "gamma";

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
  @query(".plane > img") readonly img!: HTMLImageElement | null;
  @query("canvas.painting") private readonly painting!: HTMLCanvasElement | null;
  @query("canvas.large") private readonly largeCanvas!: HTMLCanvasElement | null;

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
  /** How the worker wants to see the image. */
  @property({ attribute: false }) settings: ViewSettings = PLAIN_VIEW;

  private readonly viewport = new Viewport(() => this.handleView());
  private readonly gestures = new Gestures(this.viewport, this);
  private readonly pointers = new StagePointers(this.gestures, this.pointerTarget());
  private readonly loading = new ImageLoading(this);
  private readonly signs = new PointerSigns(() => this.renderRoot);
  private readonly wheel = new Wheel();
  private readonly small = window.matchMedia(SMALL.cssText);
  private lastPointer: StagePointer | null = null;
  private painter: Painter | undefined;
  private readonly largePicture = new LargePicture();
  private readonly resizes = new ResizeObserver(() => this.measure());
  private stopResting = (): void => {};

  get phase(): StagePhase {
    return this.loading.phase;
  }

  /** Stored pixels; null until the image is loaded. */
  get image(): Size | null {
    return this.viewport.image;
  }

  get hasLayout(): boolean {
    return this.clientWidth > 0;
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
    window.addEventListener("online", this.networkBack);
    this.stopResting = turn.onEnd(() => this.loading.rest());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.resizes.disconnect();
    window.removeEventListener("online", this.networkBack);
    this.stopResting();
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
    const { img, image } = this;
    const { pyramid } = this.loading;
    if (image === null || (pyramid === null && img === null)) throw new Error("There is no image.");
    const draw: DrawPart = pyramid === null ? drawFrom(img as HTMLImageElement) : (context, rect, size) => pyramid.drawPart(context, rect, size);
    return readPixels(draw, part, image, mostPixels);
  }

  /** The image's address is new, it is loaded, or it cannot be shown. */
  phaseChanged(size: Size | null): void {
    this.viewport.setImage(size);
    this.requestUpdate();
    if (size !== null) {
      this.measure();
      this.signs.hide(size);
    }
    this.dispatchEvent(new CustomEvent("tp-stage-phase"));
    this.fit();
  }

  noticed(): void {
    this.requestUpdate();
  }

  private readonly networkBack = (): void => this.loading.networkBack();

  protected override willUpdate(changes: PropertyValues<this>): void {
    if (changes.has("src")) this.loading.begin();
  }

  protected override updated(changes: PropertyValues<this>): void {
    if (changes.has("panning") || changes.has("settings")) this.refreshPointer();
    if (this.image !== null) this.paint(this.image);
  }

  /** Draws on the canvases. */
  private paint(image: Size): void {
    const { view, painter } = this;
    const { pyramid } = this.loading;
    const { stage } = this.viewport;
    if (this.largeCanvas !== null && pyramid !== null) this.largePicture.paint(this.largeCanvas, image, pyramid, view, stage, this.settings.isSmooth);
    if (this.painting === null || painter === undefined) return;
    paint(this.painting, painter, { view, visible: visibleRect(view, image, stage), pixelRatio: window.devicePixelRatio }, stage);
  }

  protected override render(): TemplateResult {
    const ready = this.phase === "ready" && this.image !== null;
    const overlay = ready ? (this.overlay?.(this.view, this.viewport.stage) ?? null) : null;
    const { x, y, rotation = 0 } = this.view;
    this.painter = overlay?.paint;
    return html`<div class="surface" tabindex="0" role="application" aria-label=${this.label}
      aria-busy=${this.phase === "loading"}
      @pointerdown=${this.pointers.down} @pointermove=${this.pointers.move} @pointerup=${this.pointers.up}
      @pointercancel=${this.pointers.cancel} @pointerleave=${this.pointers.leave}
      @wheel=${{ handleEvent: this.handleWheel, passive: false }}
      @contextmenu=${this.prevent} @dragstart=${this.prevent} @mousedown=${this.handleMouseDown}>
      ${this.renderPlane()}
      ${this.painter === undefined ? nothing : html`<canvas class="painting" aria-hidden="true"></canvas>`}
      <svg class="shapes" aria-hidden="true"><g transform="translate(${x} ${y}) rotate(${rotation})">${overlay?.shapes ?? nothing}</g></svg>
      <div class="tags" aria-hidden="true">${overlay?.tags ?? nothing}</div>
      <div class="guide x" hidden></div><div class="guide y" hidden></div>
      ${ready ? this.renderInsets() : nothing}
    </div>
    <div class="readout" ?hidden=${!ready} aria-hidden="true"></div>
    ${renderCover(this.loading, () => this.retry())}
    <slot></slot>`;
  }

  private renderPlane(): TemplateResult | typeof nothing {
    if (this.src === "" || this.phase === "error") return nothing;
    const { width = 0, height = 0 } = this.image ?? {};
    const classes = classMap({ hidden: this.phase !== "ready", pixels: this.view.scale >= PIXELS_FROM && !this.settings.isSmooth });
    const filter = `filter: ${this.filter}`;
    const isLarge = this.loading.pyramid !== null;
    return html`${isLarge ? html`<canvas class="large" style=${filter} aria-hidden="true"></canvas>` : nothing}${renderGamma(this.settings.gamma, GAMMA)}
      <div class="plane" style="width: ${width}px; height: ${height}px; --zoom: ${this.view.scale}; transform: ${cssTransform(this.view)}">
      ${this.loading.hasElement ? html`<img class=${classes} crossorigin="anonymous" src=${this.loading.address} alt="" draggable="false" style=${filter}
        @load=${() => this.loading.take()} @error=${() => this.loading.explain()}>` : nothing}${renderGrid(this.settings.grid, this.view.scale)}<slot name="plane"></slot></div>`;
  }

  private renderInsets(): unknown {
    const { image, view, lastPointer } = this;
    if (image === null) return nothing;
    return renderInsets({
      picture: { src: this.loading.address, image, pyramid: this.loading.pyramid, filter: this.filter },
      view,
      stage: this.viewport.stage,
      showsMap: this.settings.showsMap && !this.small.matches,
      finger: lastPointer?.touch === true && this.gestures.isStroke ? lastPointer.point : null,
      lookAt: (point) => this.lookAt(point),
    });
  }

  private get filter(): string {
    return filterOf(this.settings, `#${GAMMA}`);
  }

  /** Loading creates a new image element, which asks the server again. */
  private retry(): void {
    this.loading.begin();
    this.focus();
  }

  // --- view ----------------------------------------------------------------------------------------------------------

  private measure(): void {
    const padding = window.matchMedia(SMALL.cssText).matches ? SMALL_PADDING : WIDE_PADDING;
    this.viewport.resize({ width: this.clientWidth, height: this.clientHeight }, padding);
    this.loading.layoutChanged();
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
    const effect = this.wheel.effect(event, this.settings.wheel);
    if (effect.kind === "pan") this.viewport.pan(effect.dx, effect.dy);
    else this.viewport.zoomTo(this.view.scale * effect.factor, this.pointers.point(event));
  };

  /** The middle button would start the browser's own scrolling. */
  private handleMouseDown(event: MouseEvent): void {
    if (event.button === 1) event.preventDefault();
  }

  private prevent(event: Event): void {
    event.preventDefault();
  }

  private pointerTarget(): PointerTarget {
    const stage = this;
    return {
      get corner() {
        const { left, top } = stage.getBoundingClientRect();
        return { x: left, y: top };
      },
      show: (pointer) => this.showPointer(pointer),
      left: () => {
        this.lastPointer = null;
        this.signs.hide(this.image);
      },
      changed: () => this.requestUpdate(),
    };
  }

  private showPointer(pointer: StagePointer): void {
    this.lastPointer = pointer;
    if (this.image === null) return;
    this.signs.show(pointer, this.gestures.look(pointer), this.view, this.image, this.settings.crosshair);
  }
}
