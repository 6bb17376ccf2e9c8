import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Point } from "../../core/geometry.js";
import type { Pixels } from "../../core/raster/grid.js";
import { maskDifferences } from "../../core/raster/mask_differences.js";
import type { MaskShape } from "../../core/raster/paint.js";
import type { Rect } from "../../core/shapes.js";
import { History } from "../../core/history.js";
import { ShapeStore } from "../../core/store.js";
import type { DrawingMode, PointerModifiers, ToolHost } from "../tool.js";
import type { FindObject, Found, Pointing } from "./assistant.js";
import { type MaskRules, MaskTool } from "./mask_tool.js";

const MOUSE: PointerModifiers = { pixelSize: 1, shift: false };

/** A workspace with its store, and what the tool said to the worker. */
class Workspace {
  readonly store = new ShapeStore<MaskShape>();
  readonly warnings: string[] = [];
  label = "Car";
  mode: DrawingMode = "draw";
  selectedId: string | null = null;
  locked = new Set<string>();

  host(): ToolHost<MaskShape> {
    const workspace = this;
    const nothing = (): void => {};
    return {
      image: { width: 400, height: 300 },
      get mode() { return workspace.mode; },
      get label() { return workspace.label; },
      get all() { return workspace.store.shapes; },
      get seen() { return workspace.store.shapes; },
      get shapes() { return workspace.store.shapes.filter(({ label }) => !workspace.locked.has(label)); },
      get selected() { return workspace.store.get(workspace.selectedId); },
      selectedIsFresh: false,
      mayDraw: () => true,
      select: (id) => (workspace.selectedId = id),
      draw: () => (workspace.mode = "draw"),
      create: nothing,
      tooSmall: nothing,
      change: nothing,
      edit: (edit) => workspace.store.edit(edit),
      warn: (text) => workspace.warnings.push(text),
      announce: nothing,
      previewChanged: nothing,
      stepsChanged: nothing,
      chooseUnusedLabel: nothing,
    };
  }

  get areas(): [string, number][] {
    return this.store.shapes.map(({ label, raster }) => [label, raster.area]);
  }
}

let workspace: Workspace;

beforeEach(() => {
  workspace = new Workspace();
});

function toolFor(perObject: boolean, changes: Partial<MaskRules> = {}): MaskTool {
  const tool = new MaskTool(workspace.host(), {
    perObject,
    visible: { left: 0, top: 0, width: 400, height: 300 },
    obstacle: null,
    pixels: () => Promise.reject(new Error("no image")),
    findObject: () => Promise.reject(new Error("no assistant")),
    askModel: null,
    colourOfNew: () => undefined,
    settingsChanged: () => {},
    ...changes,
  });
  tool.set({ tool: "box" });
  return tool;
}

function drag(tool: MaskTool, from: Point, to: Point, modifiers: PointerModifiers = MOUSE): void {
  tool.down(from, modifiers);
  tool.move(to, modifiers);
  tool.up(to, modifiers);
}

test("all pixels of a label are one region, and a selected region is painted whatever the label", () => {
  const tool = toolFor(false);
  drag(tool, { x: 0, y: 0 }, { x: 10, y: 10 });
  drag(tool, { x: 20, y: 0 }, { x: 30, y: 10 });
  workspace.label = "Road";
  drag(tool, { x: 40, y: 0 }, { x: 50, y: 10 });
  workspace.selectedId = workspace.store.shapes[0]?.id ?? null;
  drag(tool, { x: 60, y: 0 }, { x: 70, y: 10 });
  expect(workspace.areas).toEqual([["Car", 300], ["Road", 100]]);
});

test("an object is painted on until the next one is begun or another label is chosen", () => {
  const tool = toolFor(true);
  drag(tool, { x: 0, y: 0 }, { x: 10, y: 10 });
  drag(tool, { x: 20, y: 0 }, { x: 30, y: 10 });
  tool.beginObject();
  drag(tool, { x: 40, y: 0 }, { x: 50, y: 10 });
  workspace.label = "Road";
  drag(tool, { x: 60, y: 0 }, { x: 70, y: 10 });
  expect(workspace.areas).toEqual([["Car", 200], ["Car", 100], ["Road", 100]]);
});

test("Alt erases with every tool, and locked regions keep their pixels", () => {
  const tool = toolFor(false);
  drag(tool, { x: 0, y: 0 }, { x: 100, y: 10 });
  workspace.label = "Road";
  workspace.locked.add("Car");
  drag(tool, { x: 50, y: 0 }, { x: 150, y: 10 });
  drag(tool, { x: 0, y: 0 }, { x: 120, y: 10 }, { ...MOUSE, alt: true });
  expect(workspace.areas).toEqual([["Car", 1000], ["Road", 300]]);
  workspace.label = "Car";
  drag(tool, { x: 0, y: 0 }, { x: 120, y: 100 });
  expect(workspace.warnings).toEqual(["Car is hidden or locked. Show or unlock it to paint it."]);
});

test("nothing is painted while the mask to correct is loading", () => {
  const tool = toolFor(false, { obstacle: "The mask to correct is still loading." });
  drag(tool, { x: 0, y: 0 }, { x: 10, y: 10 });
  expect([workspace.areas, workspace.warnings]).toEqual([[], ["The mask to correct is still loading."]]);
});

test("a cancelled stroke leaves nothing, and a press with Shift goes on in a straight line", () => {
  const tool = toolFor(false);
  tool.set({ tool: "brush", diameter: 1 });
  tool.down({ x: 10.5, y: 10.5 }, MOUSE);
  tool.move({ x: 30.5, y: 10.5 }, MOUSE);
  expect(tool.cancel()).toBe(true);
  tool.up({ x: 30.5, y: 10.5 }, MOUSE);
  expect(workspace.areas).toEqual([]);
  drag(tool, { x: 10.5, y: 20.5 }, { x: 12.5, y: 20.5 });
  drag(tool, { x: 32.5, y: 20.5 }, { x: 32.5, y: 20.5 }, { ...MOUSE, shift: true });
  expect(workspace.areas).toEqual([["Car", 23]]);
});

test("the pressure of a pen sets the size of the brush, if the worker wants that", () => {
  const tool = toolFor(true);
  tool.set({ tool: "brush", diameter: 20 });
  const dab = (pressure?: number): number => {
    tool.beginObject();
    drag(tool, { x: 100, y: 100 }, { x: 100, y: 100 }, { ...MOUSE, pressure });
    return workspace.store.shapes.at(-1)?.raster.bounds.width ?? 0;
  };
  expect(tool.hasPen).toBe(false);
  expect(dab(1)).toBe(20);
  expect(tool.hasPen).toBe(true);
  tool.set({ pressure: true });
  expect([dab(1), dab(0.5), dab(0.01), dab()]).toEqual([40, 20, 4, 20]);
});

test("strokes of the brush, a box and the eraser are undone and done again in their order", () => {
  const history = new History(workspace.store);
  const tool = toolFor(false);
  const steps: [string, number][][] = [];
  const keep = (): number => steps.push(workspace.areas);
  keep();
  drag(tool, { x: 0, y: 0 }, { x: 100, y: 10 });
  keep();
  tool.set({ tool: "brush", diameter: 10 });
  drag(tool, { x: 50, y: 50 }, { x: 90, y: 50 });
  keep();
  tool.set({ tool: "eraser" });
  drag(tool, { x: 50, y: 50 }, { x: 50, y: 50 });
  keep();
  workspace.label = "Road";
  tool.set({ tool: "box" });
  drag(tool, { x: 0, y: 0 }, { x: 10, y: 10 });
  keep();
  for (const step of [...steps].reverse().slice(1)) {
    history.undo();
    expect(workspace.areas).toEqual(step);
  }
  for (const step of steps.slice(1)) {
    history.redo();
    expect(workspace.areas).toEqual(step);
  }
});

test("the difference to a mask is what each label has got and lost", () => {
  const tool = toolFor(false);
  drag(tool, { x: 0, y: 0 }, { x: 10, y: 10 });
  const before = workspace.store.shapes;
  workspace.label = "Road";
  drag(tool, { x: 5, y: 0 }, { x: 15, y: 10 });
  const { added, removed } = maskDifferences(before, workspace.store.shapes);
  expect(added.map(({ label, raster }) => [label, raster.area])).toEqual([["Road", 100]]);
  expect(removed.map(({ label, raster }) => [label, raster.area])).toEqual([["Car", 50]]);
});

describe("the assistant", () => {
  const image = (rect: Rect): Promise<Pixels> => Promise.resolve({ rect, size: rect, data: new Uint8ClampedArray(4 * rect.width * rect.height) });
  /** By colours, everything in the box. */
  const findObject: FindObject = ({ pixels: { size }, box }) =>
    Promise.resolve(new Uint8Array(size.width * size.height).map((_, at) => Number(at % size.width >= box.left && at % size.width < box.left + box.width)));
  /** The model: the upper half of four pixels, each of which is 50 x 50 of the image. */
  const asked: Pointing[] = [];
  const askModel = (pointing: Pointing): Promise<Found> => {
    asked.push(pointing);
    return Promise.resolve({ mask: Uint8Array.of(1, 1, 0, 0), part: { rect: { left: 100, top: 100, width: 100, height: 100 }, size: { width: 2, height: 2 } } });
  };
  const proposed = async (tool: MaskTool): Promise<void> => vi.waitFor(() => expect(tool.assistant.isBusy).toBe(false));

  test("asks the model for the object in the box, then with what the worker has brushed", async () => {
    asked.length = 0;
    const tool = toolFor(false, { pixels: image, findObject, askModel });
    tool.set({ tool: "assistant" });
    drag(tool, { x: 110, y: 110 }, { x: 190, y: 190 });
    await proposed(tool);
    drag(tool, { x: 120, y: 150 }, { x: 140, y: 150 }, { ...MOUSE, alt: true });
    await proposed(tool);
    tool.assistant.accept();
    expect(asked.map(({ box, hints }) => [box.left, box.width, hints.map(({ isObject }) => isObject)])).toEqual([[110, 80, []], [110, 80, [false, false]]]);
    expect(workspace.areas).toEqual([["Car", 5000]]);
    expect(workspace.warnings).toEqual([]);
  });

  test("goes on with the colours of the image, and says so, when the model gives no answer", async () => {
    const tool = toolFor(false, { pixels: image, findObject, askModel: () => Promise.reject(new Error("away")) });
    tool.set({ tool: "assistant" });
    drag(tool, { x: 110, y: 110 }, { x: 190, y: 190 });
    await proposed(tool);
    tool.assistant.accept();
    expect(workspace.areas[0]?.[1]).toBeGreaterThan(6000);
    expect(workspace.warnings).toEqual(["The model gave no proposal. This one is made from the colours of the image."]);
  });

  test("does not ask a model that the worker has switched off", async () => {
    asked.length = 0;
    const tool = toolFor(false, { pixels: image, findObject, askModel });
    tool.set({ tool: "assistant", useModel: false });
    drag(tool, { x: 110, y: 110 }, { x: 190, y: 190 });
    await proposed(tool);
    expect([asked, tool.assistant.hasProposal]).toEqual([[], true]);
  });
});

test("the keys for the size of the brush change the tolerance of the fill", () => {
  const tool = toolFor(false);
  const press = (key: string): boolean | undefined => tool.actions.find(({ keys }) => keys.includes(key))?.run();
  tool.set({ tool: "brush" });
  const { diameter, tolerance } = tool.settings;
  expect([press("]"), tool.settings.diameter > diameter, tool.settings.tolerance]).toEqual([true, true, tolerance]);
  tool.set({ tool: "fill", tolerance: 127 });
  press("]");
  expect([tool.wheel(1), tool.settings.tolerance]).toEqual([true, 128]);
  press("[");
  expect(tool.settings.tolerance).toBe(126);
  tool.set({ tool: "box" });
  expect(press("]")).toBe(false);
});
