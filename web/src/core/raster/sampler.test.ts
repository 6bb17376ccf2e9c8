import { expect, test } from "vitest";
import { RasterBuilder } from "./builder.js";
import type { Raster } from "./raster.js";
import { type Layer, Sampler, type ScreenToImage, type TopLayer } from "./sampler.js";

const SIZE = { width: 400, height: 300 };
const UPRIGHT: ScreenToImage = { ax: 1, bx: 0, cx: 0.5, ay: 0, by: 1, cy: 0.5 };

function rect(left: number, top: number, width: number, height: number): Raster {
  const builder = new RasterBuilder(SIZE);
  builder.addRect({ left, top, width, height });
  return builder.build();
}

/** Number 1 is shown as 1 and 11, number 2 as 2 and 22. */
const COLOURS = { fill: Uint32Array.of(0, 1, 2, 3), edge: Uint32Array.of(0, 11, 22, 33) };

function layer(raster: Raster, number: number): Layer {
  return { number, tiles: raster.tiles };
}

function sampling(layers: readonly Layer[]): Sampler {
  const sampler = new Sampler(SIZE);
  sampler.show(layers);
  return sampler;
}

function drawn(sampler: Sampler, map: ScreenToImage, width: number, height: number, top: TopLayer | null = null): number[][] {
  const screen = new Uint32Array(width * height);
  sampler.draw(screen, width, { left: 0, top: 0, width, height }, map, COLOURS, top);
  return Array.from({ length: height }, (_, y) => [...screen.subarray(y * width, (y + 1) * width)]);
}

function whichLayers(rows: readonly number[][]): number[][] {
  return rows.map((row) => row.map((value) => value % 10));
}

test("each pixel of the screen has the colour of the top layer, and that of its edge where the layer ends", () => {
  const sampler = sampling([layer(rect(3, 2, 3, 3), 2), layer(rect(1, 1, 6, 5), 1)]);
  expect(drawn(sampler, UPRIGHT, 9, 7)).toEqual([
    [0, 0, 0, 0, 0, 0, 0, 0, 0],
    [0, 11, 11, 11, 11, 11, 11, 0, 0],
    [0, 11, 11, 22, 22, 22, 11, 0, 0],
    [0, 11, 11, 22, 2, 22, 11, 0, 0],
    [0, 11, 11, 22, 22, 22, 11, 0, 0],
    [0, 11, 11, 11, 11, 11, 11, 0, 0],
    [0, 0, 0, 0, 0, 0, 0, 0, 0],
  ]);
});

test("a part that is drawn again is the same as in the whole picture", () => {
  const sampler = sampling([layer(rect(3, 2, 3, 3), 2), layer(rect(1, 1, 6, 5), 1)]);
  const whole = new Uint32Array(63);
  sampler.draw(whole, 9, { left: 0, top: 0, width: 9, height: 7 }, UPRIGHT, COLOURS);
  const again = whole.slice();
  for (let y = 2; y < 5; y += 1) again.fill(7, y * 9 + 2, y * 9 + 6);
  sampler.draw(again, 9, { left: 1, top: 1, width: 6, height: 5 }, UPRIGHT, COLOURS);
  expect([...again]).toEqual([...whole]);
});

test("pixels are found when the image is enlarged, moved and turned", () => {
  const sampler = sampling([layer(rect(255, 100, 2, 1), 1)]);
  // Twice as large, with the pixel 254, 99 at the top left.
  const enlarged = drawn(sampler, { ax: 0.5, bx: 0, cx: 254.25, ay: 0, by: 0.5, cy: 99.25 }, 8, 6);
  expect(whichLayers(enlarged)).toEqual([
    [0, 0, 0, 0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0, 0, 0, 0],
    [0, 0, 1, 1, 1, 1, 0, 0],
    [0, 0, 1, 1, 1, 1, 0, 0],
    [0, 0, 0, 0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0, 0, 0, 0],
  ]);
  // Turned by 90 degrees clockwise: the screen's x is the image's y, backwards.
  const turned = drawn(sampler, { ax: 0, bx: 1, cx: 254.5, ay: -1, by: 0, cy: 101.5 }, 3, 4);
  expect(whichLayers(turned)).toEqual([[0, 0, 0], [0, 1, 0], [0, 1, 0], [0, 0, 0]]);
});

test("what is outside the image has no colour", () => {
  const sampler = sampling([layer(rect(0, 0, 400, 300), 1)]);
  const edge = drawn(sampler, { ...UPRIGHT, cx: 398.5, cy: 298.5 }, 4, 4);
  expect(whichLayers(edge)).toEqual([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]);
});

test("what is being painted covers other layers, except for those that are spared, and what is being erased shows nothing", () => {
  const sampler = sampling([layer(rect(0, 0, 2, 1), 1), layer(rect(2, 0, 2, 1), 2)]);
  const top = { tiles: rect(1, 0, 5, 1).tiles, spared: (number: number) => number === 2 };
  expect(whichLayers(drawn(sampler, UPRIGHT, 7, 1, { ...top, number: 3 }))).toEqual([[1, 3, 2, 2, 3, 3, 0]]);
  expect(whichLayers(drawn(sampler, UPRIGHT, 7, 1, { ...top, number: 0 }))).toEqual([[1, 0, 2, 2, 0, 0, 0]]);
});

test("a changed layer is shown as it is now, at every size", () => {
  const sampler = sampling([layer(rect(0, 0, 256, 256), 1)]);
  const far: ScreenToImage = { ax: 64, bx: 0, cx: 32, ay: 0, by: 64, cy: 32 };
  expect(whichLayers(drawn(sampler, far, 5, 1))).toEqual([[1, 1, 1, 1, 0]]);
  sampler.show([layer(rect(0, 0, 128, 256), 1)]);
  expect(whichLayers(drawn(sampler, far, 5, 1))).toEqual([[1, 1, 0, 0, 0]]);
  expect(whichLayers(drawn(sampler, { ...UPRIGHT, cx: 126.5 }, 4, 1))).toEqual([[1, 1, 0, 0]]);
});
