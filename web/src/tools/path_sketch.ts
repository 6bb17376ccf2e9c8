/** The points of an unfinished path, with undo and redo of each step. */
import type { Path } from "../core/paths.js";
import type { ToolSteps } from "./tool.js";

export class PathSketch implements ToolSteps {
  private current: Path = [];
  private past: Path[] = [];
  private future: Path[] = [];
  /** What else was drawn when the last step was taken. */
  private surroundings: unknown = null;

  constructor(
    private readonly scene: () => unknown,
    private readonly changed: () => void,
  ) {}

  get points(): Path {
    return this.current;
  }

  get canUndo(): boolean {
    return this.isCurrent && this.past.length > 0;
  }

  get canRedo(): boolean {
    return this.isCurrent && this.future.length > 0;
  }

  /** Takes a step. An empty path drops the sketch, which undo brings back. */
  set(points: Path): void {
    if (!this.isCurrent) this.end();
    this.past.push(this.current);
    this.future = [];
    this.surroundings = this.scene();
    this.show(points);
  }

  /** Forgets everything: the path is finished. */
  end(): void {
    this.past = [];
    this.future = [];
    this.show([]);
  }

  undo(): boolean {
    const points = this.canUndo ? this.past.pop() : undefined;
    if (points === undefined) {
      // Earlier steps of finished shapes are undone now. These points must not come back between them.
      this.future = [];
      return false;
    }
    this.future.push(this.current);
    this.show(points);
    return true;
  }

  redo(): boolean {
    const points = this.canRedo ? this.future.pop() : undefined;
    if (points === undefined) return false;
    this.past.push(this.current);
    this.show(points);
    return true;
  }

  /** A dropped sketch does not come back after something else was changed. */
  private get isCurrent(): boolean {
    return this.current.length > 0 || this.surroundings === this.scene();
  }

  private show(points: Path): void {
    this.current = points;
    this.changed();
  }
}
