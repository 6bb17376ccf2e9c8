import { expect, test } from "vitest";
import { cornerAt } from "./corner_zones.js";

const BOX = { left: 100, top: 100, width: 60, height: 40 };

test.each([
  [100, 100, "nw"],
  [98, 98, "nw"],
  [107, 107, "nw"],
  [160, 100, "ne"],
  [162, 142, "se"],
  [100, 140, "sw"],
] as const)("at %i, %i the corner %s reacts", (x, y, corner) => {
  expect(cornerAt(BOX, { x, y }, 1)).toBe(corner);
});

test.each([[97, 97], [97, 100], [130, 100], [160, 120], [163, 143], [108, 108], [130, 120]])("at %i, %i no corner reacts", (x, y) => {
  expect(cornerAt(BOX, { x, y }, 1)).toBeNull();
});

test("the zones keep their size on the screen at every zoom", () => {
  expect(cornerAt(BOX, { x: 99, y: 99 }, 0.25)).toBeNull();
  expect(cornerAt(BOX, { x: 99.6, y: 99.6 }, 0.25)).toBe("nw");
});

test("the zones of a small box are small: its middle and everything next to it are free", () => {
  const small = { left: 10, top: 10, width: 8, height: 8 };
  expect(cornerAt(small, { x: 10, y: 10 }, 1)).toBe("nw");
  expect(cornerAt(small, { x: 18.9, y: 18.9 }, 1)).toBe("se");
  for (const point of [{ x: 14, y: 14 }, { x: 20, y: 20 }, { x: 8, y: 8 }, { x: 14, y: 9 }]) expect(cornerAt(small, point, 1)).toBeNull();
});

test("a finger reaches further than a mouse", () => {
  expect(cornerAt(BOX, { x: 110, y: 108 }, 1)).toBeNull();
  expect(cornerAt(BOX, { x: 110, y: 108 }, 1, true)).toBe("nw");
});
