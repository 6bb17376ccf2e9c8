/** The format of crowd-polygon: its answer, its initial value and its saved state. */
import { clippedRing } from "../core/path_clipping.js";
import { readVertices, shapeFormat, writeVertices } from "./path_format.js";

export const polygonFormat = shapeFormat({
  key: "polygons",
  noun: { one: "polygon", many: "polygons" },
  fewestPoints: 3,
  clip: clippedRing,
  write: writeVertices,
  read: (fields) => readVertices(fields, 3, Infinity),
});
