/**
 * Paints masks: passes the pointer to the chosen way to paint, and gives the pixels to the right region.
 *
 * That is the region that the worker has selected, else the one that has the chosen label, or a new one. Where each object
 * has a region of its own, painting goes on with the last one until the worker begins another one or chooses another label.
 */
import type { Point, Size } from "../../core/geometry.js";
import type { Pixels } from "../../core/raster/grid.js";
import { erased, type MaskShape, paintable, painted } from "../../core/raster/paint.js";
import type { Raster } from "../../core/raster/raster.js";
import { makeShape, type Rect } from "../../core/shapes.js";
import { t } from "../../language/index.js";
import type { Mark } from "../marks.js";
import type { DrawingTool, PointerModifiers, ToolAction, ToolHost, ToolKey, ToolSteps } from "../tool.js";
import { type AskModel, Assistant, type FindObject } from "./assistant.js";
import { BoxFill } from "./box.js";
import { Brush } from "./brush.js";
import { FloodFill } from "./flood_fill.js";
import { fillHoles } from "./holes.js";
import { maskActions } from "./mask_actions.js";
import { OutlineFill } from "./outline.js";
import type { Effect, PaintHost, PaintMode, Sketch } from "./paint_mode.js";
import { FIRST_SETTINGS, type PaintSettings, type PaintToolName, steppedDiameter, steppedTolerance } from "./settings.js";

/** What the tool needs besides the workspace. */
export interface MaskRules {
  /** Each object is a region of its own; otherwise all pixels of a label are one region. */
  readonly perObject: boolean;
  /** The part of the image that the worker sees. */
  readonly visible: Rect;
  /** Why nothing can be painted yet, for example because the mask to correct is still loading; null when it can. */
  readonly obstacle: string | null;
  pixels(rect: Rect, mostPixels: number): Promise<Pixels>;
  readonly findObject: FindObject;
  /** The operator's model for masks; null where there is none. */
  readonly askModel: AskModel | null;
  /** The colour of a new region in the answer; undefined where it is the label's. */
  colourOfNew(shapes: readonly MaskShape[]): string | undefined;
  settingsChanged(): void;
}

/** Number 0 of a mask with 8 bits for each pixel is the background. */
export const MOST_REGIONS = 255;

export class MaskTool implements DrawingTool<MaskShape> {
  readonly preview = null;
  readonly assistant: Assistant;
  private readonly modes: Readonly<Record<PaintToolName, PaintMode>>;
  private current: PaintSettings = FIRST_SETTINGS;
  /** Of the region that was painted last. */
  private currentId: string | null = null;
  private penSeen = false;

  constructor(
    private readonly host: ToolHost<MaskShape>,
    private readonly rules: MaskRules,
  ) {
    const paintHost = this.paintHost();
    this.assistant = new Assistant(paintHost, rules.findObject, () => rules.askModel);
    this.modes = {
      brush: new Brush(paintHost, "paint"),
      eraser: new Brush(paintHost, "erase"),
      outline: new OutlineFill(paintHost),
      box: new BoxFill(paintHost),
      fill: new FloodFill(paintHost),
      assistant: this.assistant,
    };
  }

  get settings(): PaintSettings {
    return this.current;
  }

  /** Whether the pressure of a pen can set the size of the brush here. */
  get hasPen(): boolean {
    return this.penSeen || this.current.pressure;
  }

  get sketch(): Sketch | null {
    return this.mode.sketch;
  }

  get marks(): readonly Mark[] {
    return this.host.mode === "select" ? [] : this.mode.marks;
  }

  get isUnfinished(): boolean {
    return this.mode.isUnfinished === true;
  }

  /** Brush, eraser and box need drags. */
  get drawsByClicks(): boolean {
    return this.current.tool === "outline" || this.current.tool === "fill";
  }

  get steps(): ToolSteps {
    return this.mode.steps ?? NO_STEPS;
  }

  /** The region that the next stroke extends; null for a new one. */
  get target(): MaskShape | null {
    const { selected, all, label } = this.host;
    if (selected !== undefined && !this.host.selectedIsFresh) return selected;
    if (!this.rules.perObject) return all.find((shape) => shape.label === label) ?? null;
    return all.find((shape) => shape.id === this.currentId && shape.label === label) ?? null;
  }

  /** The label that the next stroke paints. */
  get targetLabel(): string {
    return this.target?.label ?? this.host.label;
  }

  set(settings: Partial<PaintSettings>): void {
    const isOther = settings.tool !== undefined && settings.tool !== this.current.tool;
    if (isOther) this.mode.cancel();
    this.current = { ...this.current, ...settings };
    if (settings.tool !== undefined) this.host.draw();
    this.rules.settingsChanged();
    this.host.stepsChanged();
  }

  /** Takes over the settings of an earlier task. */
  restore(settings: PaintSettings): void {
    this.current = settings;
    this.host.stepsChanged();
  }

  /** The next stroke begins a new object. */
  beginObject(): void {
    this.currentId = null;
    this.host.select(null);
    this.host.draw();
    this.host.announce(t("New {{label}}", { label: this.host.label }));
    this.host.stepsChanged();
  }

  /** Fills the holes of the region that is painted. */
  fillHoles(): void {
    const { target } = this;
    if (target === null) this.host.warn(t("There is nothing painted with the label {{label}} yet.", { label: this.host.label }));
    else fillHoles(target, this.paintHost());
  }

  cursor(point: Point, modifiers: PointerModifiers): string {
    if (!this.selects(modifiers)) return "crosshair";
    return this.regionsAt(point).length > 0 ? "pointer" : "default";
  }

  showsGuides(): boolean {
    return false;
  }

  /** The regions at a point, the top one first. */
  private regionsAt(point: Point): readonly MaskShape[] {
    const [x, y] = [Math.floor(point.x), Math.floor(point.y)];
    return this.host.shapes.filter(({ raster }) => raster.has(x, y)).reverse();
  }

  down(point: Point, modifiers: PointerModifiers): void {
    if (!this.selects(modifiers)) this.mode.down(point, modifiers);
  }

  move(point: Point, modifiers: PointerModifiers): void {
    if (this.host.mode === "draw") this.mode.move(point, modifiers);
  }

  up(point: Point, modifiers: PointerModifiers): void {
    if (this.selects(modifiers)) this.host.select(this.regionsAt(point)[0]?.id ?? null);
    else this.mode.up(point, modifiers);
  }

  hover(point: Point, modifiers: PointerModifiers): void {
    if (this.host.mode === "draw") this.mode.hover(point, modifiers);
  }

  get actions(): readonly ToolAction[] {
    return maskActions(this, this.rules.perObject);
  }

  handleKey(key: ToolKey): boolean {
    return this.mode.handleKey?.(key) ?? false;
  }

  wheel(step: 1 | -1): boolean {
    return this.step(step);
  }

  abandon(): void {
    if (this.mode.abandon === undefined) this.mode.cancel();
    else this.mode.abandon();
  }

  cancel(): boolean {
    return this.mode.cancel();
  }

  /** Whether the region keeps its pixels while others are painted: what is hidden or locked does not change. */
  isKept(shape: MaskShape): boolean {
    return !this.host.shapes.some(({ id }) => id === shape.id);
  }

  /** Changes the size of the brush, or the tolerance of the fill. Returns false for tools that have neither. */
  step(step: 1 | -1): boolean {
    const { tool, diameter, tolerance } = this.current;
    if (tool === "brush" || tool === "eraser") this.set({ diameter: steppedDiameter(diameter, step) });
    else if (tool === "fill") this.set({ tolerance: steppedTolerance(tolerance, step) });
    else return false;
    return true;
  }

  private get mode(): PaintMode {
    return this.modes[this.current.tool];
  }

  private selects({ grab }: PointerModifiers): boolean {
    return this.host.mode === "select" || grab === true;
  }

  private paintHost(): PaintHost {
    const { host, rules } = this;
    const tool = this;
    return {
      get image(): Size {
        return host.image;
      },
      get visible(): Rect {
        return rules.visible;
      },
      get settings(): PaintSettings {
        return tool.current;
      },
      mayPaint: () => this.mayPaint(),
      apply: (effect, pixels) => this.apply(effect, pixels),
      pixels: (rect, mostPixels) => rules.pixels(rect, mostPixels),
      sawPen: () => this.sawPen(),
      warn: (text) => host.warn(text),
      announce: (text) => host.announce(text),
      changed: () => host.previewChanged(),
      stepsChanged: () => host.stepsChanged(),
    };
  }

  private sawPen(): void {
    if (this.penSeen) return;
    this.penSeen = true;
    this.host.stepsChanged();
  }

  private mayPaint(): boolean {
    const problem = this.rules.obstacle ?? this.problemOf(this.target);
    if (problem !== null) this.host.warn(problem);
    return problem === null && this.host.mayDraw();
  }

  private problemOf(target: MaskShape | null): string | null {
    if (target === null) {
      const isFull = this.host.all.length >= MOST_REGIONS;
      return isFull ? t("A mask has at most {{most}} regions. Delete one, or paint one that is there.", { most: MOST_REGIONS }) : null;
    }
    return this.isKept(target) ? t("{{label}} is hidden or locked. Show or unlock it to paint it.", { label: target.label }) : null;
  }

  private apply(effect: Effect, pixels: Raster): void {
    if (effect === "erase") this.erase(pixels);
    else this.paint(pixels);
  }

  private paint(stroke: Raster): void {
    const { all } = this.host;
    const { target } = this;
    const rules = { onlyEmpty: this.current.onlyEmpty, isKept: (shape: MaskShape) => this.isKept(shape) };
    const pixels = paintable(stroke, all, target, rules);
    if (pixels.isEmpty) return;
    const edit = painted(pixels, all, target);
    if (target !== null) {
      this.currentId = target.id;
      this.host.edit(edit);
      return;
    }
    const colour = this.rules.colourOfNew(all);
    const shape = makeShape<MaskShape>(this.host.label, colour === undefined ? { raster: pixels } : { raster: pixels, colour });
    this.currentId = shape.id;
    this.host.edit({ ...edit, added: [shape] });
    this.host.announce(t("{{label}} painted", { label: shape.label }));
  }

  /** A selected region alone, or all of them. */
  private erase(pixels: Raster): void {
    const { selected, shapes } = this.host;
    this.host.edit(erased(pixels, selected === undefined || this.host.selectedIsFresh ? shapes : [selected]));
  }
}

const NO_STEPS: ToolSteps = { canUndo: false, canRedo: false, undo: () => false, redo: () => false };
