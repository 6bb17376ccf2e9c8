/**
 * The tool for polygons, polylines, lines and key points: a state machine over presses that draw and change paths.
 *
 * A click adds a point, and a press that drags places it. A click on the last point ends the path; a click on the first
 * one closes a polygon. A drag with the freehand switch on draws many points. Between two paths, a click on a border
 * selects in draw mode; in select mode, and with Ctrl, so does a click inside, and a drag moves the path.
 *
 * Decision: a click inside a path draws in draw mode, because a path may begin inside another one. With Shift, so does a
 * drag from a border. Of a path just drawn only the points react, to drags: the next path often begins on its border.
 */
import { contains, type Point } from "../core/geometry.js";
import { distance, inEightDirections, movedPath, type Path, withInserted, withVertex } from "../core/paths.js";
import type { PathShape } from "../core/shapes.js";
import { t } from "../language/index.js";
import type { Mark } from "./marks.js";
import { PathDrawing } from "./path_drawing.js";
import { PathPoints } from "./path_points.js";
import { limitsOf, type PathRules } from "./path_rules.js";
import { type Part, partAt, pathsAt, pathsOnBorder, type Reach, reachOf } from "./path_targets.js";
import { type Place, snapped, wholePixel } from "./snapping.js";
import type { DrawingTool, PointerModifiers, ShapePreview, ToolHost, ToolKey, ToolOption, ToolSteps } from "./tool.js";

/** What a press does. */
type Press =
  | { readonly kind: "add" }
  | { readonly kind: "end"; readonly at: "first" | "last" }
  | { readonly kind: "part"; readonly shape: PathShape; readonly part: Part }
  | { readonly kind: "whole"; readonly shape: PathShape; readonly click: "select" | "add" }
  | { readonly kind: "pick"; readonly drag: "add" | "none" }
  | { readonly kind: "none" };

interface Stroke {
  readonly press: Press;
  readonly start: Point;
  readonly isDrag: boolean;
  /** Where the pointer has been, of a line that is drawn by hand. */
  readonly trail: Path | null;
}

/** Presses beyond the image's edge, in CSS pixels, begin at the edge. */
const MARGIN = 24;

export class PathTool implements DrawingTool<PathShape> {
  readonly drawsByClicks = true;
  private stroke: Stroke | null = null;
  private edit: { readonly shape: PathShape; readonly vertices: Path; readonly moved: number | null } | null = null;
  /** Where a click would put a point; null when the pointer is not known. */
  private place: Place | null = null;
  private freehand = false;
  private snaps = true;
  private advances = false;
  private readonly drawing: PathDrawing;
  private readonly points: PathPoints;

  constructor(
    private readonly host: ToolHost<PathShape>,
    private readonly rules: PathRules,
  ) {
    this.drawing = new PathDrawing(host, rules, () => this.handleFinished());
    this.points = new PathPoints(host, rules);
  }

  get preview(): ShapePreview<PathShape> | null {
    return this.edit === null ? null : { kind: "edit", id: this.edit.shape.id, geometry: { vertices: this.edit.vertices } };
  }

  get marks(): readonly Mark[] {
    const { activePoint } = this.points;
    const trail = this.stroke?.trail;
    return [
      ...(trail && trail.length > 1 ? [{ kind: "chain" as const, points: trail }] : []),
      ...this.drawing.marks(trail ? null : this.place),
      ...this.refusedEdges(),
      ...(this.place?.snapped === true ? [{ kind: "snap" as const, at: this.place.at }] : []),
      ...(activePoint !== null && this.edit === null ? [{ kind: "active" as const, at: activePoint }] : []),
    ];
  }

  get isUnfinished(): boolean {
    return this.drawing.isUnfinished;
  }

  get steps(): ToolSteps {
    return this.drawing.steps;
  }

  get options(): readonly ToolOption[] {
    const { mostPoints } = this.rules;
    const next: ToolOption = {
      id: "next-label", icon: "next", label: t("Go on to the next label after each point"), key: "A",
      on: this.advances, set: (on) => (this.advances = on),
    };
    const snap: ToolOption = {
      id: "snap", icon: "snap", label: t("Snap to shapes and to the edges of the image"), key: "M",
      on: this.snaps, set: (on) => (this.snaps = on),
    };
    const freehand: ToolOption = {
      id: "freehand", icon: "freehand", label: t("Draw by hand: a drag sets many points"), key: "F",
      on: this.freehand, set: (on) => (this.freehand = on),
    };
    if (mostPoints === 1) return [next];
    return mostPoints === 2 ? [snap] : [freehand, snap];
  }

  shapesAt(point: Point, modifiers: PointerModifiers): readonly PathShape[] {
    return this.pathsNear(point, modifiers);
  }

  cursor(point: Point, modifiers: PointerModifiers): string {
    const { kind } = this.stroke?.press ?? this.pressAt(point, modifiers);
    const cursors = { add: "crosshair", end: "pointer", part: "move", whole: "move", pick: "pointer", none: "default" };
    return cursors[kind];
  }

  showsGuides(point: Point, modifiers: PointerModifiers): boolean {
    return (this.stroke?.press ?? this.pressAt(point, modifiers)).kind === "add";
  }

  hover(point: Point, modifiers: PointerModifiers): void {
    const isFinger = modifiers.touch === true;
    this.setPlace(!isFinger && this.pressAt(point, modifiers).kind === "add" ? this.placeAt(point, modifiers) : null);
    if (!isFinger && this.isUnfinished) this.showEnd(point, modifiers);
  }

  down(point: Point, modifiers: PointerModifiers): void {
    const press = this.pressAt(point, modifiers);
    this.stroke = { press, start: point, isDrag: false, trail: null };
    if (press.kind === "add") this.setPlace(this.placeAt(point, modifiers));
  }

  move(point: Point, modifiers: PointerModifiers): void {
    const { stroke } = this;
    if (stroke === null) return;
    const isDrag = stroke.isDrag || distance(stroke.start, point) >= reachOf(modifiers.touch).drag * modifiers.pixelSize;
    if (isDrag && !stroke.isDrag) this.beginDrag(stroke);
    else this.stroke = { ...stroke, isDrag };
    if (this.stroke?.isDrag === true) this.drag(this.stroke, point, modifiers);
  }

  up(point: Point, modifiers: PointerModifiers): void {
    this.move(point, modifiers);
    const { stroke, edit, place } = this;
    this.abandon();
    if (stroke === null) return;
    if (edit !== null) this.keep(edit, stroke.press);
    else if (stroke.isDrag) this.endDrag(stroke, place, modifiers);
    else this.click(stroke.press, point, place, modifiers);
    // The pointer is still there: what comes next is shown, or why nothing came.
    this.hover(point, modifiers);
  }

  hold(point: Point, modifiers: PointerModifiers): boolean {
    if (this.stroke === null || this.stroke.isDrag || this.isUnfinished) return false;
    const hits = this.pathsNear(point, modifiers);
    const shape = hits.find(({ id }) => id === this.host.selected?.id) ?? hits[0];
    if (shape === undefined) return false;
    this.setPlace(null);
    this.host.select(shape.id);
    this.stroke = { press: { kind: "whole", shape, click: "select" }, start: point, isDrag: true, trail: null };
    return true;
  }

  abandon(): void {
    this.stroke = null;
    this.edit = null;
    this.setPlace(null);
  }

  cancel(): boolean {
    const busy = this.stroke !== null;
    this.abandon();
    return busy || this.drawing.drop() || this.points.deactivate();
  }

  removePart(): boolean {
    return this.isUnfinished ? this.drawing.steps.undo() : this.points.removeActive();
  }

  handleKey(key: ToolKey): boolean {
    if (!this.isUnfinished) return this.points.handleKey(key);
    if (key.key !== "Enter" || key.control) return false;
    this.drawing.finish();
    return true;
  }

  // --- what a press does ----------------------------------------------------------------------------------------------

  private pressAt(point: Point, modifiers: PointerModifiers): Press {
    const { mode, image, selected, selectedIsFresh } = this.host;
    const reach = scaled(reachOf(modifiers.touch), modifiers.pixelSize);
    if (this.isUnfinished) {
      const at = this.drawing.endAt(point, reach.end);
      return at === null ? { kind: "add" } : { kind: "end", at };
    }
    const draws = mode === "draw" && modifiers.grab !== true;
    const ignoresShapes = draws && modifiers.shift;
    const edit = selected === undefined || ignoresShapes ? null : this.editAt(selected, point, reach, draws);
    if (edit !== null) return edit;
    if (!draws) {
      const shape = this.pathsNear(point, modifiers)[0];
      return shape === undefined ? { kind: "pick", drag: "none" } : { kind: "whole", shape, click: "select" };
    }
    if (!ignoresShapes) {
      const others = selectedIsFresh ? this.host.shapes.filter(({ id }) => id !== selected?.id) : this.host.shapes;
      const border = pathsOnBorder(others, this.rules, point, reach)[0];
      if (border !== undefined && this.rules.mostPoints === 1) return { kind: "whole", shape: border, click: "select" };
      if (border !== undefined) return { kind: "pick", drag: "add" };
    }
    return contains({ left: 0, top: 0, ...image }, point, MARGIN * modifiers.pixelSize) ? { kind: "add" } : { kind: "none" };
  }

  /** What a press does to the selected path; null when it does not react here. */
  private editAt(shape: PathShape, point: Point, reach: Reach, draws: boolean): Press | null {
    const part = partAt(shape, this.rules, point, reach);
    const isFresh = draws && this.host.selectedIsFresh;
    if (this.rules.mostPoints === 1) return part === null ? null : { kind: "whole", shape, click: "select" };
    if (part !== null && (!isFresh || part.kind === "vertex")) return { kind: "part", shape, part };
    if (isFresh || pathsAt([shape], this.rules, point, reach).length === 0) return null;
    const isOnBorder = pathsOnBorder([shape], this.rules, point, reach).length > 0;
    return { kind: "whole", shape, click: draws && !isOnBorder ? "add" : "select" };
  }

  private pathsNear(point: Point, { touch, pixelSize }: PointerModifiers): PathShape[] {
    return pathsAt(this.host.shapes, this.rules, point, scaled(reachOf(touch), pixelSize));
  }

  // --- drags ----------------------------------------------------------------------------------------------------------

  private beginDrag(stroke: Stroke): void {
    const { press } = stroke;
    if (press.kind === "whole") this.host.select(press.shape.id);
    const adds = press.kind === "add" || (press.kind === "pick" && press.drag === "add");
    const trail = adds && this.freehand && this.host.mayDraw() && this.rules.mostPoints > 2 ? [stroke.start] : null;
    if (trail !== null) this.setPlace(null);
    this.stroke = { ...stroke, press: adds ? { kind: "add" } : press, isDrag: true, trail };
  }

  private drag(stroke: Stroke, point: Point, modifiers: PointerModifiers): void {
    const { press, start, trail } = stroke;
    const [dx, dy] = [point.x - start.x, point.y - start.y];
    if (trail !== null) {
      this.stroke = { ...stroke, trail: [...trail, point] };
      this.host.previewChanged();
    } else if (press.kind === "add") this.setPlace(this.placeAt(point, modifiers));
    else if (press.kind === "whole") {
      const vertices = movedPath(press.shape.vertices, dx, dy, limitsOf(this.rules, this.host.image));
      this.show({ shape: press.shape, vertices, moved: null });
    } else if (press.kind === "part") this.dragPart(press.shape, press.part, dx, dy, modifiers);
  }

  /** A point keeps its distance from the pointer that grabbed it. */
  private dragPart(shape: PathShape, part: Part, dx: number, dy: number, modifiers: PointerModifiers): void {
    const grabbed = part.kind === "vertex" ? (shape.vertices[part.index] as Point) : part.at;
    const before = shape.vertices[part.kind === "vertex" ? part.index - 1 : part.index] ?? shape.vertices[1] ?? null;
    this.place = this.placeAt({ x: grabbed.x + dx, y: grabbed.y + dy }, modifiers, before, shape);
    const { at } = this.place;
    if (part.kind === "vertex") this.show({ shape, vertices: withVertex(shape.vertices, part.index, at), moved: part.index });
    else this.show({ shape, vertices: withInserted(shape.vertices, part.index, at), moved: part.index + 1 });
  }

  private keep({ shape, vertices, moved }: { shape: PathShape; vertices: Path; moved: number | null }, press: Press): void {
    if (press.kind !== "part" || moved === null) this.host.change(shape.id, { vertices });
    else if (press.part.kind === "vertex") this.points.move(shape, moved, vertices[moved] as Point);
    else this.points.insert(shape, press.part.index, vertices[moved] as Point);
  }

  private endDrag({ press, start, trail }: Stroke, place: Place | null, modifiers: PointerModifiers): void {
    if (trail !== null) {
      const end = trail.at(-1) as Point;
      const closes = this.isUnfinished && this.drawing.endAt(end, reachOf(modifiers.touch).end * modifiers.pixelSize) === "first";
      this.drawing.addStroke(trail, modifiers.pixelSize);
      if (closes && this.isUnfinished) this.drawing.finish();
    } else if (press.kind === "end") this.clickEnd(press.at);
    else if (press.kind === "add" && place !== null && this.host.mayDraw()) {
      // A line has a beginning and an end, as a drag has.
      if (this.rules.mostPoints === 2 && !this.isUnfinished) this.drawing.add(this.placeAt(start, { ...modifiers, shift: false }).at);
      this.drawing.add(place.at);
    }
  }

  // --- clicks ---------------------------------------------------------------------------------------------------------

  private click(press: Press, point: Point, place: Place | null, modifiers: PointerModifiers): void {
    if (press.kind === "end") this.clickEnd(press.at);
    else if (press.kind === "add" || (press.kind === "whole" && press.click === "add")) this.add(place ?? this.placeAt(point, modifiers));
    else if (press.kind === "part") this.clickPart(press.shape, press.part, modifiers);
    else if (press.kind !== "none") this.selectNext(point, modifiers);
  }

  private add(place: Place): void {
    if (this.host.mayDraw()) this.drawing.add(place.at);
  }

  /** A click on the last point ends the path, as a double click does. The first of several points may be clicked twice. */
  private clickEnd(at: "first" | "last"): void {
    if (at === "first" || this.drawing.points.length > 1) this.drawing.finish();
  }

  private clickPart(shape: PathShape, part: Part, modifiers: PointerModifiers): void {
    const limits = limitsOf(this.rules, this.host.image);
    if (this.host.mode === "draw" && modifiers.grab !== true && this.host.selectedIsFresh) this.add(this.placeAt(part.kind === "vertex" ? (shape.vertices[part.index] as Point) : part.at, modifiers));
    else if (part.kind === "edge") this.points.insert(shape, part.index, wholePixel(part.at, limits));
    else if (modifiers.alt === true) this.points.remove(shape, part.index);
    else this.points.activate(shape, part.index);
  }

  /** Selects the path at the point; where the selected one is at the point, the next one below. */
  private selectNext(point: Point, modifiers: PointerModifiers): void {
    const hits = this.pathsNear(point, modifiers);
    const { selected, selectedIsFresh } = this.host;
    const at = hits.findIndex((shape) => shape.id === selected?.id);
    const next = at >= 0 && !selectedIsFresh ? hits[(at + 1) % hits.length] : hits[0];
    this.host.select(next?.id ?? null);
  }

  private handleFinished(): void {
    this.setPlace(null);
    if (this.advances && this.rules.mostPoints === 1) this.host.chooseUnusedLabel();
  }

  // --- places ---------------------------------------------------------------------------------------------------------

  /** The place of a point here: in one of eight directions with Shift, else at a shape or edge near it. */
  private placeAt(point: Point, modifiers: PointerModifiers, from: Point | null = this.drawing.points.at(-1) ?? null, edited?: PathShape): Place {
    const limits = limitsOf(this.rules, this.host.image);
    if (modifiers.shift && from !== null) return { at: wholePixel(inEightDirections(from, point), limits), snapped: false };
    if (!this.snaps || this.rules.mostPoints === 1) return { at: wholePixel(point, limits), snapped: false };
    const others = this.host.seen.filter(({ id }) => id !== edited?.id);
    return snapped(point, others, this.rules.closed, limits, reachOf(modifiers.touch).snap * modifiers.pixelSize);
  }

  /** Shows that a click would close the path. */
  private showEnd(point: Point, { pixelSize }: PointerModifiers): void {
    const end = this.drawing.endAt(point, reachOf(false).end * pixelSize);
    const at = end === "first" ? this.drawing.points[0] : undefined;
    if (at !== undefined) this.setPlace({ at, snapped: false });
  }

  private refusedEdges(): Mark[] {
    const { edit } = this;
    if (edit === null || edit.moved === null) return [];
    return (this.points.crossing(edit.vertices, edit.moved) ?? []).map(({ from, to }) => ({ kind: "refused", from, to }));
  }

  private setPlace(place: Place | null): void {
    if (this.place === null && place === null) return;
    this.place = place;
    this.host.previewChanged();
  }

  private show(edit: { shape: PathShape; vertices: Path; moved: number | null }): void {
    this.edit = edit;
    this.host.previewChanged();
  }
}

function scaled(reach: Reach, pixelSize: number): Reach {
  const { vertex, border, end, snap, drag } = reach;
  return { vertex: vertex * pixelSize, border: border * pixelSize, end: end * pixelSize, snap: snap * pixelSize, drag: drag * pixelSize };
}
