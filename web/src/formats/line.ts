/** The format of crowd-line: its answer, its initial value and its saved state. */
import { clippedChain } from "../core/path_clipping.js";
import { readVertices, shapeFormat, writeVertices } from "./path_format.js";

export const lineFormat = shapeFormat({
  key: "lines",
  noun: { one: "line", many: "lines" },
  fewestPoints: 2,
  clip: clippedChain,
  write: writeVertices,
  read: (fields) => readVertices(fields, 2, 2),
});
