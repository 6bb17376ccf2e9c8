/**
 * The tool for polygons, polylines, lines and key points: a state machine over presses that draw and change paths.
 *
 * A click adds a point, and a press that drags places it. A click on the last point ends the path; a click on the first
 * one closes a polygon. A drag with the freehand switch on draws many points. Between two paths, a click on a border
 * selects in draw mode; in select mode, and with Ctrl, so does a click inside, and a drag moves the path.
 *
 * Decision: a click inside a path draws in draw mode, because a path may begin inside another one. A path begins on the
 * border of another one by a click just next to it, which is drawn to it. Of a path just drawn only the points react, to
 * drags: the next path often begins on its border.
 */
import { distance, type Point } from "../core/geometry.js";
import { movedPath, type Path, withInserted, withVertex } from "../core/paths.js";
import type { PathShape } from "../core/shapes.js";
import type { Mark } from "./marks.js";
import type { Numbers } from "./numbers.js";
import { PathDrawing } from "./path_drawing.js";
import { pathNumbers } from "./path_numbers.js";
import { PathPlaces } from "./path_places.js";
import { PathPoints } from "./path_points.js";
import { PathPresses, type Press } from "./path_presses.js";
import { limitsOf, type PathRules } from "./path_rules.js";
import { PathSwitches } from "./path_switches.js";
import { type Part, reachOf } from "./path_targets.js";
import { type Place, wholePixel } from "./snapping.js";
import type { DrawingTool, PointerModifiers, ShapePreview, ToolAction, ToolHost, ToolKey, ToolOption, ToolSteps } from "./tool.js";

interface Stroke {
  readonly press: Press;
  readonly start: Point;
  readonly isDrag: boolean;
  /** Where the pointer has been, of a line that is drawn by hand. */
  readonly trail: Path | null;
  /** The beginning of a line that this drag draws: it has a beginning and an end, as a drag has. */
  readonly lineStart: Point | null;
}

export class PathTool implements DrawingTool<PathShape> {
  readonly drawsByClicks = true;
  private stroke: Stroke | null = null;
  private edit: { readonly shape: PathShape; readonly vertices: Path; readonly moved: number | null } | null = null;
  /** Where a click would put a point; null when the pointer is not known. */
  private place: Place | null = null;
  /** The border of another shape that a click would follow up to there. */
  private border: Path = [];
  private readonly drawing: PathDrawing;
  private readonly points: PathPoints;
  private readonly presses: PathPresses;
  private readonly switches: PathSwitches;
  private readonly places: PathPlaces;

  constructor(
    private readonly host: ToolHost<PathShape>,
    private readonly rules: PathRules,
  ) {
    this.drawing = new PathDrawing(host, rules, () => this.handleFinished());
    this.points = new PathPoints(host, rules);
    this.presses = new PathPresses(host, rules, this.drawing);
    this.switches = new PathSwitches(rules);
    this.places = new PathPlaces(host, rules, this.drawing, this.switches);
  }

  get preview(): ShapePreview<PathShape> | null {
    const lineStart = this.stroke?.lineStart ?? null;
    if (lineStart !== null && this.place !== null) return { kind: "new", geometry: { vertices: [lineStart, this.place.at] } };
    return this.edit === null ? null : { kind: "edit", id: this.edit.shape.id, geometry: { vertices: this.edit.vertices } };
  }

  get marks(): readonly Mark[] {
    const { activePoint } = this.points;
    const trail = this.stroke?.trail;
    return [
      ...(trail && trail.length > 1 ? [{ kind: "chain" as const, points: trail }] : []),
      ...this.drawing.marks(trail ? null : this.place, this.border),
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
    return this.switches.options;
  }

  get actions(): readonly ToolAction[] {
    return this.points.actions(() => !this.isUnfinished);
  }

  shapesAt(point: Point, modifiers: PointerModifiers): readonly PathShape[] {
    return this.presses.pathsAt(point, modifiers);
  }

  cursor(point: Point, modifiers: PointerModifiers): string {
    const { kind } = this.stroke?.press ?? this.presses.at(point, modifiers);
    const cursors = { add: "crosshair", end: "pointer", part: "move", whole: "move", pick: "pointer", none: "default" };
    return cursors[kind];
  }

  showsGuides(point: Point, modifiers: PointerModifiers): boolean {
    return (this.stroke?.press ?? this.presses.at(point, modifiers)).kind === "add";
  }

  hover(point: Point, modifiers: PointerModifiers): void {
    const isFinger = modifiers.touch === true;
    this.setPlace(!isFinger && this.presses.at(point, modifiers).kind === "add" ? this.places.at(point, modifiers) : null);
    if (!isFinger && this.isUnfinished) this.showEnd(point, modifiers);
    this.border = this.place === null ? [] : this.places.borderTo(this.place.at, modifiers);
  }

  down(point: Point, modifiers: PointerModifiers): void {
    const press = this.presses.at(point, modifiers);
    this.stroke = { press, start: point, isDrag: false, trail: null, lineStart: null };
    if (press.kind === "add") this.setPlace(this.places.at(point, modifiers));
  }

  move(point: Point, modifiers: PointerModifiers): void {
    const { stroke } = this;
    if (stroke === null) return;
    const isDrag = stroke.isDrag || distance(stroke.start, point) >= reachOf(modifiers.touch).drag * modifiers.pixelSize;
    if (isDrag && !stroke.isDrag) this.beginDrag(stroke, modifiers);
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
    const hits = this.presses.pathsAt(point, modifiers);
    const shape = hits.find(({ id }) => id === this.host.selected?.id) ?? hits[0];
    if (shape === undefined) return false;
    this.setPlace(null);
    this.host.select(shape.id);
    this.stroke = { press: { kind: "whole", shape, click: "select" }, start: point, isDrag: true, trail: null, lineStart: null };
    return true;
  }

  abandon(): void {
    this.stroke = null;
    this.edit = null;
    this.border = [];
    this.setPlace(null);
  }

  cancel(): boolean {
    const busy = this.stroke !== null;
    this.abandon();
    return busy || this.drawing.drop() || this.points.deactivate();
  }

  numbers(shape: PathShape): Numbers {
    const { points, rules } = this;
    return pathNumbers({ shape, active: points.activeIndex, rules, image: this.host.image, move: (index, to) => void points.move(shape, index, to) });
  }

  removePart(): boolean {
    return this.isUnfinished ? this.drawing.steps.undo() : this.points.removeActive();
  }

  saveUnfinished(): object | null {
    return this.isUnfinished ? { points: this.drawing.points } : null;
  }

  restoreUnfinished(saved: unknown): void {
    const { points } = (typeof saved === "object" && saved !== null ? saved : {}) as Record<string, unknown>;
    if (Array.isArray(points) && points.every(isPoint)) this.drawing.restore(points);
  }

  handleKey(key: ToolKey): boolean {
    if (!this.isUnfinished) return this.points.handleKey(key);
    if (key.key !== "Enter" || key.control) return false;
    this.drawing.finish();
    return true;
  }

  // --- drags ----------------------------------------------------------------------------------------------------------

  private beginDrag(stroke: Stroke, modifiers: PointerModifiers): void {
    const { press } = stroke;
    if (press.kind === "whole") this.host.select(press.shape.id);
    const adds = press.kind === "add" || (press.kind === "pick" && press.drag === "add");
    const draws = adds && this.host.mayDraw();
    const trail = draws && this.switches.freehand ? [stroke.start] : null;
    const isLine = draws && this.rules.mostPoints === 2 && !this.isUnfinished;
    const lineStart = isLine ? this.places.at(stroke.start, { ...modifiers, shift: false }).at : null;
    if (trail !== null) this.setPlace(null);
    this.stroke = { ...stroke, press: adds ? { kind: "add" } : press, isDrag: true, trail, lineStart };
  }

  private drag(stroke: Stroke, point: Point, modifiers: PointerModifiers): void {
    const { press, start, trail } = stroke;
    const [dx, dy] = [point.x - start.x, point.y - start.y];
    if (trail !== null) {
      // A pen reports more places than a screen has pixels.
      if (distance(trail.at(-1) as Point, point) < modifiers.pixelSize) return;
      this.stroke = { ...stroke, trail: [...trail, point] };
      this.host.previewChanged();
    } else if (press.kind === "add") this.setPlace(this.places.at(point, modifiers, stroke.lineStart ?? this.drawing.points.at(-1)));
    else if (press.kind === "whole") {
      const vertices = movedPath(press.shape.vertices, dx, dy, limitsOf(this.rules, this.host.image));
      this.show({ shape: press.shape, vertices, moved: null });
    } else if (press.kind === "part") this.dragPart(press.shape, press.part, dx, dy, modifiers);
  }

  /** A point keeps its distance from the pointer that grabbed it. */
  private dragPart(shape: PathShape, part: Part, dx: number, dy: number, modifiers: PointerModifiers): void {
    const grabbed = part.kind === "vertex" ? (shape.vertices[part.index] as Point) : part.at;
    const before = shape.vertices[part.kind === "vertex" ? part.index - 1 : part.index] ?? shape.vertices[1] ?? null;
    this.place = this.places.at({ x: grabbed.x + dx, y: grabbed.y + dy }, modifiers, before, shape);
    const { at } = this.place;
    if (part.kind === "vertex") this.show({ shape, vertices: withVertex(shape.vertices, part.index, at), moved: part.index });
    else this.show({ shape, vertices: withInserted(shape.vertices, part.index, at), moved: part.index + 1 });
  }

  private keep({ shape, vertices, moved }: { shape: PathShape; vertices: Path; moved: number | null }, press: Press): void {
    if (press.kind !== "part" || moved === null) this.host.change(shape.id, { vertices });
    else if (press.part.kind === "vertex") this.points.move(shape, moved, vertices[moved] as Point);
    else this.points.insert(shape, press.part.index, vertices[moved] as Point);
  }

  private endDrag({ press, trail, lineStart }: Stroke, place: Place | null, modifiers: PointerModifiers): void {
    if (trail !== null) {
      const end = trail.at(-1) as Point;
      const closes = this.isUnfinished && this.drawing.endAt(end, reachOf(modifiers.touch).end * modifiers.pixelSize) === "first";
      this.drawing.addStroke(trail, modifiers.pixelSize);
      if (closes && this.isUnfinished) this.drawing.finish();
    } else if (press.kind === "end") this.clickEnd(press.at, modifiers);
    else if (press.kind === "add" && place !== null && this.host.mayDraw()) {
      if (lineStart !== null) this.drawing.add(lineStart);
      this.drawing.add(place.at);
    }
  }

  // --- clicks ---------------------------------------------------------------------------------------------------------

  private click(press: Press, point: Point, place: Place | null, modifiers: PointerModifiers): void {
    if (press.kind === "end") this.clickEnd(press.at, modifiers);
    else if (press.kind === "add" || (press.kind === "whole" && press.click === "add")) this.add(place ?? this.places.at(point, modifiers), modifiers);
    else if (press.kind === "part") this.clickPart(press.shape, press.part, modifiers);
    else if (press.kind !== "none") this.selectNext(point, modifiers);
  }

  private add({ at }: Place, modifiers: PointerModifiers): void {
    if (this.host.mayDraw()) this.drawing.addBorder(this.places.borderTo(at, modifiers), at);
  }

  /** A click on the last point ends the path, as a double click does. The first of several points may be clicked twice. */
  private clickEnd(at: "first" | "last", modifiers: PointerModifiers): void {
    const [first] = this.drawing.points;
    const border = at === "first" && first !== undefined ? this.places.borderTo(first, modifiers) : [];
    const [last] = border.slice(-1);
    if (last !== undefined) this.drawing.addBorder(border.slice(0, -1), last);
    if (at === "first" || this.drawing.points.length > 1) this.drawing.finish();
  }

  private clickPart(shape: PathShape, part: Part, modifiers: PointerModifiers): void {
    const limits = limitsOf(this.rules, this.host.image);
    const place = part.kind === "vertex" ? (shape.vertices[part.index] as Point) : part.at;
    if (this.presses.goesOnDrawing(modifiers)) this.add(this.places.at(place, modifiers), modifiers);
    else if (part.kind === "edge") this.points.insert(shape, part.index, wholePixel(part.at, limits));
    else if (modifiers.alt === true) this.points.remove(shape, part.index);
    else this.points.activate(shape, part.index);
  }

  /** Selects the path at the point; where the selected one is at the point, the next one below. */
  private selectNext(point: Point, modifiers: PointerModifiers): void {
    const hits = this.presses.pathsAt(point, modifiers);
    const { selected, selectedIsFresh } = this.host;
    const at = hits.findIndex((shape) => shape.id === selected?.id);
    const next = at >= 0 && !selectedIsFresh ? hits[(at + 1) % hits.length] : hits[0];
    this.host.select(next?.id ?? null);
  }

  private handleFinished(): void {
    this.setPlace(null);
    if (this.switches.advances) this.host.chooseUnusedLabel();
  }

  // --- places ---------------------------------------------------------------------------------------------------------

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

function isPoint(value: unknown): value is Point {
  const { x, y } = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  return Number.isInteger(x) && Number.isInteger(y);
}
