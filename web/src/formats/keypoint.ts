/** The format of crowd-keypoint: its answer, its initial value and its saved state. */
import { clippedPoint } from "../core/path_clipping.js";
import { readPoint, shapeFormat } from "./path_format.js";

export const keypointFormat = shapeFormat({
  key: "keypoints",
  noun: { one: "key point", many: "key points" },
  fewestPoints: 1,
  clip: clippedPoint,
  write: ({ label, vertices: [point] }) => ({ label, x: point?.x, y: point?.y }),
  read: (fields) => {
    const point = readPoint(fields);
    return typeof point === "string" ? point : [point];
  },
});
