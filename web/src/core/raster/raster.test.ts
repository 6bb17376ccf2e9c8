import { describe, expect, test } from "vitest";
import { brushPoint, RasterBuilder } from "./builder.js";
import { flood, gridOf, type Pixels, rasterOf, withoutHoles } from "./grid.js";
import { emptyRaster, intersection, minus, Raster, samePixels, union } from "./raster.js";
import { Stack } from "./runs.js";
import { FULL } from "./tile.js";

const SIZE = { width: 700, height: 520 };

function built(add: (builder: RasterBuilder) => void, size = SIZE): Raster {
  const builder = new RasterBuilder(size);
  add(builder);
  return builder.build();
}

function rect(left: number, top: number, width: number, height: number): Raster {
  return built((builder) => builder.addRect({ left, top, width, height }));
}

/** The pixels as rows of dots and hashes. */
function picture(raster: Raster): string[] {
  const { width, height } = raster.size;
  const row = (y: number): string => Array.from({ length: width }, (_, x) => (raster.has(x, y) ? "#" : ".")).join("");
  return Array.from({ length: height }, (_, y) => row(y));
}

describe("a set of pixels", () => {
  test("has exactly the pixels of a rectangle that crosses tiles, and is cut at the image's edges", () => {
    const raster = rect(250, 250, 300, 12);
    expect(raster.area).toBe(3600);
    expect(raster.bounds).toEqual({ left: 250, top: 250, width: 300, height: 12 });
    expect([raster.has(249, 250), raster.has(250, 250), raster.has(549, 261), raster.has(550, 261), raster.has(549, 262)]).toEqual(
      [false, true, true, false, false],
    );
    expect(rect(-10, -10, 5000, 5000).area).toBe(SIZE.width * SIZE.height);
    expect([raster.has(-1, 0), raster.has(700, 255), raster.has(0, 520)]).toEqual([false, false, false]);
  });

  test("finds the bounds of single pixels at the edges of words", () => {
    for (const [x, y] of [[0, 0], [31, 5], [32, 5], [255, 255], [256, 256], [699, 519]] as const) {
      expect(rect(x, y, 1, 1).bounds).toEqual({ left: x, top: y, width: 1, height: 1 });
    }
  });

  test("shares full tiles, and drops empty ones", () => {
    const raster = rect(0, 0, 512, 512);
    expect([...raster.tiles.values()].every((tile) => tile === FULL)).toBe(true);
    expect(minus(raster, rect(0, 0, 256, 512)).tiles.size).toBe(2);
    expect(minus(raster, raster).isEmpty).toBe(true);
  });

  test("is combined with another one pixel by pixel", () => {
    const one = rect(10, 10, 300, 300);
    const other = rect(200, 200, 300, 300);
    expect(union(one, other).area).toBe(90_000 + 90_000 - 110 * 110);
    expect(minus(one, other).area).toBe(90_000 - 110 * 110);
    expect(intersection(one, other).bounds).toEqual({ left: 200, top: 200, width: 110, height: 110 });
    expect(samePixels(union(minus(one, other), intersection(one, other)), one)).toBe(true);
    expect(samePixels(one, other)).toBe(false);
  });

  test("stays the same object when nothing changes, so that no step of undo is made", () => {
    const one = rect(10, 10, 300, 300);
    expect(union(one, rect(20, 20, 30, 30))).toBe(one);
    expect(minus(one, rect(400, 400, 30, 30))).toBe(one);
    expect(union(one, emptyRaster(SIZE))).toBe(one);
  });

  test("does not change when the builder that made it goes on", () => {
    const builder = new RasterBuilder(SIZE);
    builder.addRect({ left: 0, top: 0, width: 5, height: 5 });
    const raster = builder.build();
    builder.addRect({ left: 0, top: 0, width: 50, height: 50 });
    expect(raster.area).toBe(25);
  });
});

describe("strokes", () => {
  const dot = (diameter: number): string[] =>
    picture(built((builder) => {
      const at = brushPoint({ x: 3.3, y: 3.4 }, diameter);
      builder.addStroke(at, at, diameter);
    }, { width: 7, height: 7 })).filter((row) => row.includes("#"));

  test("a brush of a few pixels is symmetric and covers the pixel under the pointer", () => {
    expect(dot(1)).toEqual(["...#..."]);
    expect(dot(2)).toEqual(["..##...", "..##..."]);
    expect(dot(3)).toEqual(["..###..", "..###..", "..###.."]);
    expect(dot(5)).toEqual(["..###..", ".#####.", ".#####.", ".#####.", "..###.."]);
  });

  test("a fast stroke has no gaps, whatever its slope", () => {
    for (const [x, y] of [[660, 40], [40, 500], [600, 470], [333, 410]] as const) {
      const raster = built((builder) => builder.addStroke({ x: 20.5, y: 20.5 }, { x: x + 0.5, y: y + 0.5 }, 1));
      for (let step = 0; step <= 1000; step += 1) {
        const at = { x: 20.5 + ((x - 20) * step) / 1000, y: 20.5 + ((y - 20) * step) / 1000 };
        const near = [-1, 0, 1].flatMap((dx) => [-1, 0, 1].map((dy) => raster.has(Math.floor(at.x) + dx, Math.floor(at.y) + dy)));
        expect(near).toContain(true);
      }
    }
  });

  test("covers the pixels whose middles are within the radius, and no others", () => {
    const from = { x: 100, y: 90 };
    const to = { x: 260, y: 180 };
    const raster = built((builder) => builder.addStroke(from, to, 41));
    let wrong = 0;
    for (let y = 0; y < 300; y += 1) {
      for (let x = 0; x < 400; x += 1) {
        const along = Math.min(1, Math.max(0, ((x + 0.5 - from.x) * 160 + (y + 0.5 - from.y) * 90) / (160 ** 2 + 90 ** 2)));
        const distance = Math.hypot(x + 0.5 - from.x - 160 * along, y + 0.5 - from.y - 90 * along);
        if (Math.abs(distance - 20.5) > 1e-4 && raster.has(x, y) !== distance < 20.5) wrong += 1;
      }
    }
    expect(wrong).toBe(0);
  });

  test("an outline fills what it encloses, and leaves out what it goes around twice", () => {
    const size = { width: 8, height: 6 };
    const square = [{ x: 1, y: 1 }, { x: 7, y: 1 }, { x: 7, y: 5 }, { x: 1, y: 5 }];
    const hole = [{ x: 1, y: 5 }, { x: 3, y: 4 }, { x: 5, y: 4 }, { x: 5, y: 2 }, { x: 3, y: 2 }, { x: 3, y: 4 }, { x: 1, y: 5 }];
    expect(picture(built((builder) => builder.addOutline(square), size))).toEqual(
      ["........", ".######.", ".######.", ".######.", ".######.", "........"],
    );
    expect(picture(built((builder) => builder.addOutline([...square, ...hole]), size))).toEqual(
      ["........", ".######.", ".##..##.", ".##..##.", ".######.", "........"],
    );
    expect(built((builder) => builder.addOutline([{ x: -50, y: -50 }, { x: 900, y: -50 }, { x: 900, y: 900 }, { x: -50, y: 900 }])).area)
      .toBe(SIZE.width * SIZE.height);
  });
});

describe("rasters over each other", () => {
  test("are read row by row, the last one on top", () => {
    const stack = new Stack(SIZE, [rect(0, 0, 400, 300), rect(300, 0, 200, 5)]);
    const runs: [number, number][] = [];
    stack.readRow(2, (number, length) => {
      const last = runs.at(-1);
      if (last?.[0] === number) last[1] += length;
      else runs.push([number, length]);
    });
    expect(runs).toEqual([[1, 300], [2, 200], [0, 200]]);
  });
});

describe("masks found in the image", () => {
  /** A grey square with a light frame and a dark dot in it. */
  function pixels(): Pixels {
    const size = { width: 9, height: 9 };
    const data = new Uint8ClampedArray(9 * 9 * 4).fill(255);
    const grey = (x: number, y: number): number => (x === 0 || y === 0 || x === 8 || y === 8 ? 230 : x === 4 && y === 4 ? 10 : 100 + x);
    for (let y = 0; y < 9; y += 1) for (let x = 0; x < 9; x += 1) data.fill(grey(x, y), (y * 9 + x) * 4, (y * 9 + x) * 4 + 3);
    return { rect: { left: 40, top: 30, ...size }, size, data };
  }

  test("a fill takes pixels of like colour that hang together, within the tolerance", () => {
    const all = pixels();
    const found = flood(all, 2, 2, 8);
    expect(rasterOf(found, all, SIZE).area).toBe(7 * 7 - 1);
    expect(rasterOf(flood(all, 2, 2, 0), all, SIZE).bounds).toEqual({ left: 42, top: 31, width: 1, height: 7 });
    expect(rasterOf(withoutHoles(found, all.size), all, SIZE).area).toBe(49);
  });

  test("holes are found in what is painted already", () => {
    const ring = minus(rect(300, 200, 40, 40), rect(310, 210, 20, 20));
    const part = { left: 299, top: 199, width: 42, height: 42 };
    const filled = rasterOf(withoutHoles(gridOf(ring, part), part), { rect: part, size: part }, SIZE);
    expect(samePixels(filled, rect(300, 200, 40, 40))).toBe(true);
  });

  test("a mask that was found in a smaller picture covers the same part of the image, without steps", () => {
    const size = { width: 20, height: 20 };
    const mask = Uint8Array.from({ length: 400 }, (_, at) => Number((at % 20) + Math.floor(at / 20) < 20));
    const raster = rasterOf(mask, { rect: { left: 100, top: 100, width: 200, height: 200 }, size }, SIZE);
    expect(raster.bounds).toEqual({ left: 100, top: 100, width: 200, height: 200 });
    // The slope runs through it evenly: no row is like the one above.
    const widths = Array.from({ length: 150 }, (_, at) => Array.from({ length: 200 }, (_, x) => raster.has(100 + x, 125 + at)).filter(Boolean).length);
    expect(widths.every((width, at) => at === 0 || Math.abs((widths[at - 1] ?? 0) - width) <= 3)).toBe(true);
    expect(Math.abs(raster.area - 20_000)).toBeLessThan(1500);
  });
});
