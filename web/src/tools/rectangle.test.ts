import { beforeEach, describe, expect, test } from "vitest";
import type { BoxShape, Rect } from "../core/shapes.js";
import { RectangleTool } from "./rectangle.js";
import type { DrawingMode, ToolHost } from "./tool.js";

/** The workspace as the tool sees it, kept as plain data. */
class Surroundings implements ToolHost<BoxShape> {
  mode: DrawingMode = "draw";
  image = { width: 640, height: 480 };
  shapes: BoxShape[] = [];
  selectedId: string | null = null;
  selectedIsFresh = false;
  allowed = true;

  get selected(): BoxShape | undefined {
    return this.shapes.find((box) => box.id === this.selectedId);
  }

  mayDraw(): boolean {
    return this.allowed;
  }

  select(id: string | null): void {
    this.selectedId = id;
    this.selectedIsFresh = false;
  }

  create(rect: Rect): void {
    this.shapes.push({ id: `new${this.shapes.length}`, label: "car", ...rect });
  }

  change(id: string, rect: Rect): void {
    this.shapes = this.shapes.map((box) => (box.id === id ? { ...box, ...rect } : box));
  }

  previewChanged(): void {}
}

let host: Surroundings;
let tool: RectangleTool;

beforeEach(() => {
  host = new Surroundings();
  tool = new RectangleTool(host);
});

const plain = { pixelSize: 1, shift: false };

function drag(x1: number, y1: number, x2: number, y2: number, modifiers = plain): void {
  tool.down({ x: x1, y: y1 }, modifiers);
  tool.move({ x: (x1 + x2) / 2, y: (y1 + y2) / 2 }, modifiers);
  tool.up({ x: x2, y: y2 }, modifiers);
}

function click(x: number, y: number): void {
  tool.down({ x, y }, plain);
  tool.up({ x, y }, plain);
}

function given(...boxes: [string, number, number, number, number][]): void {
  host.shapes = boxes.map(([id, left, top, width, height]) => ({ id, label: "car", left, top, width, height }));
}

function rects(): number[][] {
  return host.shapes.map(({ left, top, width, height }) => [left, top, width, height]);
}

describe("drawing", () => {
  test("a drag draws a box, in any direction, cut to the image", () => {
    drag(100, 50, 40, 20);
    drag(630, 470, 700, 500);
    expect(rects()).toEqual([
      [40, 20, 60, 30],
      [630, 470, 10, 10],
    ]);
  });

  test("a drag may begin next to the image, but not far from it", () => {
    drag(-10, -10, 30, 30);
    drag(-100, -100, 30, 30);
    expect(rects()).toEqual([[0, 0, 30, 30]]);
  });

  test("the preview follows the pointer and is gone afterwards", () => {
    tool.down({ x: 10, y: 10 }, plain);
    tool.move({ x: 11, y: 11 }, plain);
    expect(tool.preview).toBeNull();
    tool.move({ x: 20, y: 30 }, plain);
    expect(tool.preview).toEqual({ kind: "new", rect: { left: 10, top: 10, width: 10, height: 20 } });
    tool.up({ x: 20, y: 30 }, plain);
    expect(tool.preview).toBeNull();
  });

  test("a slightly moving click draws nothing, at any zoom", () => {
    drag(10, 10, 12, 11);
    drag(10, 10, 10.2, 10.1, { pixelSize: 0.1, shift: false });
    expect(host.shapes).toEqual([]);
  });

  test("cancelling abandons the box, and the rest of the drag does nothing", () => {
    tool.down({ x: 10, y: 10 }, plain);
    tool.move({ x: 50, y: 50 }, plain);
    expect(tool.cancel()).toBe(true);
    tool.move({ x: 60, y: 60 }, plain);
    tool.up({ x: 60, y: 60 }, plain);
    expect(host.shapes).toEqual([]);
    expect(tool.cancel()).toBe(false);
  });

  test("where drawing is not possible a drag does nothing", () => {
    host.allowed = false;
    drag(10, 10, 50, 50);
    expect(host.shapes).toEqual([]);
  });

  test("a drag inside a box that is not selected draws another one inside it", () => {
    given(["a", 0, 0, 200, 200]);
    drag(50, 50, 100, 100);
    expect(rects()).toEqual([
      [0, 0, 200, 200],
      [50, 50, 50, 50],
    ]);
  });

  test("a drag inside the box just drawn draws, its handles resize", () => {
    given(["a", 0, 0, 200, 200]);
    host.selectedId = "a";
    host.selectedIsFresh = true;
    expect(tool.cursor({ x: 100, y: 100 }, plain)).toBe("crosshair");
    drag(50, 50, 100, 100);
    expect(host.shapes.length).toBe(2);
    host.selectedId = "a";
    host.selectedIsFresh = true;
    drag(200, 200, 210, 220);
    expect(rects()[0]).toEqual([0, 0, 210, 220]);
  });

  test("Shift draws inside the selected box", () => {
    given(["a", 0, 0, 200, 200]);
    host.selectedId = "a";
    drag(50, 50, 100, 100, { pixelSize: 1, shift: true });
    expect(rects()[1]).toEqual([50, 50, 50, 50]);
  });
});

describe("selecting", () => {
  test("a click selects the smallest box there, the next click the one below, a click outside none", () => {
    given(["outer", 0, 0, 200, 200], ["inner", 50, 50, 20, 20]);
    click(60, 60);
    expect(host.selectedId).toBe("inner");
    click(60, 60);
    expect(host.selectedId).toBe("outer");
    click(60, 60);
    expect(host.selectedId).toBe("inner");
    click(400, 400);
    expect(host.selectedId).toBeNull();
  });
});

describe("moving and resizing", () => {
  test("a drag inside the selected box moves it, up to the edges", () => {
    given(["a", 100, 100, 50, 40]);
    host.selectedId = "a";
    expect(tool.cursor({ x: 120, y: 120 }, plain)).toBe("move");
    drag(120, 120, 130, 115);
    expect(rects()).toEqual([[110, 95, 50, 40]]);
    drag(120, 110, -500, 110);
    expect(rects()).toEqual([[0, 95, 50, 40]]);
  });

  test.each([
    ["nw", 100, 100, [110, 105, 40, 35], "nwse-resize"],
    ["n", 125, 100, [100, 105, 50, 35], "ns-resize"],
    ["ne", 150, 100, [100, 105, 60, 35], "nesw-resize"],
    ["e", 150, 120, [100, 100, 60, 40], "ew-resize"],
    ["se", 150, 140, [100, 100, 60, 45], "nwse-resize"],
    ["s", 125, 140, [100, 100, 50, 45], "ns-resize"],
    ["sw", 100, 140, [110, 100, 40, 45], "nesw-resize"],
    ["w", 100, 120, [110, 100, 40, 40], "ew-resize"],
  ] as const)("handle %s resizes", (_handle, x, y, expected, cursor) => {
    given(["a", 100, 100, 50, 40]);
    host.selectedId = "a";
    expect(tool.cursor({ x, y }, plain)).toBe(cursor);
    drag(x, y, x + 10, y + 5);
    expect(rects()).toEqual([expected]);
  });

  test("an edge keeps its distance from the pointer that grabbed it", () => {
    given(["a", 100, 100, 50, 40]);
    host.selectedId = "a";
    drag(153, 120, 163, 120);
    expect(rects()).toEqual([[100, 100, 60, 40]]);
  });

  test("in select mode a drag moves any box and draws nothing outside them", () => {
    host.mode = "select";
    given(["a", 100, 100, 50, 40]);
    drag(110, 110, 115, 115);
    drag(300, 300, 350, 350);
    expect(rects()).toEqual([[105, 105, 50, 40]]);
    expect(tool.showsGuides({ x: 300, y: 300 }, plain)).toBe(false);
  });

  test("cancelling a move leaves the box where it was", () => {
    given(["a", 100, 100, 50, 40]);
    host.selectedId = "a";
    tool.down({ x: 120, y: 120 }, plain);
    tool.move({ x: 150, y: 150 }, plain);
    expect(tool.preview).toMatchObject({ kind: "edit", id: "a", rect: { left: 130, top: 130 } });
    tool.cancel();
    expect(rects()).toEqual([[100, 100, 50, 40]]);
  });
});
