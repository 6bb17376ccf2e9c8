import { describe, expect, test } from "vitest";
import {
  boxesAt,
  clampView,
  clippedRect,
  fitView,
  grownRect,
  handleAt,
  hasHandle,
  movedRect,
  panBy,
  rectFromCorners,
  rectToView,
  resizedRect,
  toImage,
  toView,
  turnAbout,
  visibleRect,
  zoomAbout,
} from "./geometry.js";

const IMAGE = { width: 640, height: 480 };
const VIEWPORT = { width: 900, height: 700 };

describe("view", () => {
  test("image and view points are each other's inverse", () => {
    const view = { scale: 2.7, x: -133, y: 41 };
    const there = toView(view, { x: 17.25, y: 300 });
    const back = toImage(view, there);
    expect(back.x).toBeCloseTo(17.25, 9);
    expect(back.y).toBeCloseTo(300, 9);
  });

  test("fitting shows the whole image centred with its padding", () => {
    const view = fitView(IMAGE, VIEWPORT, 20);
    expect(view.scale).toBeCloseTo(860 / 640);
    expect(view.x).toBeCloseTo(20);
    expect(view.y).toBeCloseTo((700 - 480 * view.scale) / 2);
  });

  test("fitting an image of one pixel, or into an empty stage, gives a finite scale", () => {
    expect(fitView({ width: 1, height: 1 }, VIEWPORT).scale).toBe(652);
    expect(fitView(IMAGE, { width: 0, height: 0 }).scale).toBeGreaterThan(0);
  });

  test("zooming keeps the image point under the pointer where it is", () => {
    const before = fitView(IMAGE, VIEWPORT);
    const pointer = { x: 512, y: 317 };
    const after = zoomAbout(before, pointer, before.scale * 3, IMAGE, VIEWPORT);
    expect(after.scale).toBeCloseTo(before.scale * 3);
    expect(toImage(after, pointer).x).toBeCloseTo(toImage(before, pointer).x);
    expect(toImage(after, pointer).y).toBeCloseTo(toImage(before, pointer).y);
  });

  test("a turned view and its inverse agree, and right angles are exact", () => {
    const view = { scale: 2, x: 100, y: 50, rotation: 90 };
    expect(toView(view, { x: 10, y: 20 })).toEqual({ x: 60, y: 70 });
    const free = { scale: 2.7, x: -133, y: 41, rotation: 33 };
    const back = toImage(free, toView(free, { x: 17.25, y: 300 }));
    expect(back.x).toBeCloseTo(17.25, 9);
    expect(back.y).toBeCloseTo(300, 9);
  });

  test("fitting a turned image shows all of it, centred", () => {
    const view = fitView(IMAGE, VIEWPORT, 20, 90);
    expect(view.scale).toBeCloseTo(660 / 640);
    expect(rectToView(view, { left: 0, top: 0, ...IMAGE })).toEqual({
      left: (900 - 480 * view.scale) / 2, top: 20, width: 480 * view.scale, height: 660,
    });
  });

  test("a turn keeps the image point under the pointer where it is, and a whole turn is none", () => {
    const before = zoomAbout(fitView(IMAGE, VIEWPORT), { x: 450, y: 350 }, 4, IMAGE, VIEWPORT);
    const pointer = { x: 512, y: 317 };
    const after = turnAbout(before, pointer, 45, IMAGE, VIEWPORT);
    expect(toImage(after, pointer).x).toBeCloseTo(toImage(before, pointer).x);
    expect(toImage(after, pointer).y).toBeCloseTo(toImage(before, pointer).y);
    expect(turnAbout(after, pointer, 360, IMAGE, VIEWPORT)).not.toHaveProperty("rotation");
  });

  test("what is in view is the whole image when it fits, and ends at its edges", () => {
    expect(visibleRect(fitView(IMAGE, VIEWPORT), IMAGE, VIEWPORT)).toEqual({ left: 0, top: 0, ...IMAGE });
    const corner = visibleRect({ scale: 10, x: 50, y: 50 }, IMAGE, VIEWPORT);
    expect(corner).toEqual({ left: 0, top: 0, width: 85, height: 65 });
  });

  test("zoom ends at 64 : 1 and at half of fitting", () => {
    const view = fitView(IMAGE, VIEWPORT);
    const pointer = { x: 450, y: 350 };
    expect(zoomAbout(view, pointer, 1e9, IMAGE, VIEWPORT).scale).toBe(64);
    expect(zoomAbout(view, pointer, 1e-9, IMAGE, VIEWPORT).scale).toBe(0.5);
    const large = { width: 9000, height: 7000 };
    expect(zoomAbout(view, pointer, 1e-9, large, VIEWPORT).scale).toBeCloseTo(fitView(large, VIEWPORT).scale / 2);
  });

  test("an image that is smaller than the viewport stays centred, a larger one stays in view", () => {
    expect(panBy({ scale: 0.5, x: 0, y: 0 }, 500, 500, IMAGE, VIEWPORT)).toEqual({ scale: 0.5, x: 290, y: 230 });
    const zoomed = { scale: 4, x: -500, y: -500 };
    expect(panBy(zoomed, 10_000, 0, IMAGE, VIEWPORT).x).toBe(80);
    expect(panBy(zoomed, -10_000, 0, IMAGE, VIEWPORT).x).toBe(900 - 2560 - 80);
  });

  test("clamping does not jump where centring begins", () => {
    const width = (900 - 160) / 640;
    const just = clampView({ scale: width, x: 0, y: 0 }, IMAGE, VIEWPORT);
    const over = clampView({ scale: width + 1e-6, x: 80, y: 0 }, IMAGE, VIEWPORT);
    expect(just.x).toBeCloseTo(over.x, 2);
  });

  test("a rectangle in view pixels has its place and size scaled", () => {
    expect(rectToView({ scale: 2, x: 10, y: 20 }, { left: 5, top: 6, width: 7, height: 8 })).toEqual({
      left: 20,
      top: 32,
      width: 14,
      height: 16,
    });
  });
});

describe("rectangles", () => {
  test("corners in any order give whole pixel edges", () => {
    const expected = { left: 10, top: 20, width: 31, height: 40 };
    expect(rectFromCorners({ x: 10.4, y: 19.6 }, { x: 40.6, y: 60.4 }, IMAGE)).toEqual(expected);
    expect(rectFromCorners({ x: 40.6, y: 60.4 }, { x: 10.4, y: 19.6 }, IMAGE)).toEqual(expected);
  });

  test("a box never leaves the image and is never empty", () => {
    expect(rectFromCorners({ x: -50, y: -3 }, { x: 9999, y: 9999 }, IMAGE)).toEqual({ left: 0, top: 0, ...IMAGE });
    expect(rectFromCorners({ x: 640, y: 480 }, { x: 640, y: 480 }, IMAGE)).toEqual({ left: 639, top: 479, width: 1, height: 1 });
    expect(rectFromCorners({ x: 0.2, y: 0.2 }, { x: 0.3, y: 0.3 }, { width: 1, height: 1 })).toEqual({
      left: 0,
      top: 0,
      width: 1,
      height: 1,
    });
  });

  test("moving stops at the edges and keeps the size", () => {
    const box = { left: 600, top: 10, width: 30, height: 20 };
    expect(movedRect(box, 100, -100, IMAGE)).toEqual({ left: 610, top: 0, width: 30, height: 20 });
  });

  test.each([
    ["se", { x: 200, y: 150 }, { left: 100, top: 100, width: 100, height: 50 }],
    ["nw", { x: 90, y: 95 }, { left: 90, top: 95, width: 60, height: 45 }],
    ["e", { x: 120, y: 999 }, { left: 100, top: 100, width: 20, height: 40 }],
    ["n", { x: -999, y: 80 }, { left: 100, top: 80, width: 50, height: 60 }],
    ["w", { x: 190, y: 0 }, { left: 150, top: 100, width: 40, height: 40 }],
    ["se", { x: 50, y: 60 }, { left: 50, top: 60, width: 50, height: 40 }],
  ] as const)("dragging handle %s to %o", (handle, point, expected) => {
    expect(resizedRect({ left: 100, top: 100, width: 50, height: 40 }, handle, point, IMAGE)).toEqual(expected);
  });

  test("growing stops at one pixel and at the image's edge", () => {
    const box = { left: 630, top: 10, width: 5, height: 5 };
    expect(grownRect(box, 10, -10, IMAGE)).toEqual({ left: 630, top: 10, width: 10, height: 1 });
  });

  test("clipping cuts a box to the image and drops one outside", () => {
    expect(clippedRect({ left: -10.4, top: 470, width: 30.2, height: 30 }, IMAGE)).toEqual({ left: 0, top: 470, width: 20, height: 10 });
    expect(clippedRect({ left: 700, top: 0, width: 30, height: 30 }, IMAGE)).toBeNull();
  });
});

describe("hits", () => {
  test("the smallest box at a point comes first, the upper one of equals", () => {
    const outer = { id: "outer", left: 0, top: 0, width: 100, height: 100 };
    const inner = { id: "inner", left: 20, top: 20, width: 10, height: 10 };
    const twin = { ...inner, id: "twin" };
    expect(boxesAt([inner, twin, outer], { x: 25, y: 25 }).map((box) => box.id)).toEqual(["twin", "inner", "outer"]);
    expect(boxesAt([inner, outer], { x: 32, y: 25 }, 3).map((box) => box.id)).toEqual(["inner", "outer"]);
  });

  test("corners have priority over edges, an edge can be grabbed anywhere, the middle is not a handle", () => {
    const box = { left: 100, top: 100, width: 200, height: 100 };
    expect(handleAt(box, { x: 98, y: 103 }, 6)).toBe("nw");
    expect(handleAt(box, { x: 296, y: 203 }, 6)).toBe("se");
    expect(handleAt(box, { x: 170, y: 97 }, 6)).toBe("n");
    expect(handleAt(box, { x: 302, y: 160 }, 6)).toBe("e");
    expect(handleAt(box, { x: 200, y: 150 }, 6)).toBeNull();
    expect(handleAt(box, { x: 320, y: 150 }, 6)).toBeNull();
  });

  test("the middle of a tiny box can still be grabbed", () => {
    const box = { left: 100, top: 100, width: 8, height: 8 };
    expect(handleAt(box, { x: 104, y: 104 }, 6)).toBeNull();
    expect(handleAt(box, { x: 112, y: 112 }, 6)).toBe("se");
    expect(hasHandle(box, "n", 6)).toBe(false);
    expect(hasHandle(box, "nw", 6)).toBe(true);
  });
});
