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
