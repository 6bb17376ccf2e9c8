import { describe, expect, test } from "vitest";
import type { Point } from "./geometry.js";
import {
  areaOf,
  crossedBy,
  crossingAt,
  edgesMeet,
  inEightDirections,
  isInside,
  lengthOf,
  movedPath,
  nearestOnPath,
  nearestVertex,
  type Path,
  pathBounds,
  simplified,
  withInserted,
  withoutCrossings,
  withoutRepeats,
  withoutVertex,
} from "./paths.js";

const p = (x: number, y: number): Point => ({ x, y });
const path = (...numbers: number[]): Path =>
  numbers.flatMap((x, index) => (index % 2 === 0 ? [p(x, numbers[index + 1] as number)] : []));

const SQUARE = path(0, 0, 10, 0, 10, 10, 0, 10);
/** An L: its notch is at the upper right. */
const ELL = path(0, 0, 10, 0, 10, 20, 30, 20, 30, 30, 0, 30);
const BOW = path(0, 0, 10, 10, 10, 0, 0, 10);

test("bounds, area and length are those of the points, whichever way round they go", () => {
  expect(pathBounds(ELL)).toEqual({ left: 0, top: 0, width: 30, height: 30 });
  expect([areaOf(ELL), areaOf([...ELL].reverse())]).toEqual([500, 500]);
  expect(areaOf(path(0, 0, 5, 5, 10, 10))).toBe(0);
  expect(lengthOf(path(0, 0, 3, 4, 3, 14))).toBe(15);
});

test("the notch of a polygon is outside, and a point level with a corner is counted once", () => {
  expect([p(5, 5), p(20, 25), p(5, 20), p(5, 29)].map((point) => isInside(ELL, point))).toEqual([true, true, true, true]);
  expect([p(20, 10), p(-1, 20), p(31, 25), p(20, 31)].map((point) => isInside(ELL, point))).toEqual([false, false, false, false]);
  const diamond = path(10, 0, 20, 10, 10, 20, 0, 10);
  expect([p(10, 10), p(-5, 10), p(25, 10), p(-5, 0)].map((point) => isInside(diamond, point))).toEqual([true, false, false, false]);
});

test("the nearest place on a path is on its edges, the closing one only of a closed path", () => {
  expect(nearestOnPath(SQUARE, true, p(4, 2), 3)).toEqual({ edge: 0, at: p(4, 0), distance: 2 });
  expect(nearestOnPath(SQUARE, true, p(-1, 5), 3)).toEqual({ edge: 3, at: p(0, 5), distance: 1 });
  expect(nearestOnPath(SQUARE, false, p(-1, 5), 3)).toBeNull();
  expect(nearestOnPath(path(5, 5, 5, 5), false, p(5, 7), 3)).toEqual({ edge: 0, at: p(5, 5), distance: 2 });
  expect([nearestVertex(SQUARE, p(9, 9), 3), nearestVertex(SQUARE, p(5, 5), 3)]).toEqual([2, null]);
});

describe("edges meet", () => {
  const edge = (...n: number[]) => ({ from: p(n[0] as number, n[1] as number), to: p(n[2] as number, n[3] as number) });
  test.each([
    ["cross", [0, 0, 10, 10], [0, 10, 10, 0], true],
    ["touch with an end", [0, 0, 10, 0], [5, 0, 5, 9], true],
    ["share an end", [0, 0, 10, 0], [10, 0, 20, 5], true],
    ["overlap on one line", [0, 0, 10, 0], [5, 0, 15, 0], true],
    ["lie inside each other", [0, 0, 10, 0], [2, 0, 4, 0], true],
    ["are apart on one line", [0, 0, 10, 0], [11, 0, 20, 0], false],
    ["are parallel", [0, 0, 10, 0], [0, 1, 10, 1], false],
    ["would cross if they were longer", [0, 0, 10, 10], [0, 30, 14, 16], false],
    ["miss by a pixel", [0, 0, 10, 0], [5, 1, 5, 9], false],
  ])("%s", (_, one, other, expected) => {
    expect(edgesMeet(edge(...one), edge(...other))).toBe(expected);
    expect(edgesMeet(edge(...other), edge(...one))).toBe(expected);
  });
});

test("an edge may share a point with its neighbours, but not turn back on them or touch another", () => {
  expect(SQUARE.map((_, index) => crossedBy(SQUARE, true, index))).toEqual([null, null, null, null]);
  expect(crossedBy(path(0, 0, 10, 0, 4, 0), false, 1)).not.toBeNull();
  expect(crossedBy(path(0, 0, 10, 0, 14, 0), false, 1)).toBeNull();
  expect(crossedBy(BOW, true, 1)).toBeNull();
  expect(crossedBy(BOW, true, 0)).toEqual({ from: p(10, 0), to: p(0, 10) });
  expect(crossedBy(path(0, 0, 10, 0, 10, 10, 5, 0), false, 2)).toEqual({ from: p(0, 0), to: p(10, 0) });
  expect(crossedBy(path(0, 0, 5, 5, 5, 5), false, 1)).not.toBeNull();
  // The last edge of three points on one line lies on the two others.
  expect(crossedBy(path(0, 0, 5, 0, 10, 0), true, 2)).not.toBeNull();
});

test("only the edges at a moved point are looked at, so that a polygon that crosses itself can be mended", () => {
  const bad = [...BOW.slice(0, 3), p(0, 10)];
  expect(crossingAt(bad, true, 3)).not.toBeNull();
  const elsewhere = path(0, 0, 10, 10, 10, 0, 0, 10, -20, 10, -20, 0);
  expect(crossingAt(elsewhere, true, 5)).toBeNull();
  expect(crossingAt(path(0, 0, 10, 0), false, 1)).toBeNull();
});

describe("a line drawn by hand becomes a polygon without crossings", () => {
  test("whose start was passed", () => {
    const ring = withoutCrossings(path(-5, 2, 100, 0, 100, 100, 0, 100, 0, -20));
    expect(areaOf(ring)).toBeGreaterThan(9_500);
    expect(ring.every((_, index) => crossedBy(ring, true, index) === null)).toBe(true);
  });

  test("that has a small loop", () => {
    const ring = withoutCrossings(path(0, 0, 60, 0, 62, 6, 50, 6, 52, -4, 100, 0, 100, 100, 0, 100));
    expect(areaOf(ring)).toBeGreaterThan(9_500);
    expect(ring.every((_, index) => crossedBy(ring, true, index) === null)).toBe(true);
  });

  test("that crosses itself everywhere, and always comes to an end", () => {
    let seed = 7;
    const random = (): number => (seed = (seed * 16807) % 2147483647) % 60;
    for (let round = 0; round < 40; round += 1) {
      const ring = withoutCrossings(withoutRepeats(Array.from({ length: 25 }, () => p(random(), random()))));
      if (ring.length < 3) continue;
      const crossings = ring.filter((_, i) => ring.some((__, j) => j > i + 1 && !(i === 0 && j === ring.length - 1) &&
        edgesMeet({ from: ring[i] as Point, to: ring[i + 1] as Point }, { from: ring[j] as Point, to: ring[(j + 1) % ring.length] as Point })));
      expect(crossings).toEqual([]);
    }
  });
});

test("a path is moved as far as all of it stays inside the image", () => {
  const image = { width: 100, height: 50 };
  expect(movedPath(SQUARE, 5.4, 2.6, image)).toEqual(path(5, 3, 15, 3, 15, 13, 5, 13));
  expect(pathBounds(movedPath(SQUARE, 500, -500, image))).toEqual({ left: 90, top: 0, width: 10, height: 10 });
  // Wider than the image: it stays where it is.
  expect(movedPath(path(0, 0, 200, 0), 7, 0, image)).toEqual(path(0, 0, 200, 0));
});

test("points are inserted after the first point of their edge, and removed", () => {
  expect(withInserted(SQUARE, 3, p(0, 5)).at(-1)).toEqual(p(0, 5));
  expect(withInserted(SQUARE, 0, p(5, 0))[1]).toEqual(p(5, 0));
  expect(withoutVertex(SQUARE, 1)).toEqual(path(0, 0, 10, 10, 0, 10));
});

test("with Shift an edge goes in one of eight directions", () => {
  const { x, y } = inEightDirections(p(10, 10), p(30, 27));
  expect([x, y]).toEqual([expect.closeTo(28.5), expect.closeTo(28.5)]);
  const level = inEightDirections(p(10, 10), p(-30, 14));
  expect([level.x, level.y]).toEqual([expect.closeTo(-30), expect.closeTo(10)]);
});

test("a simplified path keeps what is further away than the tolerance, and its ends", () => {
  const wave = Array.from({ length: 101 }, (_, x) => p(x, 10 * Math.sin((x / 100) * 2 * Math.PI)));
  const few = simplified(wave, 0.5);
  expect(few.length).toBeLessThan(20);
  expect([few[0], few.at(-1)]).toEqual([wave[0], wave.at(-1)]);
  for (const point of wave) expect(nearestOnPath(few, false, point, 1)?.distance).toBeLessThanOrEqual(0.5);
  expect(simplified(path(0, 0, 5, 0.2, 10, 0), 0.5)).toEqual(path(0, 0, 10, 0));
});
