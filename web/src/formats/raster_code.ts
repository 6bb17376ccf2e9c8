/**
 * The pixels of a region as text, for saved states: for each tile that is not empty, the lengths of its runs.
 *
 * Decision: runs of tiles, not a compressed image of the whole mask. Tiles do not change, so each is written once, and
 * the state of a large mask is there at once after a stroke. The runs go through the tile row by row: first pixels that
 * are not set, then pixels that are, and so on, each length in groups of seven bits, the lowest first.
 */
import type { Size } from "../core/geometry.js";
import { columnsOf, Raster } from "../core/raster/raster.js";
import { FULL, reduced, setRow, TILE, type Tile, WORDS } from "../core/raster/tile.js";

/** The tiles by place. */
export type RasterCode = Readonly<Record<string, string>>;

const PIXELS = TILE * TILE;
const FULL_CODE = "*";

const codes = new WeakMap<Tile, string>();

export function writeRaster(raster: Raster): RasterCode {
  return Object.fromEntries([...raster.tiles].map(([place, tile]) => [place, writeTile(tile)]));
}

/** Null for what `writeRaster` did not write for an image of this size. */
export function readRaster(code: unknown, size: Size): Raster | null {
  if (typeof code !== "object" || code === null) return null;
  const places = columnsOf(size) * Math.ceil(size.height / TILE);
  const tiles = new Map<number, Tile>();
  for (const [key, text] of Object.entries(code)) {
    const place = Number(key);
    const tile = typeof text === "string" ? readTile(text) : null;
    if (!Number.isInteger(place) || place < 0 || place >= places || tile === null) return null;
    tiles.set(place, tile);
  }
  const raster = new Raster(size, tiles);
  return isInside(raster) ? raster : null;
}

function isInside(raster: Raster): boolean {
  const { left, top, width, height } = raster.bounds;
  return left + width <= raster.size.width && top + height <= raster.size.height;
}

function writeTile(tile: Tile): string {
  if (tile === FULL) return FULL_CODE;
  let code = codes.get(tile);
  if (code === undefined) {
    code = btoa(String.fromCharCode(...runsOf(tile).flatMap(writeNumber)));
    codes.set(tile, code);
  }
  return code;
}

function runsOf(tile: Tile): number[] {
  const runs: number[] = [];
  let value = 0;
  let begun = 0;
  const changeAt = (at: number): void => {
    runs.push(at - begun);
    begun = at;
    value = 1 - value;
  };
  for (let word = 0; word < WORDS; word += 1) {
    const bits = tile[word] as number;
    if (bits === (value === 1 ? 0xffffffff : 0)) continue;
    for (let bit = 0; bit < 32; bit += 1) if (((bits >>> bit) & 1) !== value) changeAt(word * 32 + bit);
  }
  runs.push(PIXELS - begun);
  return runs;
}

function writeNumber(number: number): number[] {
  return number < 128 ? [number] : [(number & 127) | 128, ...writeNumber(number >>> 7)];
}

function readTile(text: string): Tile | null {
  if (text === FULL_CODE) return FULL;
  const tile = new Uint32Array(WORDS);
  let at = 0;
  let isSet = false;
  for (const length of readNumbers(text) ?? []) {
    if (at + length > PIXELS) return null;
    if (isSet) setRun(tile, at, at + length);
    at += length;
    isSet = !isSet;
  }
  return at === PIXELS ? reduced(tile) : null;
}

function setRun(tile: Tile, from: number, to: number): void {
  for (let start = from; start < to; ) {
    const row = Math.floor(start / TILE);
    const end = Math.min(to, (row + 1) * TILE);
    setRow(tile, row, start - row * TILE, end - row * TILE);
    start = end;
  }
}

function readNumbers(text: string): number[] | null {
  const numbers: number[] = [];
  let [number, factor] = [0, 1];
  for (const letter of decoded(text)) {
    const byte = letter.charCodeAt(0);
    number += (byte & 127) * factor;
    factor *= 128;
    if (number > PIXELS) return null;
    if (byte >= 128) continue;
    numbers.push(number);
    [number, factor] = [0, 1];
  }
  return numbers;
}

function decoded(base64: string): string {
  try {
    return atob(base64);
  } catch {
    return "";
  }
}
