import { expect, test } from "vitest";
import { RasterBuilder } from "../core/raster/builder.js";
import { samePixels } from "../core/raster/raster.js";
import { Stack } from "../core/raster/runs.js";
import { freeColours } from "./mask_colours.js";
import { base64, type Indexed, writePng } from "./png.js";
import { readRaster, writeRaster } from "./raster_code.js";

async function inflated(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes.slice()]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The pixel numbers of a PNG that this module wrote. The checksums of zlib are checked by the browser's decoder. */
async function pixelsOf(png: Uint8Array, width: number, height: number): Promise<number[][]> {
  const view = new DataView(png.buffer, png.byteOffset);
  let at = 8;
  while (new TextDecoder().decode(png.subarray(at + 4, at + 8)) !== "IDAT") at += view.getUint32(at) + 12;
  const data = await inflated(png.subarray(at + 8, at + 8 + view.getUint32(at)));
  expect(data.length).toBe(height * (width + 1));
  const rows: number[][] = [];
  for (let y = 0; y < height; y += 1) {
    const row = [...data.subarray(y * (width + 1) + 1, (y + 1) * (width + 1))];
    rows.push(data[y * (width + 1)] === 2 ? row.map((value, x) => (value + (rows[y - 1]?.[x] ?? 0)) & 255) : row);
  }
  return rows;
}

/** Rows of random runs, among them those lengths at which the codes change. */
function noise(width: number, height: number): Indexed & { readonly rows: number[][] } {
  const random = randomNumbers(7);
  const lengths = [1, 2, 3, 4, 10, 11, 12, 257, 258, 259, 260, 261, 262, 516, 517, 520];
  const rows = Array.from({ length: height }, () => {
    const row: number[] = [];
    while (row.length < width) {
      const length = lengths[Math.floor(random() * lengths.length)] ?? 1;
      row.push(...new Array<number>(length).fill(Math.floor(random() * 256)));
    }
    return row.slice(0, width);
  });
  rows[1] = rows[0] ?? [];
  return { size: { width, height }, rows, readRow: (y, emit) => rows[y]?.forEach((number) => emit(number, 1)) };
}

function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 2147483648;
  };
}

test("a PNG has every pixel, whatever the runs", async () => {
  const image = noise(1777, 60);
  const png = writePng(image, freeColours(256));
  expect(await pixelsOf(png, 1777, 60)).toEqual(image.rows);
});

test("a large region of one number is a small file", async () => {
  const size = { width: 1500, height: 800 };
  const builder = new RasterBuilder(size);
  builder.addStroke({ x: 300, y: 300 }, { x: 1200, y: 500 }, 250);
  const raster = builder.build();
  const png = writePng({ size, readRow: (y, emit) => new Stack(size, [raster]).readRow(y, emit) }, ["#ffffff", "#2ca02c"]);
  expect(png.length).toBeLessThan(20_000);
  const rows = await pixelsOf(png, 1500, 800);
  expect(rows.reduce((sum, row) => sum + row.filter((number) => number === 1).length, 0)).toBe(raster.area);
});

test("the colours of masks are those of the server, in its order", () => {
  expect(freeColours(15).slice(8)).toEqual(["#bcbd22", "#17becf", "#a11212", "#1955e6", "#b2ed5e", "#a1128f", "#19e6c3"]);
  expect(freeColours(2, new Set(["#2ca02c", "#ff7f0e"]))).toEqual(["#1f77b4", "#d62728"]);
  expect(new Set(freeColours(255)).size).toBe(255);
});

test("long bytes become base64", () => {
  const bytes = Uint8Array.from({ length: 100_001 }, (_, at) => at % 256);
  const back = Uint8Array.from(atob(base64(bytes)), (letter) => letter.charCodeAt(0));
  // Comparing them with toEqual takes seconds.
  expect(back.length).toBe(bytes.length);
  expect(back.every((byte, at) => byte === bytes[at])).toBe(true);
});

test("the saved pixels of a region are restored exactly", () => {
  const size = { width: 1000, height: 700 };
  const builder = new RasterBuilder(size);
  builder.addRect({ left: 256, top: 0, width: 256, height: 256 });
  builder.addStroke({ x: 100, y: 100 }, { x: 900, y: 600 }, 33);
  builder.addRow(699, 998, 1000);
  const raster = builder.build();
  const code = JSON.parse(JSON.stringify(writeRaster(raster))) as unknown;
  const restored = readRaster(code, size);
  expect(restored !== null && samePixels(restored, raster)).toBe(true);
  expect(JSON.stringify(code).length).toBeLessThan(5000);
});

test("a saved state that this element did not write for the image is refused", () => {
  const size = { width: 300, height: 300 };
  const tooShort = btoa(String.fromCharCode(5, 5));
  for (const code of [null, "x", { "-1": "*" }, { 4: "*" }, { 0: 7 }, { 0: tooShort }, { 0: "%%" }, { 1: "*" }, { x: "*" }]) {
    expect(readRaster(code, size)).toBeNull();
  }
});
