/** Changes single points of the selected path: by keys, and at the end of a drag or click. */
import type { Point } from "../core/geometry.js";
import { crossingAt, crossedBy, type Edge, edgesOf, middleOf, type Path, withInserted, withoutVertex, withVertex } from "../core/paths.js";
import type { PathShape } from "../core/shapes.js";
import { t } from "../language/index.js";
import { limitsOf, type PathRules } from "./path_rules.js";
import { wholePixel } from "./snapping.js";
import type { ToolAction, ToolHost, ToolKey } from "./tool.js";

const ARROWS: Readonly<Record<string, Point>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};
const FAST = 10;

/** Why two edges cannot stay as they are. */
export function crossingText(): string {
  return t("The edges of a polygon may not cross or touch each other.");
}

export class PathPoints {
  /** The point that keys act on. */
  private active: { readonly id: string; readonly index: number } | null = null;

  constructor(
    private readonly host: ToolHost<PathShape>,
    private readonly rules: PathRules,
  ) {}

  get activePoint(): Point | null {
    const { selected } = this.host;
    return selected?.vertices[this.activeIndex ?? -1] ?? null;
  }

  /** Of the selected shape; null without one. */
  get activeIndex(): number | null {
    const { selected } = this.host;
    if (this.active === null || selected?.id !== this.active.id) return null;
    return this.active.index < selected.vertices.length ? this.active.index : null;
  }

  activate(shape: PathShape, index: number): void {
    this.active = { id: shape.id, index };
    const { x, y } = shape.vertices[index] as Point;
    this.host.announce(t("Point {{number}} of {{total}} at {{x}}, {{y}}", { number: index + 1, total: shape.vertices.length, x, y }));
    this.showActive();
  }

  /** Returns false when no point is active. */
  deactivate(): boolean {
    const was = this.activeIndex !== null;
    this.active = null;
    if (was) this.showActive();
    return was;
  }

  private showActive(): void {
    this.host.previewChanged();
    this.host.stepsChanged();
  }

  /** The edges that cross when a point of a path moves; null for a path in order. */
  crossing(vertices: Path, index: number): readonly [Edge, Edge] | null {
    return this.rules.mayCross ? null : crossingAt(vertices, this.rules.closed, index);
  }

  /** Moves a point. Returns false, with a message, where edges would cross. */
  move(shape: PathShape, index: number, to: Point, mergeKey?: string): boolean {
    return this.change(shape, withVertex(shape.vertices, index, to), index, mergeKey);
  }

  /** Adds a point to an edge, and makes it the active one. */
  insert(shape: PathShape, edge: number, at: Point): void {
    if (!this.change(shape, withInserted(shape.vertices, edge, at), edge + 1)) return;
    this.active = { id: shape.id, index: edge + 1 };
    this.showActive();
  }

  remove(shape: PathShape, index: number): void {
    const { fewestPoints: count, closed } = this.rules;
    if (shape.vertices.length <= count) {
      this.host.warn(t("This shape needs at least {{count}} points. Deselect the point to delete the whole shape.", { count }));
      return;
    }
    const vertices = withoutVertex(shape.vertices, index);
    const joined = (index + vertices.length - 1) % vertices.length;
    if (!this.rules.mayCross && crossedBy(vertices, closed, joined) !== null) {
      this.host.warn(crossingText());
      return;
    }
    const wasActive = this.activeIndex !== null;
    this.host.change(shape.id, { vertices });
    if (wasActive) this.activate({ ...shape, vertices }, Math.min(index, vertices.length - 1));
  }

  /** Removes the active point. Returns false when there is none. */
  removeActive(): boolean {
    const { selected } = this.host;
    const index = this.activeIndex;
    if (selected === undefined || index === null) return false;
    this.remove(selected, index);
    return true;
  }

  /** What keys do with the points of the selected path. */
  actions(mayAct: () => boolean): readonly ToolAction[] {
    const { mostPoints } = this.rules;
    if (mostPoints === 1) return [];
    const selected = (): PathShape | undefined => (mayAct() ? this.host.selected : undefined);
    const goTo = (step: 1 | -1) => (): boolean => {
      const shape = selected();
      return shape !== undefined && this.goTo(shape, step);
    };
    const insert = (): boolean => {
      const shape = selected();
      return shape !== undefined && this.activeIndex !== null && this.insertAfter(shape, this.activeIndex);
    };
    return [
      { id: "next-point", keys: ["P"], does: t("Next point; the arrow keys move it, Delete deletes it"), run: goTo(1) },
      { id: "previous-point", keys: ["Shift+P"], does: t("Previous point"), run: goTo(-1) },
      ...(mostPoints === 2 ? [] : [{ id: "add-point", keys: ["I"], does: t("Add a point after the chosen one"), run: insert }]),
    ];
  }

  /** The arrow keys move the active point. */
  handleKey({ key, shift, control, alt }: ToolKey): boolean {
    const { selected } = this.host;
    const index = this.activeIndex;
    const arrow = ARROWS[key];
    if (selected === undefined || index === null || arrow === undefined || control || alt) return false;
    return this.moveBy(selected, index, arrow, shift ? FAST : 1);
  }

  private goTo(shape: PathShape, step: 1 | -1): boolean {
    const total = shape.vertices.length;
    const from = this.activeIndex ?? (step === 1 ? -1 : total);
    this.activate(shape, (from + step + total) % total);
    return true;
  }

  private moveBy(shape: PathShape, index: number, { x, y }: Point, step: number): boolean {
    const vertex = shape.vertices[index] as Point;
    const to = wholePixel({ x: vertex.x + x * step, y: vertex.y + y * step }, limitsOf(this.rules, this.host.image));
    if (this.move(shape, index, to, `point:${shape.id}:${index}`)) this.activate({ ...shape, vertices: withVertex(shape.vertices, index, to) }, index);
    return true;
  }

  /** At the last point of an open path, the edge before it gets the new point. */
  private insertAfter(shape: PathShape, index: number): boolean {
    if (shape.vertices.length >= this.rules.mostPoints) return false;
    const edges = edgesOf(shape.vertices, this.rules.closed);
    const edge = Math.min(index, edges.length - 1);
    this.insert(shape, edge, wholePixel(middleOf(edges[edge] as Edge), limitsOf(this.rules, this.host.image)));
    return true;
  }

  private change(shape: PathShape, vertices: Path, index: number, mergeKey?: string): boolean {
    if (this.crossing(vertices, index) !== null) {
      this.host.warn(crossingText());
      return false;
    }
    this.host.change(shape.id, { vertices }, mergeKey);
    return true;
  }
}
