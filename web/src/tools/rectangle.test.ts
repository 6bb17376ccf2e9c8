import { beforeEach, describe, expect, test } from "vitest";
import type { BoxShape, Rect } from "../core/shapes.js";
import { RectangleTool } from "./rectangle.js";
import type { DrawingMode, PointerModifiers, ToolHost } from "./tool.js";

/** The workspace as the tool sees it, kept as plain data. */
class Surroundings implements ToolHost<BoxShape> {
  mode: DrawingMode = "draw";
  image = { width: 640, height: 480 };
  shapes: BoxShape[] = [];
  selectedId: string | null = null;
  selectedIsFresh = false;
  slips = 0;
  allowed = true;

  label = "";
  draw = (): void => {};
  get selected(): BoxShape | undefined {
    return this.shapes.find((box) => box.id === this.selectedId);
  }

  get seen(): BoxShape[] {
    return this.shapes;
  }

  get all(): BoxShape[] {
    return this.shapes;
  }

  edit(): never {
    throw new Error("the rectangle tool changes one box at a time");
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

  tooSmall(): void {
    this.slips += 1;
  }

  change(id: string, rect: Rect): void {
    this.shapes = this.shapes.map((box) => (box.id === id ? { ...box, ...rect } : box));
  }

  warn(): void {}
  chooseUnusedLabel(): void {}
  announce(): void {}
  stepsChanged(): void {}
  previewChanged(): void {}
}

let host: Surroundings;
let tool: RectangleTool;

beforeEach(() => {
  host = new Surroundings();
  tool = new RectangleTool(host);
});

const plain: PointerModifiers = { pixelSize: 1, shift: false };

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
    expect(tool.preview).toEqual({ kind: "new", geometry: { left: 10, top: 10, width: 10, height: 20 } });
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

/** Draws as the workspace does, where the new box is selected. */
function drawFresh(x1: number, y1: number, x2: number, y2: number): void {
  drag(x1, y1, x2, y2);
  host.selectedId = host.shapes.at(-1)?.id ?? null;
  host.selectedIsFresh = true;
}

describe("drawing next to the box just drawn", () => {
  test.each([
    ["the right edge", 153, 120],
    ["the bottom edge", 125, 143],
    ["the left edge", 96, 120],
    ["an edge itself", 150, 120],
    ["a corner, outside", 153, 143],
    ["the middle", 125, 120],
  ])("a drag from %s draws the next box", (_place, x, y) => {
    drawFresh(100, 100, 150, 140);
    expect(tool.cursor({ x, y }, plain)).toBe("crosshair");
    drag(x, y, x + 30, y + 30);
    expect(rects()).toEqual([[100, 100, 50, 40], [x, y, 30, 30]]);
  });

  test("a row of cells eight pixels apart is drawn one after the other", () => {
    for (let at = 0; at < 10; at += 1) drawFresh(20 + at * 18, 20, 30 + at * 18, 30);
    for (let at = 0; at < 10; at += 1) drawFresh(20, 38 + at * 18, 30, 48 + at * 18);
    expect(rects().length).toBe(20);
    expect(rects().every(([, , width, height]) => width === 10 && height === 10)).toBe(true);
  });

  test("its edges react with Ctrl and in select mode", () => {
    drawFresh(100, 100, 150, 140);
    drag(150, 120, 160, 120, { ...plain, grab: true });
    expect(rects()).toEqual([[100, 100, 60, 40]]);
    host.mode = "select";
    drag(160, 120, 170, 120);
    expect(rects()).toEqual([[100, 100, 70, 40]]);
  });
});

describe("slips", () => {
  test.each([[3, 3], [3, 100], [100, 3]])("a box of %i by %i pixels on the screen is not drawn, and the worker learns why", (width, height) => {
    drag(100, 100, 100 + width, 100 + height);
    expect([rects(), host.slips]).toEqual([[], 1]);
  });

  test("a click is no slip", () => {
    click(100, 100);
    expect([rects(), host.slips]).toEqual([[], 0]);
  });

  test("a box of four pixels on the screen is drawn: zoomed in, that is one pixel of the image", () => {
    drag(10, 10, 14, 14);
    drag(20.1, 20.1, 20.9, 20.9, { ...plain, pixelSize: 0.25 });
    expect(rects()).toEqual([[10, 10, 4, 4], [20, 20, 1, 1]]);
  });

  test("on a zoomed-out image a box of many pixels of the image can be a slip", () => {
    drag(100, 100, 130, 130, { ...plain, pixelSize: 10 });
    expect([rects(), host.slips]).toEqual([[], 1]);
  });

  test("an image that is itself that thin can be labelled", () => {
    host.image = { width: 640, height: 2 };
    drag(10, 0, 90, 2);
    expect(rects()).toEqual([[10, 0, 80, 2]]);
  });

  test("a slip keeps the selection", () => {
    given(["a", 0, 0, 50, 50]);
    host.selectedId = "a";
    drag(300, 300, 303, 303);
    expect(host.selectedId).toBe("a");
  });
});

describe("fingers", () => {
  const finger = { ...plain, touch: true };

  test("a finger that rests on a box takes hold of it, and of the selected one first", () => {
    given(["outer", 100, 100, 100, 100], ["inner", 120, 120, 20, 20]);
    tool.down({ x: 125, y: 125 }, finger);
    expect(tool.hold({ x: 125, y: 125 }, finger)).toBe(true);
    tool.up({ x: 135, y: 145 }, finger);
    expect([host.selectedId, rects()[1]]).toEqual(["inner", [130, 140, 20, 20]]);
    host.selectedId = "outer";
    tool.down({ x: 135, y: 145 }, finger);
    tool.hold({ x: 135, y: 145 }, finger);
    tool.cancel();
    expect(host.selectedId).toBe("outer");
  });

  test("a finger that rests where there is no box, or that draws already, holds nothing", () => {
    given(["a", 100, 100, 50, 50]);
    tool.down({ x: 300, y: 300 }, finger);
    expect(tool.hold({ x: 300, y: 300 }, finger)).toBe(false);
    tool.move({ x: 120, y: 120 }, finger);
    expect(tool.hold({ x: 120, y: 120 }, finger)).toBe(false);
    tool.cancel();
  });

  test("a finger drags later and reaches the handles of the selected box further than a mouse", () => {
    given(["a", 100, 100, 100, 100]);
    host.selectedId = "a";
    drag(150, 189, 150, 195, finger);
    expect(rects()).toEqual([[100, 100, 100, 100]]);
    drag(150, 189, 150, 205, finger);
    expect(rects()).toEqual([[100, 100, 100, 116]]);
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
    expect(tool.preview).toMatchObject({ kind: "edit", id: "a", geometry: { left: 130, top: 130 } });
    tool.cancel();
    expect(rects()).toEqual([[100, 100, 50, 40]]);
  });
});

describe("with two clicks", () => {
  beforeEach(() => tool.options[0]?.set(true));

  test("they set opposite corners, also inside another box, and a drag still draws", () => {
    given(["a", 100, 100, 200, 200]);
    click(150, 150);
    expect(tool.isUnfinished).toBe(true);
    tool.hover({ x: 180, y: 190 });
    expect(tool.preview).toMatchObject({ kind: "new", geometry: { left: 150, top: 150, width: 30, height: 40 } });
    click(170, 160);
    expect(tool.isUnfinished).toBe(false);
    drag(400, 10, 420, 30);
    expect(rects().slice(1)).toEqual([[150, 150, 20, 10], [400, 10, 20, 20]]);
  });

  test("a click on a border selects, and so does every click in select mode", () => {
    given(["a", 100, 100, 200, 200]);
    click(101, 150);
    expect([host.selectedId, tool.isUnfinished]).toEqual(["a", false]);
    host.selectedId = null;
    host.mode = "select";
    click(150, 150);
    expect([host.selectedId, tool.isUnfinished]).toEqual(["a", false]);
  });

  test("a double click leaves the box begun, undo and Escape drop it, and a second finger does not", () => {
    click(10, 10);
    click(11, 10);
    tool.down({ x: 60, y: 60 }, plain);
    tool.abandon();
    expect(tool.steps.undo()).toBe(true);
    expect([tool.isUnfinished, tool.steps.undo(), tool.preview, rects()]).toEqual([false, false, null, []]);
  });
});
