/** The sizes of paths in the list of shapes, and their sizes and places for a screen reader. */
import { areaOf, lengthOf, pathBounds } from "../core/paths.js";
import type { PathShape } from "../core/shapes.js";
import { t } from "../language/index.js";
import type { ShapeRow } from "../workspace/shape_kind.js";

function place({ vertices }: PathShape): string {
  const { left, top, width, height } = pathBounds(vertices);
  return t("at {{left}}, {{top}}, {{width}} by {{height}} pixels", { left, top, width, height });
}

function count({ vertices }: PathShape): string {
  return t("{{count}} points", { count: vertices.length });
}

function pixels(length: number): string {
  return t("{{length}} px", { length: Math.round(length) });
}

export const polygonRow: ShapeRow<PathShape> = {
  size: ({ vertices }) => t("{{area}} px²", { area: Math.round(areaOf(vertices)) }),
  spokenSize: (shape) =>
    t("{{points}}, {{area}} square pixels", { points: count(shape), area: Math.round(areaOf(shape.vertices)) }),
  spokenPlace: place,
};

export const polylineRow: ShapeRow<PathShape> = {
  size: (shape) => count(shape),
  spokenSize: (shape) => t("{{points}}, {{length}} long", { points: count(shape), length: pixels(lengthOf(shape.vertices)) }),
  spokenPlace: place,
};

export const lineRow: ShapeRow<PathShape> = {
  size: ({ vertices }) => pixels(lengthOf(vertices)),
  spokenSize: ({ vertices }) => t("{{length}} long", { length: pixels(lengthOf(vertices)) }),
  spokenPlace: ({ vertices: [from, to] }) =>
    t("from {{x1}}, {{y1}} to {{x2}}, {{y2}}", { x1: from?.x ?? 0, y1: from?.y ?? 0, x2: to?.x ?? 0, y2: to?.y ?? 0 }),
};

export const keypointRow: ShapeRow<PathShape> = {
  size: ({ vertices: [point] }) => `${point?.x}, ${point?.y}`,
  spokenSize: ({ vertices: [point] }) => t("at {{x}}, {{y}}", { x: point?.x ?? 0, y: point?.y ?? 0 }),
  spokenPlace: ({ vertices: [point] }) => t("at {{x}}, {{y}}", { x: point?.x ?? 0, y: point?.y ?? 0 }),
};
