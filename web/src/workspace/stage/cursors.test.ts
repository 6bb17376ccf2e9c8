import { expect, test } from "vitest";
import { turnedCursor } from "./cursors.js";

test("the arrows of a cursor turn with the image, other cursors stay", () => {
  expect([0, 90, 180, 44, 315].map((rotation) => turnedCursor("ns-resize", rotation))).toEqual([
    "ns-resize", "ew-resize", "ns-resize", "nesw-resize", "nwse-resize",
  ]);
  expect(turnedCursor("crosshair", 90)).toBe("crosshair");
});
