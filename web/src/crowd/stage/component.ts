import { html, LitElement, nothing, type PropertyValues, type SVGTemplateResult, type TemplateResult } from "lit";
import { property, query, state } from "lit/decorators.js";
import { classMap } from "lit/directives/class-map.js";
import {
  clampPoint,
  clampView,
  contains,
  fitView,
  panBy,
  type Point,
  rectToView,
  type Size,
  toImage,
  type View,
  zoomAbout,
} from "../../core/geometry.js";
import type { Rect } from "../../core/shapes.js";
import type { PointerModifiers, PointerTool } from "../../tools/tool.js";
import { base, buttons } from "../../ui/controls.js";
import { icon } from "../../ui/icons.js";
import { styles } from "./styles.js";

export type StagePhase = "empty" | "loading" | "ready" | "error";

/** What lies over the image, in view pixels: shapes in SVG, tags in HTML, which measures its own text. */
export interface Overlay {
  readonly shapes: SVGTemplateResult;
  readonly tags: TemplateResult;
}

type Gesture =
  | { readonly kind: "none" }
  | { readonly kind: "tool"; readonly pointerId: number }
  | { readonly kind: "pan"; readonly pointerId: number; readonly last: Point };

const ZOOM_STEP = 1.25;
/** From this zoom on, pixels are shown as squares, so that a box can be set to the pixel. */
const PIXELS_FROM = 4;

/**
 * @summary Shows an image with its pixels as stored, zooms and pans it, and hands pointer events to a drawing tool in
 *   image pixels.
 * @event tp-stage-phase - loading, ready or error
 * @event tp-stage-view - the view has changed
 * @slot - things that float over the stage
 */
export class ImageStage extends LitElement {
  static override styles = [base, buttons, styles];

  @query(".surface") private readonly surface!: HTMLElement | null;
  @query("img") private readonly img!: HTMLImageElement | null;
  @query(".guide.x") private readonly guideX!: HTMLElement;
  @query(".guide.y") private readonly guideY!: HTMLElement;
  @query(".readout") private readonly readout!: HTMLElement;

  @state() private currentView: View = { scale: 1, x: 0, y: 0 };
  @state() private currentPhase: StagePhase = "empty";
  @state() private failure = "";

  /** The image's address; its server must allow cross-origin reading, else browsers insist on turning it by EXIF. */
  @property() src = "";
  /** What the stage is for, to a screen reader. */
  @property() label = "Image";
  @property({ attribute: false }) tool: PointerTool | null = null;
  @property({ attribute: false }) overlay: ((view: View) => Overlay) | null = null;
  /** Dragging moves the image instead of drawing. */
  @property({ type: Boolean }) panning = false;

  private gesture: Gesture = { kind: "none" };
  private imageSize: Size | null = null;
  private viewport: Size = { width: 0, height: 0 };
  /** The whole image is in sight because nobody has zoomed yet: stays so when the stage changes its size. */
  private fitted = true;
  private lastPointer: { view: Point; shift: boolean } | null = null;
  private readonly resizes = new ResizeObserver(() => this.handleResize());

  get phase(): StagePhase {
    return this.currentPhase;
  }

  /** Stored pixels; null until the image is loaded. */
  get image(): Size | null {
    return this.imageSize;
  }

  get view(): View {
    return this.currentView;
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

  /** Draws the overlay anew; cheaper and later than a change of a property. */
  refresh(): void {
    this.requestUpdate();
  }

  /** Brings cursor and guides up to date where they may change without the pointer moving. */
  refreshPointer(): void {
    if (this.lastPointer !== null) this.showPointer(this.lastPointer.view, this.lastPointer.shift);
  }

  zoomIn(): void {
    this.zoomTo(this.currentView.scale * ZOOM_STEP);
  }

  zoomOut(): void {
    this.zoomTo(this.currentView.scale / ZOOM_STEP);
  }

  /** Zooms about a point of the stage, its middle by default; 1 is one CSS pixel for an image pixel. */
  zoomTo(scale: number, about: Point = { x: this.viewport.width / 2, y: this.viewport.height / 2 }): void {
    if (this.imageSize === null) return;
    this.setView(zoomAbout(this.currentView, about, scale, this.imageSize, this.viewport));
  }

  fit(): void {
    if (this.imageSize === null) return;
    this.setView(fitView(this.imageSize, this.viewport), true);
  }

  pan(dx: number, dy: number): void {
    if (this.imageSize !== null) this.setView(panBy(this.currentView, dx, dy, this.imageSize, this.viewport));
  }

  /** Brings a rectangle of the image into sight if its middle is not. */
  reveal(rect: Rect): void {
    const shown = rectToView(this.currentView, rect);
    const middle = { x: shown.left + shown.width / 2, y: shown.top + shown.height / 2 };
    if (contains({ left: 0, top: 0, ...this.viewport }, middle)) return;
    this.pan(this.viewport.width / 2 - middle.x, this.viewport.height / 2 - middle.y);
  }

  protected override willUpdate(changes: PropertyValues<this>): void {
    if (changes.has("src")) {
      this.imageSize = null;
      this.setPhase(this.src === "" ? "empty" : "loading");
    }
  }

  protected override updated(changes: PropertyValues<this>): void {
    if (changes.has("panning")) this.refreshPointer();
  }

  protected override render(): TemplateResult {
    const ready = this.currentPhase === "ready" && this.imageSize !== null;
    const overlay = ready ? (this.overlay?.(this.currentView) ?? null) : null;
    return html`<div class="surface" tabindex="0" role="application" aria-label=${this.label}
      aria-busy=${this.currentPhase === "loading"}
      @pointerdown=${this.handlePointerDown} @pointermove=${this.handlePointerMove} @pointerup=${this.handlePointerUp}
      @pointercancel=${this.handlePointerCancel} @pointerleave=${this.handlePointerLeave}
      @wheel=${{ handleEvent: this.handleWheel, passive: false }}
      @contextmenu=${this.prevent} @dragstart=${this.prevent} @mousedown=${this.handleMouseDown}>
      ${this.renderImage()}
      <svg class="shapes" aria-hidden="true">${overlay?.shapes ?? nothing}</svg>
      <div class="tags" aria-hidden="true">${overlay?.tags ?? nothing}</div>
      <div class="guide x" hidden></div><div class="guide y" hidden></div>
    </div>
    <div class="readout" ?hidden=${!ready} aria-hidden="true"></div>
    ${this.renderCover()}
    <slot></slot>`;
  }

  private renderImage(): TemplateResult | typeof nothing {
    if (this.src === "" || this.currentPhase === "error") return nothing;
    const { scale, x, y } = this.currentView;
    const classes = { hidden: this.currentPhase !== "ready", pixels: scale >= PIXELS_FROM };
    return html`<img class=${classMap(classes)} crossorigin="anonymous" src=${this.src} alt="" draggable="false"
      style="transform: translate(${x}px, ${y}px) scale(${scale})" @load=${this.handleLoad} @error=${this.handleError}>`;
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
    return this.imageSize === null ? "" : `${this.imageSize.width} × ${this.imageSize.height} px`;
  }

  // --- image ---------------------------------------------------------------------------------------------------------

  private handleLoad(): void {
    if (this.img === null || this.img.offsetWidth === 0) {
      this.fail("The file has no size.");
      return;
    }
    // The size in the layout, which image-orientation applies to: Chromium's naturalWidth is that of the turned image.
    this.imageSize = { width: this.img.offsetWidth, height: this.img.offsetHeight };
    this.measure();
    this.readout.textContent = this.sizeText();
    this.setPhase("ready");
    this.fit();
  }

  /** Asks again without the right to read, only to tell the worker which of the two went wrong. */
  private handleError(): void {
    const probe = new Image();
    const { src } = this;
    probe.onload = () => {
      if (src === this.src) this.fail("Its server does not allow labeling pages to read it (no CORS header).");
    };
    probe.onerror = () => {
      if (src === this.src) this.fail("It is missing, damaged, or of a kind that browsers cannot show.");
    };
    probe.src = src;
  }

  private fail(reason: string): void {
    this.failure = reason;
    this.setPhase("error");
  }

  /** Loading makes a new image element, which asks the server again. */
  private retry(): void {
    this.setPhase("loading");
    this.focus();
  }

  private setPhase(phase: StagePhase): void {
    this.currentPhase = phase;
    this.dispatchEvent(new CustomEvent("tp-stage-phase"));
  }

  // --- view ----------------------------------------------------------------------------------------------------------

  private handleResize(): void {
    this.measure();
    if (this.imageSize === null) return;
    if (this.fitted) this.fit();
    else this.setView(clampView(this.currentView, this.imageSize, this.viewport));
  }

  private measure(): void {
    this.viewport = { width: this.clientWidth, height: this.clientHeight };
  }

  private setView(view: View, fitted = false): void {
    this.currentView = view;
    this.fitted = fitted;
    this.refreshPointer();
    this.dispatchEvent(new CustomEvent("tp-stage-view"));
  }

  // --- pointer -------------------------------------------------------------------------------------------------------

  private readonly handleWheel = (event: WheelEvent): void => {
    event.preventDefault();
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 33 : event.deltaY;
    // A pinch on a trackpad arrives as small wheel steps with Ctrl.
    const factor = 2 ** (-pixels / (event.ctrlKey ? 120 : 300));
    this.zoomTo(this.currentView.scale * factor, this.viewPoint(event));
  };

  private handlePointerDown(event: PointerEvent): void {
    if (this.imageSize === null || this.gesture.kind !== "none") return;
    const pans = event.button === 1 || (event.button === 0 && this.panning);
    if (!pans && event.button !== 0) return;
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    const { pointerId } = event;
    if (pans) this.gesture = { kind: "pan", pointerId, last: this.viewPoint(event) };
    else {
      this.gesture = { kind: "tool", pointerId };
      this.tool?.down(this.imagePoint(event), this.modifiers(event.shiftKey));
    }
    this.showPointer(this.viewPoint(event), event.shiftKey);
  }

  private handlePointerMove(event: PointerEvent): void {
    const point = this.viewPoint(event);
    if (this.gesture.kind === "pan") {
      this.pan(point.x - this.gesture.last.x, point.y - this.gesture.last.y);
      this.gesture = { ...this.gesture, last: point };
    } else if (this.gesture.kind === "tool") {
      this.tool?.move(this.imagePoint(event), this.modifiers(event.shiftKey));
    }
    this.showPointer(point, event.shiftKey);
  }

  private handlePointerUp(event: PointerEvent): void {
    if (this.gesture.kind === "none" || this.gesture.pointerId !== event.pointerId) return;
    const { kind } = this.gesture;
    this.gesture = { kind: "none" };
    if (kind === "tool") this.tool?.up(this.imagePoint(event), this.modifiers(event.shiftKey));
    this.showPointer(this.viewPoint(event), event.shiftKey);
  }

  private handlePointerCancel(): void {
    this.gesture = { kind: "none" };
    this.tool?.cancel();
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

  /** Cursor, guides and position, set directly: they follow each movement and need no rendering. */
  private showPointer(point: Point, shift: boolean): void {
    this.lastPointer = { view: point, shift };
    if (this.imageSize === null || this.surface === null) return;
    const position = toImage(this.currentView, point);
    const modifiers = this.modifiers(shift);
    const pans = this.gesture.kind === "pan" || (this.panning && this.gesture.kind === "none");
    this.surface.style.cursor = pans
      ? this.gesture.kind === "pan" ? "grabbing" : "grab"
      : (this.tool?.cursor(position, modifiers) ?? "default");
    const guides = !pans && (this.tool?.showsGuides(position, modifiers) ?? false);
    this.guideX.hidden = this.guideY.hidden = !guides;
    this.guideX.style.transform = `translateX(${Math.round(point.x)}px)`;
    this.guideY.style.transform = `translateY(${Math.round(point.y)}px)`;
    const { x, y } = clampPoint(position, this.imageSize);
    this.readout.textContent = `${this.sizeText()} · x ${Math.floor(x)}, y ${Math.floor(y)}`;
  }

  private viewPoint(event: MouseEvent): Point {
    const { left, top } = this.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  private imagePoint(event: MouseEvent): Point {
    return toImage(this.currentView, this.viewPoint(event));
  }

  private modifiers(shift: boolean): PointerModifiers {
    return { pixelSize: 1 / this.currentView.scale, shift };
  }
}
