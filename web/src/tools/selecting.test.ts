import { beforeEach, expect, test } from "vitest";
import type { Point } from "../core/geometry.js";
import { movedRect } from "../core/geometry.js";
import type { BoxShape, Rect } from "../core/shapes.js";
import { RectangleTool } from "./rectangle.js";
import { type SelectingHost, SelectingTool } from "./selecting.js";
import type { DrawingMode, PointerModifiers, ToolHost } from "./tool.js";

const image = { width: 640, height: 480 };

/** What both tools see of the workspace. */
class Surroundings implements ToolHost<BoxShape>, SelectingHost<BoxShape> {
  mode: DrawingMode = "select";
  readonly image = image;
  readonly selectedIsFresh = false;
  selectedIds: ReadonlySet<string> = new Set();
  shapes: BoxShape[] = [["a", 10], ["b", 100], ["c", 200]].map(
    ([id, left]) => ({ id, label: "car", left, top: 50, width: 40, height: 40 }) as BoxShape,
  );

  get seen(): BoxShape[] {
    return this.shapes;
  }
  get all(): BoxShape[] {
    return this.shapes;
  }
  get allSelected(): BoxShape[] {
    return this.shapes.filter(({ id }) => this.selectedIds.has(id));
  }
  label = "";
  draw = (): void => {};
  get selected(): BoxShape | undefined {
    return this.selectedIds.size === 1 ? this.allSelected[0] : undefined;
  }
  select(id: string | null): void {
    this.selectedIds = new Set(id === null ? [] : [id]);
  }
  selectAll(ids: Iterable<string>): void {
    this.selectedIds = new Set(ids);
  }
  toggle(id: string): void {
    const ids = new Set(this.selectedIds);
    if (!ids.delete(id)) ids.add(id);
    this.selectedIds = ids;
  }
  replaceAll(shapes: readonly BoxShape[]): void {
    this.shapes = this.shapes.map((box) => shapes.find(({ id }) => id === box.id) ?? box);
  }
  moved(shapes: readonly BoxShape[], dx: number, dy: number): BoxShape[] {
    return shapes.map((box) => ({ ...box, ...movedRect(box, dx, dy, image) }));
  }
  bounds(box: BoxShape): Rect {
    return box;
  }
  create(rect: Rect): void {
    this.shapes.push({ id: "new", label: "car", ...rect });
  }
  change(id: string, rect: Rect): void {
    this.shapes = this.shapes.map((box) => (box.id === id ? { ...box, ...rect } : box));
  }
  mayDraw(): boolean {
    return true;
  }
  tooSmall(): void {}
  edit(): void {}
  warn(): void {}
  chooseUnusedLabel(): void {}
  announce(): void {}
  previewChanged(): void {}
  stepsChanged(): void {}
}

let host: Surroundings;
let tool: SelectingTool<BoxShape>;

beforeEach(() => {
  host = new Surroundings();
  tool = new SelectingTool(new RectangleTool(host), host);
});

function drag(from: Point, to: Point, modifiers: Partial<PointerModifiers> = {}, release = true): void {
  const all = { pixelSize: 1, shift: false, ...modifiers };
  tool.down(from, all);
  tool.move({ x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 }, all);
  tool.move(to, all);
  if (release) tool.up(to, all);
}

function click(x: number, y: number, modifiers: Partial<PointerModifiers> = {}): void {
  drag({ x, y }, { x, y }, modifiers);
}

const ids = (): string => [...host.selectedIds].sort().join("");
const lefts = (): number[] => host.shapes.map(({ left }) => left);

test("Shift and a click adds a shape to the selection and takes it out, a plain click selects one or none", () => {
  click(20, 60);
  click(110, 60, { shift: true });
  expect(ids()).toBe("ab");
  click(20, 60, { shift: true });
  expect(ids()).toBe("b");
  click(20, 60, { shift: true });
  click(210, 60);
  expect(ids()).toBe("c");
  click(400, 300);
  expect(ids()).toBe("");
});

test("Shift and a drag on a shape still draws", () => {
  host.mode = "draw";
  drag({ x: 20, y: 60 }, { x: 60, y: 90 }, { shift: true });
  expect(host.shapes.at(-1)).toMatchObject({ id: "new", left: 20, top: 60, width: 40, height: 30 });
  expect(ids()).toBe("");
});

test("a rectangle drawn in select mode selects what it touches, in draw mode with Ctrl too", () => {
  drag({ x: 5, y: 20 }, { x: 105, y: 60 }, {}, false);
  expect([ids(), tool.band]).toEqual(["ab", { left: 5, top: 20, width: 100, height: 40 }]);
  tool.up({ x: 105, y: 60 }, { pixelSize: 1, shift: false });
  expect([ids(), tool.band]).toEqual(["ab", null]);
  host.mode = "draw";
  drag({ x: 260, y: 120 }, { x: 90, y: 20 }, { grab: true });
  expect(ids()).toBe("bc");
  expect(host.shapes.length).toBe(3);
});

test("Escape during the rectangle brings the earlier selection back", () => {
  click(210, 60);
  drag({ x: 5, y: 20 }, { x: 105, y: 60 }, {}, false);
  expect(tool.cancel()).toBe(true);
  expect([ids(), tool.band]).toEqual(["c", null]);
});

test("a drag on one of several selected shapes moves all of them, in draw mode too", () => {
  host.mode = "draw";
  host.selectAll(["a", "b"]);
  expect(tool.cursor({ x: 20, y: 60 }, { pixelSize: 1, shift: false })).toBe("move");
  drag({ x: 20, y: 60 }, { x: 50, y: 60 }, {}, false);
  expect(tool.moved.map(({ left }) => left)).toEqual([40, 130]);
  expect(lefts()).toEqual([10, 100, 200]);
  tool.up({ x: 50, y: 60 }, { pixelSize: 1, shift: false });
  expect(lefts()).toEqual([40, 130, 200]);
  expect(tool.moved).toEqual([]);
  drag({ x: 50, y: 60 }, { x: 90, y: 60 }, {}, false);
  tool.cancel();
  expect(lefts()).toEqual([40, 130, 200]);
});

test("a click on one of several selected shapes selects that one alone", () => {
  host.selectAll(["a", "b"]);
  click(20, 60);
  expect(ids()).toBe("a");
});

test("handles of the selected box that reach outside of it are still its own", () => {
  click(20, 60);
  drag({ x: 55, y: 95 }, { x: 65, y: 105 });
  expect(host.shapes[0]).toMatchObject({ left: 10, width: 50, height: 50 });
  expect(ids()).toBe("a");
});
