import { beforeEach, expect, test } from "vitest";
import type { Point, Size, View } from "../core/geometry.js";
import type { BoxShape, PathShape, Rect, Shape } from "../core/shapes.js";
import { POLYGON_RULES } from "../tools/path_rules.js";
import { PathTool } from "../tools/path.js";
import { RectangleTool } from "../tools/rectangle.js";
import type { DrawingTool, ToolHost } from "../tools/tool.js";
import { type EditorScreen, ShapeEditor } from "./editor.js";
import { type CursorScreen, KeyboardCursor } from "./keyboard_cursor.js";
import type { ShapeKind } from "./shape_kind.js";

const IMAGE: Size = { width: 640, height: 480 };
let said: string[];
let revealed: Rect[];
let view: View;

const screen: EditorScreen & CursorScreen = {
  image: IMAGE,
  pointer: null,
  middle: { x: 320.4, y: 240 },
  get view() {
    return view;
  },
  pan: () => {},
  update: () => {},
  selectionChanged: () => {},
  unfinishedChanged: () => {},
  refresh: () => {},
  labelChosen: () => {},
  warn: () => {},
  offerUndo: () => {},
  announce: (text: string) => said.push(text),
  reveal: (rect: Rect) => revealed.push(rect),
};

beforeEach(() => {
  said = [];
  revealed = [];
  view = { scale: 1, x: 0, y: 0 };
});

function begin<S extends Shape>(createTool: (host: ToolHost<S>) => DrawingTool<S>) {
  const row = { size: () => "", spokenSize: () => "", spokenPlace: () => "" };
  const kind = { name: "shape", nouns: { one: "shape", many: "shapes" }, row, createTool } as unknown as ShapeKind<S>;
  const editor = new ShapeEditor<S>(kind, screen);
  editor.labels = ["Car"];
  const cursor = new KeyboardCursor<S>(editor.tool, screen);
  cursor.toggle();
  return { editor, cursor, press: (...keys: string[]) => keys.map((name) => pressKey(cursor, name)) };
}

function pressKey<S extends Shape>(cursor: KeyboardCursor<S>, name: string): boolean {
  const parts = name.split("+");
  const key = parts.at(-1) as string;
  return cursor.handleKey({ key: key === "Space" ? " " : key, shift: parts.includes("Shift"), control: false, alt: parts.includes("Alt") });
}

test("a box is drawn by a press, arrow keys and another press; Escape ends the drag, then the cursor", () => {
  const { editor, cursor, press } = begin<BoxShape>((host) => new RectangleTool(host));
  expect(cursor.position).toEqual({ x: 320, y: 240 });
  press("Space", "Shift+ArrowRight", "ArrowRight", "Alt+ArrowDown", "Shift+ArrowDown", "Enter");
  expect(editor.store.shapes[0]).toMatchObject({ left: 320, top: 240, width: 60, height: 51 });
  press("Space", "Shift+ArrowLeft", "Escape");
  expect([editor.store.shapes.length, cursor.position !== null]).toEqual([1, true]);
  expect(press("Escape", "Space", "ArrowUp")).toEqual([true, false, false]);
  expect(cursor.position).toBeNull();
});

test("a polygon is drawn by a press at each point, and Enter is left to it", () => {
  const { editor, press } = begin<PathShape>((host) => new PathTool(host, POLYGON_RULES));
  press("Enter", "Shift+ArrowRight", "Space", "Shift+ArrowDown", "Space");
  expect(press("Enter", "Escape")).toEqual([false, false]);
  editor.tool.handleKey({ key: "Enter", shift: false, control: false, alt: false });
  expect(editor.store.shapes[0]?.vertices).toEqual([{ x: 320, y: 240 }, { x: 370, y: 240 }, { x: 370, y: 290 }]);
});

test("it stays inside the image, is revealed and spoken, with the shape under it", () => {
  const { cursor, press } = begin<BoxShape>((host) => new RectangleTool(host));
  press("Space", "Shift+ArrowRight", "Shift+ArrowDown", "Space", "ArrowLeft", "ArrowUp");
  expect(said.at(-1)).toBe("360, 280, on Car");
  press(...Array.from({ length: 12 }, () => "Shift+ArrowRight"));
  expect(cursor.position).toEqual({ x: 640, y: 280 });
  expect(revealed.at(-1)).toEqual({ left: 640, top: 280, width: 0, height: 0 });
});

test("an arrow key goes where it points on an image that is turned, by ten pixels of the screen", () => {
  view = { scale: 5, x: 0, y: 0, rotation: 90 };
  const { cursor, press } = begin<BoxShape>((host) => new RectangleTool(host));
  const place = (): Point | null => cursor.position;
  press("ArrowRight");
  expect(place()).toEqual({ x: 320, y: 238 });
  press("Alt+ArrowDown");
  expect(place()).toEqual({ x: 321, y: 238 });
});
