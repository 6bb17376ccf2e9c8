/** Paths as a worker draws and changes them: the tool, the editor and its history together, without a screen. */
import { beforeEach, describe, expect, test } from "vitest";
import type { Point, Size } from "../core/geometry.js";
import { makeShape, type PathShape } from "../core/shapes.js";
import type { PointerModifiers } from "../tools/tool.js";
import { type EditorScreen, ShapeEditor } from "../workspace/editor.js";
import type { ShapeKind } from "../workspace/shape_kind.js";
import { KEYPOINTS } from "./crowd-keypoint/kind.js";
import { LINES } from "./crowd-line/kind.js";
import { POLYGONS } from "./crowd-polygon/kind.js";
import { POLYLINES } from "./crowd-polyline/kind.js";

class Screen implements EditorScreen {
  image: Size | null = { width: 640, height: 480 };
  pointer: Point | null = null;
  warnings: string[] = [];
  said: string[] = [];

  pan(): void {}
  reveal(): void {}
  update(): void {}
  selectionChanged(): void {}
  unfinishedChanged(): void {}
  refresh(): void {}
  labelChosen(): void {}
  offerUndo(): void {}
  announce(text: string): void {
    this.said.push(text);
  }
  warn(text: string): void {
    this.warnings.push(text);
  }
}

type Place = readonly [x: number, y: number];

let screen: Screen;
let editor: ShapeEditor<PathShape>;

function begin(kind: ShapeKind<PathShape>): void {
  screen = new Screen();
  editor = new ShapeEditor(kind, screen);
  editor.labels = ["Car", "Van", "Person"];
}

const plain: PointerModifiers = { pixelSize: 1, shift: false };
const shift = { ...plain, shift: true };
const finger = { ...plain, touch: true };

function drag(places: readonly Place[], modifiers = plain): void {
  const points = places.map(([x, y]) => ({ x, y }));
  const [first, last] = [points[0] as Point, points.at(-1) as Point];
  editor.tool.hover(first, modifiers);
  editor.tool.down(first, modifiers);
  for (const point of points.slice(1)) editor.tool.move(point, modifiers);
  editor.tool.up(last, modifiers);
}

function click(x: number, y: number, modifiers = plain): void {
  drag([[x, y]], modifiers);
}

function press(key: string, { shiftKey = false } = {}): boolean {
  if (editor.tool.handleKey({ key, shift: shiftKey, control: false, alt: false })) return true;
  const name = `${shiftKey ? "Shift+" : ""}${key.toUpperCase()}`;
  return editor.tool.actions.find(({ keys }) => keys.includes(name))?.run() ?? false;
}

/** The points of all shapes. */
function drawn(): Place[][] {
  return editor.store.shapes.map(({ vertices }) => vertices.map(({ x, y }): Place => [x, y]));
}

function given(...paths: Place[][]): PathShape[] {
  const shapes = paths.map((path) => makeShape<PathShape>("Car", { vertices: path.map(([x, y]) => ({ x, y })) }));
  editor.store.load(shapes);
  return shapes;
}

function markKinds(): string[] {
  return editor.tool.marks.map(({ kind }) => kind);
}

const SQUARE: Place[] = [[100, 100], [200, 100], [200, 200], [100, 200]];

describe("a polygon", () => {
  beforeEach(() => begin(POLYGONS));

  test("is closed by a click on its first point, a click on its last one, or Enter", () => {
    for (const point of SQUARE) click(...point);
    click(103, 97);
    for (const [x, y] of SQUARE) click(x + 200, y);
    click(300, 200);
    for (const [x, y] of SQUARE) click(x, y + 200);
    expect(press("Enter")).toBe(true);
    expect(drawn()).toEqual([SQUARE, SQUARE.map(([x, y]) => [x + 200, y]), SQUARE.map(([x, y]) => [x, y + 200])]);
  });

  test("needs three points, and says so", () => {
    click(100, 100);
    click(200, 100);
    click(200, 100);
    press("Enter");
    expect(screen.warnings).toEqual(["This shape needs at least 3 points.", "This shape needs at least 3 points."]);
    expect(editor.tool.isUnfinished).toBe(true);
  });

  test("may not cross itself: the click is refused and shown, also that of the last edge", () => {
    for (const point of SQUARE) click(...point);
    editor.tool.hover({ x: 150, y: 50 }, plain);
    expect(markKinds()).toContain("refused");
    click(150, 50);
    expect(markKinds()).toContain("refused");
    expect(screen.warnings).toHaveLength(1);
    press("Enter");
    expect(drawn()).toEqual([SQUARE]);

    const spiral: Place[] = [[300, 100], [400, 100], [400, 200], [300, 200], [300, 140], [360, 140], [360, 160]];
    for (const point of spiral) click(...point);
    press("Enter");
    expect(screen.warnings.at(-1)).toBe("The last edge, back to the first point, would cross another one.");
    click(300, 100);
    expect([screen.warnings.length, drawn().length]).toEqual([3, 1]);
    editor.undo();
    press("Enter");
    expect(drawn()[1]).toEqual(spiral.slice(0, 6));
  });

  test("begins inside another one, and next to it on its border", () => {
    given(SQUARE);
    click(130, 130);
    click(170, 130);
    click(150, 170);
    press("Enter");
    expect(drawn()[1]).toEqual([[130, 130], [170, 130], [150, 170]]);
    editor.selection.select(null);
    click(206, 150);
    click(300, 150);
    click(203, 203);
    press("Enter");
    expect(drawn()[2]).toEqual([[200, 150], [300, 150], [200, 200]]);
  });

  test("snaps to points before edges, and to the edge of the image, unless that is switched off or Shift is held", () => {
    given(SQUARE);
    click(205, 95);
    click(300, 3);
    editor.tool.hover({ x: 637, y: 40 }, plain);
    expect(markKinds()).toContain("snap");
    click(637, 40);
    click(400, 230, shift);
    press("Enter");
    expect(drawn()[1]).toEqual([[200, 100], [300, 0], [640, 40], [425, 255]]);
    editor.selection.select(null);
    editor.tool.options.find(({ id }) => id === "snap")?.set(false);
    click(95, 205);
    click(20, 300);
    click(3, 250);
    press("Enter");
    expect(drawn()[2]).toEqual([[95, 205], [20, 300], [3, 250]]);
  });

  test("is taken back point by point, and comes back after Escape; then the finished ones are undone", () => {
    given(SQUARE);
    const steps = (): number => editor.tool.marks.filter(({ kind }) => kind === "point" || kind === "target").length;
    click(300, 300);
    click(400, 300);
    click(400, 400);
    editor.undo();
    expect(steps()).toBe(2);
    editor.redo();
    expect(steps()).toBe(3);
    editor.removeSelected();
    expect(steps()).toBe(2);
    editor.cancel();
    expect([steps(), editor.canUndo]).toEqual([0, true]);
    editor.undo();
    expect(steps()).toBe(2);
    click(400, 400);
    press("Enter");
    expect(drawn()).toHaveLength(2);
    editor.undo();
    expect(drawn()).toHaveLength(1);
    editor.redo();
    expect([drawn().length, editor.tool.isUnfinished]).toEqual([2, false]);
    // A dropped one does not come back in place of a later change.
    click(300, 50);
    editor.cancel();
    editor.removeAll(editor.store.shapes.slice(0, 1));
    editor.undo();
    expect([drawn().length, editor.tool.isUnfinished]).toEqual([2, false]);
  });

  test("stays unfinished while the image is moved, and a pinch takes nothing away", () => {
    click(300, 300);
    editor.setMode("pan");
    editor.setMode("draw");
    editor.tool.down({ x: 350, y: 300 }, finger);
    editor.tool.abandon();
    click(400, 300, finger);
    click(400, 400, finger);
    click(310, 310, finger);
    expect(drawn()).toEqual([[[300, 300], [400, 300], [400, 400]]]);
  });

  test("follows the border of its neighbour with Alt, also back to its first point", () => {
    given(SQUARE);
    const alt = { ...plain, alt: true };
    click(150, 94);
    click(300, 50);
    click(206, 150);
    editor.tool.hover({ x: 151, y: 101 }, alt);
    expect(editor.tool.marks.filter(({ kind }) => kind === "rubber")).toHaveLength(2);
    click(150, 100, alt);
    expect(drawn()[1]).toEqual([[150, 100], [300, 50], [200, 150], [200, 100]]);
    editor.selection.select(null);
    click(94, 120);
    click(94, 280);
    click(300, 280);
    click(206, 180);
    click(100, 190, alt);
    press("Enter");
    expect(drawn()[2]).toEqual([[100, 120], [94, 280], [300, 280], [200, 180], [200, 200], [100, 200], [100, 190]]);
  });

  test("that is unfinished is kept in a draft", () => {
    for (const point of SQUARE) click(...point);
    const saved: unknown = JSON.parse(JSON.stringify(editor.tool.saveUnfinished()));
    begin(POLYGONS);
    expect(editor.tool.saveUnfinished()).toBeNull();
    for (const wrong of [undefined, null, 7, { points: [[1, 2]] }, { points: [] }]) editor.tool.restoreUnfinished(wrong);
    expect(editor.tool.isUnfinished).toBe(false);
    editor.tool.restoreUnfinished(saved);
    press("Enter");
    expect(drawn()).toEqual([SQUARE]);
  });

  test("that is selected gets points on its edges, and moves with its points and as a whole", () => {
    given(SQUARE);
    click(150, 102);
    drag([[150, 100], [150, 80], [150, 60]]);
    expect(drawn()).toEqual([[[100, 100], [150, 60], [200, 100], [200, 200], [100, 200]]]);
    click(200, 130);
    expect(drawn()[0]).toContainEqual([200, 130]);
    drag([[101, 201], [91, 221]]);
    expect(drawn()[0]?.at(-1)).toEqual([90, 220]);
    click(200, 130, { ...plain, alt: true });
    expect(drawn()[0]).toHaveLength(5);
    drag([[150, 150], [140, 160]]);
    expect(drawn()[0]?.[0]).toEqual([90, 110]);
    for (let step = 0; step < 5; step += 1) editor.undo();
    expect(drawn()).toEqual([SQUARE]);
  });

  test("keeps its points where a change would make edges cross", () => {
    given([[100, 100], [200, 100], [200, 200], [150, 110], [100, 200]]);
    click(130, 100);
    drag([[150, 110], [150, 60]]);
    expect(screen.warnings).toHaveLength(1);
    editor.tool.down({ x: 150, y: 110 }, plain);
    editor.tool.move({ x: 150, y: 60 }, plain);
    expect(markKinds().filter((kind) => kind === "refused")).toHaveLength(2);
    editor.tool.abandon();
    expect(drawn()[0]?.[3]).toEqual([150, 110]);
    // Without its upper right corner, the edge would pass below the notch.
    click(200, 100, { ...plain, alt: true });
    expect([screen.warnings.length, drawn()[0]?.length]).toEqual([2, 5]);
  });

  test("that crosses itself in the initial value can be mended", () => {
    given([[100, 100], [200, 200], [200, 100], [100, 200]]);
    click(150, 150);
    drag([[100, 200], [180, 60]]);
    expect(drawn()[0]?.[3]).toEqual([180, 60]);
    expect(screen.warnings).toEqual([]);
  });

  test("is changed by keys: its points are chosen, moved, added and deleted", () => {
    const [shape] = given(SQUARE);
    editor.selection.select(shape?.id ?? null);
    expect(press("ArrowRight")).toBe(false);
    press("p");
    press("P", { shiftKey: true });
    expect(screen.said.at(-1)).toBe("Point 4 of 4 at 100, 200");
    press("ArrowLeft");
    press("ArrowDown", { shiftKey: true });
    expect(drawn()[0]?.[3]).toEqual([99, 210]);
    press("i");
    expect(drawn()[0]?.[4]).toEqual([100, 155]);
    editor.removeSelected();
    editor.removeSelected();
    editor.removeSelected();
    expect(screen.warnings.at(-1)).toContain("at least 3 points");
    editor.cancel();
    editor.removeSelected();
    expect(drawn()).toEqual([]);
  });

  test("has the numbers of its chosen point; a number that makes edges cross is refused", () => {
    const [shape] = given(SQUARE);
    editor.selection.select(shape?.id ?? null);
    const numbers = () => editor.tool.numbers(editor.selection.shape as PathShape);
    expect(numbers()?.fields).toEqual([]);
    press("p");
    press("p");
    expect(numbers()?.caption).toBe("Point 2 of 4");
    expect(numbers()?.fields.map(({ value, high }) => [value, high])).toEqual([[200, 640], [100, 480]]);
    numbers()?.fields[0]?.set(250);
    expect(drawn()[0]?.[1]).toEqual([250, 100]);
    numbers()?.fields[1]?.set(300);
    expect(drawn()[0]?.[1]).toEqual([250, 100]);
    expect(screen.warnings.at(-1)).toContain("may not cross");
  });

  test("that was just drawn leaves its border to the next one, but its points can be placed again", () => {
    for (const point of SQUARE) click(...point);
    press("Enter");
    drag([[200, 200], [220, 230]]);
    click(220, 230);
    click(300, 230);
    click(300, 120);
    click(200, 100);
    press("Enter");
    expect(drawn()).toEqual([
      [[100, 100], [200, 100], [220, 230], [100, 200]],
      [[220, 230], [300, 230], [300, 120], [200, 100]],
    ]);
  });

  test("is drawn by hand in one drag, passes its start, and goes on from points that were clicked", () => {
    editor.tool.options.find(({ id }) => id === "freehand")?.set(true);
    const circle = Array.from({ length: 80 }, (_, step): Place => {
      const angle = (step / 76) * 2 * Math.PI;
      return [300 + 100 * Math.cos(angle), 240 + 100 * Math.sin(angle)];
    });
    drag(circle);
    const [ring] = drawn();
    expect(ring?.length).toBeGreaterThan(15);
    expect(ring?.length).toBeLessThan(45);
    expect(editor.store.shapes[0] && POLYGONS.row.size(editor.store.shapes[0])).toMatch(/^31\d{3} px²$/);
    drag([[10, 10], [10.4, 14], [10, 10]]);
    expect(drawn()).toHaveLength(1);
    click(500, 50);
    drag([[550, 50], [560, 80], [550, 110]]);
    expect(editor.tool.isUnfinished).toBe(true);
    press("Enter");
    expect(drawn()[1]).toEqual([[500, 50], [550, 50], [560, 80], [550, 110]]);
  });

  test("is selected by a click on its border, and by one inside in select mode, the smallest first", () => {
    const [outer, inner] = given(SQUARE, [[120, 120], [180, 120], [180, 180], [120, 180]]);
    click(150, 98);
    expect(editor.selection.id).toBe(outer?.id);
    editor.selection.select(null);
    editor.setMode("select");
    click(150, 150);
    expect(editor.selection.id).toBe(inner?.id);
    click(150, 150);
    expect(editor.selection.id).toBe(outer?.id);
    click(400, 400);
    expect(editor.selection.id).toBeNull();
    drag([[150, 150], [160, 400]]);
    expect(drawn()[1]?.[0]).toEqual([130, 370]);
  });
});

describe("other paths", () => {
  test("a polyline may cross itself, and its ends stay apart", () => {
    begin(POLYLINES);
    for (const point of [[100, 100], [200, 200], [200, 100], [100, 200], [101, 101]] as Place[]) click(...point);
    press("Enter");
    expect(drawn()).toEqual([[[100, 100], [200, 200], [200, 100], [100, 200], [101, 101]]]);
  });

  test("a line is a drag or two clicks, and gets no third point", () => {
    begin(LINES);
    drag([[100, 100], [150, 120], [300, 140]]);
    click(400, 100);
    click(500, 160, shift);
    editor.tool.down({ x: 50, y: 300 }, shift);
    editor.tool.move({ x: 150, y: 310 }, shift);
    expect(editor.tool.preview).toEqual({ kind: "new", geometry: { vertices: [{ x: 50, y: 300 }, { x: 150, y: 300 }] } });
    editor.tool.up({ x: 150, y: 310 }, shift);
    expect(drawn()).toEqual([[[100, 100], [300, 140]], [[400, 100], [480, 180]], [[50, 300], [150, 300]]]);
    click(200, 121);
    click(200, 121);
    drag([[200, 120], [210, 130]]);
    expect(drawn()[0]).toEqual([[110, 110], [310, 150]]);
  });

  test("the numbers of a line are those of both ends, of a key point those of its pixel", () => {
    begin(LINES);
    drag([[100, 100], [300, 140]]);
    const fields = () => editor.tool.numbers(editor.store.shapes[0] as PathShape)?.fields ?? [];
    expect(fields().map(({ name, value }) => `${name} ${value}`)).toEqual(["From X 100", "From Y 100", "To X 300", "To Y 140"]);
    fields()[3]?.set(150);
    expect(drawn()).toEqual([[[100, 100], [300, 150]]]);
    begin(KEYPOINTS);
    click(10, 20);
    expect(fields().map(({ name, high }) => [name, high])).toEqual([["X", 639], ["Y", 479]]);
  });

  test("a key point is a pixel inside the image; a drag places it, and moves one that is there", () => {
    begin(KEYPOINTS);
    drag([[100, 100], [120, 90]]);
    click(645, 485);
    drag([[121, 91], [141, 191]]);
    expect(drawn()).toEqual([[[140, 190]], [[639, 479]]]);
  });

  test("the label goes on to one that is not used yet, when the worker has switched it on", () => {
    begin(KEYPOINTS);
    click(10, 10);
    expect(editor.chosenLabel).toBe("Car");
    editor.tool.options[0]?.set(true);
    editor.chooseLabel("Person");
    click(50, 50);
    expect(editor.chosenLabel).toBe("Van");
    click(90, 90);
    expect(editor.chosenLabel).toBe("Van");
    expect(editor.store.shapes.map(({ label }) => label)).toEqual(["Car", "Person", "Van"]);
  });
});
