import { expect, test } from "vitest";
import { keypointFormat } from "./keypoint.js";
import { readLabelColours } from "./label_colours.js";
import { lineFormat } from "./line.js";
import { polygonFormat } from "./polygon.js";
import { polylineFormat } from "./polyline.js";

const IMAGE = { width: 100, height: 50 };
const LABELS = ["Cat", "Dog"];
const TRIANGLE = [{ x: 1, y: 2 }, { x: 30, y: 2 }, { x: 9, y: 20 }];

test.each([
  ["a list", (list: unknown[]) => list],
  ["an object with the list", (list: unknown[]) => ({ polygons: list, polylines: list, lines: list, keypoints: list })],
])("the initial value is %s for every element", (_, wrap) => {
  const paths = wrap([{ label: "Cat", vertices: TRIANGLE }]);
  expect(polygonFormat.readShapes(paths, LABELS).shapes[0]?.vertices).toEqual(TRIANGLE);
  expect(polylineFormat.readShapes(paths, LABELS).shapes[0]?.vertices).toEqual(TRIANGLE);
  const lines = wrap([{ label: "Dog", vertices: TRIANGLE.slice(1) }]);
  expect(lineFormat.readShapes(lines, LABELS).shapes[0]?.vertices).toEqual(TRIANGLE.slice(1));
  expect(keypointFormat.readShapes(wrap([{ label: "Dog", x: "7", y: 8 }]), LABELS).shapes[0]?.vertices).toEqual([{ x: 7, y: 8 }]);
});

test.each([1e308, -1e308, "1e999", NaN, Infinity, -Infinity, 2e9, "", null, {}, [[1]], true, "0x", "1;2"])("%s is no place in an image", (value) => {
  for (const format of [polygonFormat, polylineFormat, lineFormat]) {
    const vertices = [...TRIANGLE.slice(0, format === lineFormat ? 1 : 2), { x: value, y: 1 }];
    expect(format.readShapes([{ label: "Cat", vertices }], LABELS)).toMatchObject({ shapes: [], failures: [expect.stringContaining("x is not a number")] });
  }
  expect(keypointFormat.readShapes([{ label: "Cat", x: 1, y: value }], LABELS).shapes).toEqual([]);
});

test.each([-1e9, -5.5, 0, 99.5, 1e9])("a path that reaches to %s is cut to whole pixels inside the image", (far) => {
  const path = [{ x: 10, y: 10 }, { x: far, y: 20 }, { x: 20, y: far }, { x: far, y: far }];
  for (const format of [polygonFormat, polylineFormat]) {
    const { shapes } = format.readShapes([{ label: "Cat", vertices: path }], LABELS);
    for (const { x, y } of format.clip(shapes, IMAGE).flatMap(({ vertices }) => vertices)) {
      expect([Number.isInteger(x), Number.isInteger(y), x >= 0 && x <= 100, y >= 0 && y <= 50]).toEqual([true, true, true, true]);
    }
  }
});

test("lists, labels and nests of any size give a short reason, and no exception", () => {
  let nest: unknown = "Cat";
  for (let depth = 0; depth < 100_000; depth += 1) nest = [nest];
  expect(polygonFormat.readShapes([{ label: nest, vertices: TRIANGLE }], LABELS).failures).toEqual(["polygon 1: its label (a list) is not one of Cat, Dog"]);
  expect(polygonFormat.readShapes([{ label: "x".repeat(1e6), vertices: TRIANGLE }], LABELS).failures[0]?.length).toBeLessThan(300);
  expect(polygonFormat.readShapes(nest, LABELS).shapes).toEqual([]);
  const many = polygonFormat.readShapes(Array.from({ length: 6000 }, () => ({ label: "Cat", vertices: TRIANGLE })), LABELS);
  expect([many.shapes.length, many.failures]).toEqual([5000, ["there are 6000 polygons, more than 5000"]]);
  expect(polygonFormat.readShapes([{ label: "Cat", vertices: Array.from({ length: 10_001 }, () => ({ x: 1, y: 1 })) }], LABELS).shapes).toEqual([]);
});

test("entries that cannot be drawn are left out and counted, one sentence for each", () => {
  const value = [
    { label: "Bird", vertices: TRIANGLE },
    { label: "Cat", vertices: TRIANGLE.slice(1) },
    { label: "Cat", vertices: [...TRIANGLE, { x: 1 }] },
    { label: "Cat", vertices: "1,2" },
    { label: "Cat", vertices: TRIANGLE },
  ];
  const { shapes, failures } = polygonFormat.readShapes(value, LABELS);
  expect(shapes).toHaveLength(1);
  expect(failures).toEqual([
    'polygon 1: its label "Bird" is not one of Cat, Dog',
    "polygon 2: it has 2 vertices, fewer than 3",
    "polygon 3: vertex 4: its y is not a number",
    "polygon 4: its vertices are not a list",
  ]);
  expect(lineFormat.readShapes([{ label: "Cat", vertices: TRIANGLE }], LABELS).failures).toEqual(["line 1: it has 3 vertices, more than 2"]);
});

test("answers are written as AWS documents them, and know whether the initial value was changed", () => {
  const { shapes } = polygonFormat.readShapes([{ label: "Cat", vertices: TRIANGLE }], LABELS);
  const polygons = [{ label: "Cat", vertices: TRIANGLE }];
  const inputImageProperties = { height: 50, width: 100 };
  expect(polygonFormat.writeAnswer(shapes, IMAGE, null)).toEqual({ inputImageProperties, polygons });
  expect(polygonFormat.writeAnswer(shapes, IMAGE, shapes)).toEqual({ initialValueModified: false, inputImageProperties, polygons });
  expect(polygonFormat.writeAnswer([], IMAGE, shapes)).toEqual({ initialValueModified: true, inputImageProperties, polygons: [] });
  const points = keypointFormat.readShapes([{ label: "Cat", x: 99.7, y: 3.2 }], LABELS).shapes;
  expect(keypointFormat.writeAnswer(keypointFormat.clip(points, IMAGE), IMAGE, null)).toEqual({
    inputImageProperties,
    keypoints: [{ label: "Cat", x: 99, y: 3 }],
  });
});

test("a saved state is restored; anything else is an empty one", () => {
  const { shapes } = lineFormat.readShapes([{ label: "Cat", vertices: TRIANGLE.slice(1) }], LABELS);
  const restored = lineFormat.readState(JSON.parse(JSON.stringify(lineFormat.writeState(shapes, false))), LABELS);
  expect(restored.shapes.map(({ vertices }) => vertices)).toEqual([TRIANGLE.slice(1)]);
  expect(lineFormat.readState({ lines: [], nothingToLabel: true }, LABELS).nothingToLabel).toBe(true);
  for (const state of [null, 7, { lines: "x" }]) expect(lineFormat.readState(state, LABELS).shapes).toEqual([]);
});

test("label colours are hexadecimal; labels without one get one of ours", () => {
  expect(readLabelColours("['#1F77B4', '#0af', 'red', 7]")).toEqual(["#1f77b4", "#00aaff", undefined, undefined]);
  expect([readLabelColours(null), readLabelColours("{"), readLabelColours("'#fff'")]).toEqual([[], [], []]);
});
