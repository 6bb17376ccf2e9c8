/** The format of crowd-polyline: its answer, its initial value and its saved state. */
import { clippedChain } from "../core/path_clipping.js";
import { readVertices, shapeFormat, writeVertices } from "./path_format.js";

export const polylineFormat = shapeFormat({
  key: "polylines",
  noun: { one: "polyline", many: "polylines" },
  fewestPoints: 2,
  clip: clippedChain,
  write: writeVertices,
  read: (fields) => readVertices(fields, 2, Infinity),
});
