import { expect, test } from "vitest";
import { ShapeStore } from "../store.js";
import { RasterBuilder } from "./builder.js";
import { erased, type MaskShape, paintable, painted } from "./paint.js";
import type { Raster } from "./raster.js";

const SIZE = { width: 600, height: 400 };
const FREE = { onlyEmpty: false, isKept: (): boolean => false };

function rect(left: number, top: number, width: number, height: number): Raster {
  const builder = new RasterBuilder(SIZE);
  builder.addRect({ left, top, width, height });
  return builder.build();
}

const CAR: MaskShape = { id: "a", label: "Car", raster: rect(0, 0, 100, 100) };
const ROAD: MaskShape = { id: "b", label: "Road", raster: rect(100, 0, 100, 100) };
const SIGN: MaskShape = { id: "c", label: "Sign", raster: rect(210, 0, 10, 10) };

function areas(shapes: readonly MaskShape[]): Record<string, number> {
  return Object.fromEntries(shapes.map(({ label, raster }) => [label, raster.area]));
}

test("a region that is painted takes the pixels from the others in one step, and an emptied one goes", () => {
  const store = new ShapeStore<MaskShape>();
  store.load([CAR, ROAD, SIGN]);
  let steps = 0;
  store.subscribe(() => (steps += 1));
  store.edit(painted(rect(50, 0, 200, 50), store.shapes, CAR));
  expect(areas(store.shapes)).toEqual({ Car: 100 * 100 + 150 * 50, Road: 5000 });
  expect(steps).toBe(1);
});

test("a new region takes pixels too, and a stroke over its own pixels changes nothing", () => {
  expect(painted(rect(150, 0, 10, 10), [CAR, ROAD], null)).toEqual({
    updated: [{ ...ROAD, raster: expect.objectContaining({ size: SIZE }) as Raster }],
    removed: [],
  });
  const store = new ShapeStore<MaskShape>();
  store.load([CAR, ROAD]);
  let steps = 0;
  store.subscribe(() => (steps += 1));
  store.edit(painted(rect(0, 0, 10, 10), store.shapes, CAR));
  expect(steps).toBe(0);
});

test("the eraser takes pixels from all regions", () => {
  const { updated, removed } = erased(rect(90, 0, 200, 100), [CAR, ROAD, SIGN]);
  expect(areas(updated ?? [])).toEqual({ Car: 9000 });
  expect(removed).toEqual(["b", "c"]);
});

test("locked regions keep their pixels, and so do all others where only empty pixels are painted", () => {
  const stroke = rect(50, 0, 200, 10);
  const locked = { ...FREE, isKept: (shape: MaskShape): boolean => shape.label === "Road" };
  expect(paintable(stroke, [CAR, ROAD, SIGN], CAR, locked).area).toBe(2000 - 1000);
  expect(paintable(stroke, [CAR, ROAD, SIGN], CAR, { ...FREE, onlyEmpty: true }).area).toBe(2000 - 1000 - 100);
  expect(paintable(stroke, [CAR, ROAD, SIGN], null, FREE)).toBe(stroke);
});
