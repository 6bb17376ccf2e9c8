/** The formats of crowd-polygon, crowd-polyline and crowd-line: labelled lists of points. */
import type { Point, Size } from "../core/geometry.js";
import type { Path } from "../core/paths.js";
import type { PathShape } from "../core/shapes.js";
import { readPixels, type ReadShapes, readShapeList, type ReadState, sameEntries, type ShapeFormat, withConfidence } from "./shape_format.js";

export interface PathFormat {
  /** The name of the list in the answer, such as `polygons`. */
  readonly key: string;
  readonly noun: { readonly one: string; readonly many: string };
  readonly fewestPoints: number;
  clip(path: Path, image: Size): readonly Point[];
  /** One entry of the answer. Its keys are in alphabetical order, as in AWS's samples. */
  write(shape: PathShape): object;
  /** The points of an entry of the initial value, or what is wrong with it. */
  read(fields: Record<string, unknown>): Path | string;
}

export function shapeFormat(format: PathFormat): ShapeFormat<PathShape> {
  const entries = (shapes: readonly PathShape[]): object[] => shapes.map((shape) => format.write(shape));
  return {
    readShapes: (value, labels) => readShapes(format, value, labels),
    clip: (shapes, image) => clip(format, shapes, image),
    writeAnswer: (shapes, image, initial) => ({
      ...(initial === null ? {} : { initialValueModified: !sameEntries(entries(shapes), entries(initial)) }),
      inputImageProperties: { height: image.height, width: image.width },
      [format.key]: entries(shapes),
    }),
    writeState: (shapes, nothingToLabel) => ({ [format.key]: shapes.map((shape) => withConfidence(shape, format.write(shape))), nothingToLabel }),
    readState: (value, labels) => readState(format, value, labels),
  };
}

export function writeVertices({ label, vertices }: PathShape): object {
  return { label, vertices: vertices.map(({ x, y }) => ({ x, y })) };
}

const MOST_VERTICES = 10_000;

export function readVertices({ vertices }: Record<string, unknown>, fewest: number, most: number): Path | string {
  if (!Array.isArray(vertices)) return "its vertices are not a list";
  if (vertices.length > Math.min(most, MOST_VERTICES)) return `it has ${vertices.length} vertices, more than ${Math.min(most, MOST_VERTICES)}`;
  const points: Point[] = [];
  for (const [index, vertex] of vertices.entries()) {
    const point = readPoint(vertex);
    if (typeof point === "string") return `vertex ${index + 1}: ${point}`;
    points.push(point);
  }
  return points.length < fewest ? `it has ${points.length} vertices, fewer than ${fewest}` : points;
}

export function readPoint(value: unknown): Point | string {
  const { x, y } = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  const [left, top] = [readPixels(x), readPixels(y)];
  if (left === null || top === null) return `its ${left === null ? "x" : "y"} is not a number`;
  return { x: left, y: top };
}

/** AWS documents lists for some elements and an object with the list for others. Both are read for all of them. */
function readShapes({ key, noun, read }: PathFormat, value: unknown, labels: readonly string[]): ReadShapes<PathShape> {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  const list = isObject ? (value as Record<string, unknown>)[key] : value;
  return readShapeList<PathShape>(list, labels, noun, (fields) => {
    const vertices = read(fields);
    return typeof vertices === "string" ? vertices : { vertices };
  });
}

function clip(format: PathFormat, shapes: readonly PathShape[], image: Size): PathShape[] {
  return shapes.flatMap((shape) => {
    const vertices = format.clip(shape.vertices, image);
    return vertices.length < format.fewestPoints ? [] : [{ ...shape, vertices }];
  });
}

function readState(format: PathFormat, value: unknown, labels: readonly string[]): ReadState<PathShape> {
  const state = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  const read = readShapes(format, state[format.key] ?? [], labels);
  return { ...read, nothingToLabel: state["nothingToLabel"] === true && read.shapes.length === 0 };
}
