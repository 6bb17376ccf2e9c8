/** A square of 256 x 256 pixels of a raster, one bit for each pixel, row by row. Tiles are shared: nobody changes one. */

export const TILE = 256;
export const WORDS_PER_ROW = TILE / 32;
export const WORDS = TILE * WORDS_PER_ROW;

export type Tile = Uint32Array;

/** Pixels within the tile; right and bottom are past the last pixel. */
export interface Extent {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const ALL = 0xffffffff;
/** All tiles whose pixels are all set are this one, so that large regions need little memory. */
export const FULL: Tile = new Uint32Array(WORDS).fill(ALL);

const counts = new WeakMap<Tile, number>();
const extents = new WeakMap<Tile, Extent>();

/** The tile itself, FULL in the place of another full one, or null for an empty one. */
export function reduced(tile: Tile): Tile | null {
  const first = tile[0];
  if (first !== 0 && first !== ALL) return tile;
  for (let at = 1; at < WORDS; at += 1) if (tile[at] !== first) return tile;
  return first === 0 ? null : FULL;
}

export function countPixels(tile: Tile): number {
  let count = counts.get(tile);
  if (count === undefined) {
    count = 0;
    for (let at = 0; at < WORDS; at += 1) count += bitCount(tile[at] as number);
    counts.set(tile, count);
  }
  return count;
}

/** The smallest rectangle around the pixels of a tile that is not empty. */
export function extentOf(tile: Tile): Extent {
  let extent = extents.get(tile);
  if (extent === undefined) {
    extent = measure(tile);
    extents.set(tile, extent);
  }
  return extent;
}

function measure(tile: Tile): Extent {
  const columns = new Uint32Array(WORDS_PER_ROW);
  let top = TILE;
  let bottom = 0;
  for (let at = 0; at < WORDS; at += 1) {
    const word = tile[at] as number;
    if (word === 0) continue;
    const row = Math.floor(at / WORDS_PER_ROW);
    top = Math.min(top, row);
    bottom = row + 1;
    columns[at % WORDS_PER_ROW] = (columns[at % WORDS_PER_ROW] as number) | word;
  }
  const used = Array.from(columns.keys()).filter((at) => columns[at] !== 0);
  const first = used[0] ?? 0;
  const last = used.at(-1) ?? 0;
  const lowest = columns[first] ?? 0;
  return {
    left: first * 32 + (31 - Math.clz32(lowest & -lowest)),
    top,
    right: last * 32 + 32 - Math.clz32(columns[last] ?? 0),
    bottom,
  };
}

function bitCount(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return (((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}

/** Whether the tile has the pixel; x and y are from 0 to 255. */
export function tileHas(tile: Tile, x: number, y: number): boolean {
  return (((tile[y * WORDS_PER_ROW + (x >> 5)] as number) >>> (x & 31)) & 1) === 1;
}

/** Sets the pixels `from` to `to - 1` of a row, in a tile that nobody else has yet. */
export function setRow(tile: Tile, y: number, from: number, to: number): void {
  const first = from >> 5;
  const last = (to - 1) >> 5;
  const row = y * WORDS_PER_ROW;
  const head = ALL << (from & 31);
  const tail = ALL >>> (31 - ((to - 1) & 31));
  if (first === last) {
    tile[row + first] = (tile[row + first] as number) | (head & tail);
    return;
  }
  tile[row + first] = (tile[row + first] as number) | head;
  tile.fill(ALL, row + first + 1, row + last);
  tile[row + last] = (tile[row + last] as number) | tail;
}

export function sameTile(one: Tile | undefined, other: Tile | undefined): boolean {
  if (one === other) return true;
  if (one === undefined || other === undefined) return false;
  for (let at = 0; at < WORDS; at += 1) if (one[at] !== other[at]) return false;
  return true;
}
