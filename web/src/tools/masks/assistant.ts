/**
 * The assistant: from a rough box, or the four outermost points of an object, it proposes the object's pixels.
 *
 * A drag, or four clicks, begins a proposal. Strokes then say what belongs to the object, with Alt what does not, and the
 * proposal is made again. Enter paints it, Escape drops it.
 */
import { clamp, clampPoint, type Point, rectFromCorners, type Size } from "../../core/geometry.js";
import { RasterBuilder } from "../../core/raster/builder.js";
import { type Part, type Pixels, rasterOf } from "../../core/raster/grid.js";
import type { Raster } from "../../core/raster/raster.js";
import type { Rect } from "../../core/shapes.js";
import { t } from "../../language/index.js";
import type { Mark } from "../marks.js";
import type { PointerModifiers, ToolKey } from "../tool.js";
import { rectMarks, SHORTEST_DRAG } from "./box.js";
import type { PaintHost, PaintMode, Sketch } from "./paint_mode.js";

/** What the assistant looks at: a part of the image, and what the worker has said about it. Coordinates are of `pixels`. */
export interface Question {
  readonly pixels: Pixels;
  /** The object is inside. */
  readonly box: Rect;
  /** 1 for pixels of the object, 2 for pixels that are not of it, 0 for all others. */
  readonly hints: Uint8Array;
}

/** Finds an object: 1 for each of its pixels, 0 for the others. */
export type FindObject = (question: Question) => Promise<Uint8Array>;

/** What the worker has said about an object, in image pixels. */
export interface Pointing {
  readonly box: Rect;
  /** Its four outermost points, when the worker has set them. */
  readonly outline: readonly Point[];
  readonly hints: readonly { readonly at: Point; readonly isObject: boolean }[];
}

/** Pixels of a part of the image: 1 for those of the object. */
export interface Found {
  readonly mask: Uint8Array;
  readonly part: Part;
}

/** The operator's model. It gets no pixels, because the server has the image. */
export type AskModel = (pointing: Pointing) => Promise<Found>;

interface Hint {
  readonly from: Point;
  readonly to: Point;
  readonly diameter: number;
  readonly isObject: boolean;
}

interface Proposal {
  readonly box: Rect;
  /** On the object's outline: the four points, when the worker has set them. */
  readonly points: readonly Point[];
  readonly hints: readonly Hint[];
  /** Null until the assistant has answered. */
  readonly raster: Raster | null;
}

/** Around the box, as a share of its sides: the background that the object differs from. */
const MARGIN = 0.2;
const LEAST_MARGIN = 8;
/** Enough for an outline that is close, and an answer in well under a second. */
const MOST_PIXELS = 120_000;
const CORNERS = 4;
/** The server takes so many. */
const MOST_HINTS = 64;

export class Assistant implements PaintMode {
  private points: Point[] = [];
  private press: { readonly start: Point; readonly last: Point; readonly isDrag: boolean } | null = null;
  private proposal: Proposal | null = null;
  private pointer: Point | null = null;
  /** Answers to questions other than the last one are dropped. */
  private asked = 0;
  private busy = false;

  constructor(
    private readonly host: PaintHost,
    private readonly find: FindObject,
    /** Null where there is no model. */
    private readonly model: () => AskModel | null,
  ) {}

  /** The worker can choose whether the operator's model proposes. */
  get hasModel(): boolean {
    return this.model() !== null;
  }

  /** The assistant looks for the object. */
  get isBusy(): boolean {
    return this.busy;
  }

  get hasProposal(): boolean {
    return this.proposal !== null;
  }

  /** How many of the four points the worker has set. */
  get pointsSet(): number {
    return this.points.length;
  }

  get isUnfinished(): boolean {
    return this.proposal !== null || this.points.length > 0;
  }

  get sketch(): Sketch | null {
    const raster = this.proposal?.raster ?? null;
    return raster === null ? null : { effect: "paint", tiles: raster.tiles, takeAdded: () => null };
  }

  get marks(): readonly Mark[] {
    const { proposal, press } = this;
    if (proposal === null) {
      const points = this.points.map((at): Mark => ({ kind: "point", at }));
      return press?.isDrag === true ? rectMarks(rectFromCorners(press.start, press.last, this.host.image)) : points;
    }
    const hints = proposal.hints.map(({ from, to, isObject }): Mark => ({ kind: isObject ? "rubber" : "refused", from, to }));
    const ring: Mark[] = this.pointer === null ? [] : [{ kind: "brush", at: this.pointer, diameter: this.hintDiameter(proposal) }];
    return [...(proposal.raster === null ? rectMarks(proposal.box) : []), ...hints, ...ring];
  }

  down(point: Point): void {
    if (this.proposal === null && this.points.length === 0 && !this.host.mayPaint()) return;
    const start = clampPoint(point, this.host.image);
    this.press = { start, last: start, isDrag: false };
  }

  move(point: Point, modifiers: PointerModifiers): void {
    const { press } = this;
    this.pointer = point;
    if (press === null) return;
    const to = clampPoint(point, this.host.image);
    const isDrag = press.isDrag || Math.hypot(to.x - press.start.x, to.y - press.start.y) >= SHORTEST_DRAG * modifiers.pixelSize;
    this.press = { ...press, last: to, isDrag };
    if (this.proposal !== null) this.addHint(press.last, to, modifiers);
    this.host.changed();
  }

  up(point: Point, modifiers: PointerModifiers): void {
    this.move(point, modifiers);
    const { press, proposal } = this;
    this.press = null;
    if (press === null) return;
    if (proposal !== null) void this.ask();
    else if (press.isDrag) this.begin(rectFromCorners(press.start, press.last, this.host.image), []);
    else this.addPoint(press.start);
    this.host.stepsChanged();
    this.host.changed();
  }

  hover(point: Point, { touch }: PointerModifiers): void {
    this.pointer = touch === true ? null : point;
    if (this.proposal !== null) this.host.changed();
  }

  handleKey({ key, control }: ToolKey): boolean {
    if (control || !this.isUnfinished) return false;
    if (key === "Backspace" && this.proposal === null) this.points.pop();
    else if (key === "Enter") this.accept();
    else return false;
    this.host.stepsChanged();
    this.host.changed();
    return true;
  }

  accept(): void {
    const raster = this.proposal?.raster ?? null;
    if (raster === null) return;
    this.cancel();
    this.host.apply("paint", raster);
  }

  abandon(): void {
    this.press = null;
    this.host.changed();
  }

  cancel(): boolean {
    const wasUnfinished = this.isUnfinished || this.press !== null;
    this.press = null;
    this.points = [];
    this.proposal = null;
    this.asked += 1;
    this.busy = false;
    this.host.stepsChanged();
    this.host.changed();
    return wasUnfinished;
  }

  private addPoint(point: Point): void {
    this.points.push(point);
    const left = CORNERS - this.points.length;
    if (left > 0) {
      this.host.announce(t("{{count}} points to go", { count: left }));
      return;
    }
    const [xs, ys] = [this.points.map(({ x }) => x), this.points.map(({ y }) => y)];
    const from = { x: Math.min(...xs), y: Math.min(...ys) };
    const to = { x: Math.max(...xs), y: Math.max(...ys) };
    const points = this.points.splice(0);
    this.begin(rectFromCorners(from, to, this.host.image), points);
  }

  private begin(box: Rect, points: readonly Point[]): void {
    this.proposal = { box, points, hints: [], raster: null };
    void this.ask();
  }

  private addHint(from: Point, to: Point, modifiers: PointerModifiers): void {
    if (this.proposal === null) return;
    const hint = { from, to, diameter: this.hintDiameter(this.proposal), isObject: modifiers.alt !== true };
    this.proposal = { ...this.proposal, hints: [...this.proposal.hints, hint] };
  }

  private hintDiameter({ box }: Proposal): number {
    return Math.max(2, Math.min(box.width, box.height) / 24);
  }

  private async ask(): Promise<void> {
    const { proposal } = this;
    if (proposal === null) return;
    this.asked += 1;
    const number = this.asked;
    this.busy = true;
    this.host.stepsChanged();
    try {
      const found = (await this.askModel(proposal, number)) ?? (await this.lookAtColours(proposal));
      if (number === this.asked) this.show(rasterOf(found.mask, found.part, this.host.image));
    } catch (failure) {
      console.warn("assistant:", failure);
      if (number === this.asked) this.giveUp(t("The assistant does not work in this browser. Paint the object by hand."));
    }
  }

  /** Null when there is no model, the worker does not want it, or it gives no answer. */
  private async askModel(proposal: Proposal, number: number): Promise<Found | null> {
    const ask = this.host.settings.useModel ? this.model() : null;
    if (ask === null) return null;
    try {
      return await ask(pointingOf(proposal));
    } catch (failure) {
      console.warn("model:", failure);
      if (number === this.asked) this.host.warn(t("The model gave no proposal. This one is made from the colours of the image."));
      return null;
    }
  }

  private async lookAtColours(proposal: Proposal): Promise<Found> {
    const pixels = await this.host.pixels(surroundings(proposal, this.host.image), MOST_PIXELS);
    return { mask: await this.find(questionOf(proposal, pixels)), part: pixels };
  }

  private show(raster: Raster): void {
    if (raster.isEmpty) {
      this.giveUp(t("The assistant found no object there. Draw the box closer, or paint the object by hand."));
      return;
    }
    if (this.proposal !== null) this.proposal = { ...this.proposal, raster };
    this.busy = false;
    this.host.announce(t("Object found. Enter paints it, Escape drops it."));
    this.host.stepsChanged();
    this.host.changed();
  }

  private giveUp(reason: string): void {
    this.cancel();
    this.host.warn(reason);
  }
}

/** The box and the hints with a margin, in whole pixels inside the image. */
function surroundings({ box, hints }: Proposal, image: Size): Rect {
  const margin = Math.max(LEAST_MARGIN, MARGIN * box.width, MARGIN * box.height);
  const ends = hints.flatMap(({ from, to }) => [from, to]);
  const left = Math.min(box.left, ...ends.map(({ x }) => x)) - margin;
  const top = Math.min(box.top, ...ends.map(({ y }) => y)) - margin;
  const right = Math.max(box.left + box.width, ...ends.map(({ x }) => x)) + margin;
  const bottom = Math.max(box.top + box.height, ...ends.map(({ y }) => y)) + margin;
  return rectFromCorners({ x: clamp(left, 0, image.width), y: clamp(top, 0, image.height) }, { x: clamp(right, 0, image.width), y: clamp(bottom, 0, image.height) }, image);
}

/** The newest hints, each with the middle of its stroke. */
function pointingOf({ box, points, hints }: Proposal): Pointing {
  const newest = hints.slice(-MOST_HINTS);
  const middle = ({ from, to }: Hint): Point => ({ x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 });
  return { box, outline: points, hints: newest.map((hint) => ({ at: middle(hint), isObject: hint.isObject })) };
}

function questionOf({ box, points, hints }: Proposal, pixels: Pixels): Question {
  const scaled = scaleTo(pixels);
  const from = scaled({ x: box.left, y: box.top });
  const to = scaled({ x: box.left + box.width, y: box.top + box.height });
  const marks = new Uint8Array(pixels.size.width * pixels.size.height);
  const scale = pixels.size.width / pixels.rect.width;
  for (const hint of hints) drawHint(marks, pixels.size, scaled(hint.from), scaled(hint.to), hint.diameter * scale, hint.isObject ? 1 : 2);
  // The points are on the outline: a little further in is the object.
  const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  for (const point of points.map(scaled)) {
    const inner = { x: point.x + (middle.x - point.x) * 0.12, y: point.y + (middle.y - point.y) * 0.12 };
    drawHint(marks, pixels.size, inner, inner, 3, 1);
  }
  return { pixels, box: rectFromCorners(from, to, pixels.size), hints: marks };
}

function scaleTo({ rect, size }: Part): (point: Point) => Point {
  return ({ x, y }) => ({ x: ((x - rect.left) * size.width) / rect.width, y: ((y - rect.top) * size.height) / rect.height });
}

function drawHint(marks: Uint8Array, size: Size, from: Point, to: Point, diameter: number, value: number): void {
  const builder = new RasterBuilder(size);
  builder.addStroke(from, to, Math.max(1, diameter));
  const raster = builder.build();
  const { left, top, width, height } = raster.bounds;
  for (let y = top; y < top + height; y += 1) {
    for (let x = left; x < left + width; x += 1) if (raster.has(x, y)) marks[y * size.width + x] = value;
  }
}
