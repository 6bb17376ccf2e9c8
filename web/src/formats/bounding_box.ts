/** The format of crowd-bounding-box: its answer, its initial value and its saved state. */
import { clippedRect, type Size } from "../core/geometry.js";
import type { BoxShape, Rect } from "../core/shapes.js";
import { readPixels, type ReadShapes, readShapeList, type ReadState, sameEntries, type ShapeFormat, withConfidence } from "./shape_format.js";

export interface CrowdBox {
  readonly height: number;
  readonly label: string;
  readonly left: number;
  readonly top: number;
  readonly width: number;
}

export interface BoundingBoxAnswer {
  readonly boundingBoxes: readonly CrowdBox[];
  readonly initialValueModified?: boolean;
  readonly inputImageProperties: { readonly height: number; readonly width: number };
}

export interface BoundingBoxState {
  readonly boxes: readonly CrowdBox[];
  readonly nothingToLabel: boolean;
}

/** The worker's answer. `initial` holds the boxes of the initial value, null for a task without one. */
export function writeAnswer(
  boxes: readonly BoxShape[],
  image: Size,
  initial: readonly BoxShape[] | null,
): BoundingBoxAnswer {
  return {
    boundingBoxes: boxes.map(writeBox),
    ...(initial === null ? {} : { initialValueModified: !sameEntries(boxes.map(writeBox), initial.map(writeBox)) }),
    inputImageProperties: { height: image.height, width: image.width },
  };
}

export function writeState(boxes: readonly BoxShape[], nothingToLabel: boolean): BoundingBoxState {
  return { boxes: boxes.map((box) => withConfidence(box, writeBox(box))), nothingToLabel };
}

/** Reads what writeState wrote; anything else is an empty state with failures. */
export function readState(value: unknown, labels: readonly string[]): ReadState<BoxShape> {
  const state = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  const read = readBoxes(state["boxes"] ?? [], labels);
  return { ...read, nothingToLabel: state["nothingToLabel"] === true && read.shapes.length === 0 };
}

/** Boxes from `initial-value`: an array of {height, label, left, top, width}. Entries that cannot be read are left out. */
export function readBoxes(value: unknown, labels: readonly string[]): ReadShapes<BoxShape> {
  return readShapeList<BoxShape>(value, labels, { one: "box", many: "boxes" }, readRect);
}

/** Boxes cut to the image, once its size is known; those outside are left out. */
export function clipBoxes(boxes: readonly BoxShape[], image: Size): BoxShape[] {
  return boxes.flatMap((box) => {
    const rect = clippedRect(box, image);
    return rect === null ? [] : [{ ...box, ...rect }];
  });
}

export const boundingBoxFormat: ShapeFormat<BoxShape> = {
  readShapes: readBoxes,
  clip: clipBoxes,
  writeAnswer,
  writeState,
  readState,
};

function readRect(fields: Record<string, unknown>): Rect | string {
  const rect = { left: 0, top: 0, width: 0, height: 0 };
  for (const key of ["left", "top", "width", "height"] as const) {
    const number = readPixels(fields[key]);
    if (number === null) return `its ${key} is not a number`;
    rect[key] = number;
  }
  return rect;
}

function writeBox({ height, label, left, top, width }: BoxShape): CrowdBox {
  return { height, label, left, top, width };
}
