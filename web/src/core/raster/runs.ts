/** Rasters one over the other, read row by row: how many pixels in a row belong to which of them. */
import type { Size } from "../geometry.js";
import { columnsOf, type Raster } from "./raster.js";
import { FULL, TILE, type Tile, WORDS_PER_ROW } from "./tile.js";

/** `number` is the place of the raster in the list, from 1; 0 is a pixel of none. Equal runs may follow each other. */
export type EmitRun = (number: number, length: number) => void;

interface Numbered {
  readonly number: number;
  readonly tile: Tile;
}

const NONE: readonly Numbered[] = [];

export class Stack {
  /** For each place the tiles that are there, the top one first. */
  private readonly tiles = new Map<number, Numbered[]>();
  private readonly columns: number;

  /** The last raster is on top. */
  constructor(
    readonly size: Size,
    rasters: readonly Raster[],
  ) {
    this.columns = columnsOf(size);
    for (let at = rasters.length - 1; at >= 0; at -= 1) {
      for (const [place, tile] of rasters[at]?.tiles ?? []) {
        const there = this.tiles.get(place);
        if (there === undefined) this.tiles.set(place, [{ number: at + 1, tile }]);
        else if (there.at(-1)?.tile !== FULL) there.push({ number: at + 1, tile });
      }
    }
  }

  /** Emits the runs of a row from left to right; their lengths make the image's width. */
  readRow(y: number, emit: EmitRun): void {
    const first = (y >> 8) * this.columns;
    for (let column = 0; column < this.columns; column += 1) {
      const width = Math.min(TILE, this.size.width - column * TILE);
      const tiles = this.tiles.get(first + column) ?? NONE;
      const [top] = tiles;
      if (top === undefined) emit(0, width);
      else if (top.tile === FULL) emit(top.number, width);
      else readTileRow(tiles, y & 255, width, emit);
    }
  }
}

function readTileRow(tiles: readonly Numbered[], y: number, width: number, emit: EmitRun): void {
  for (let x = 0; x < width; x += 32) {
    const length = Math.min(32, width - x);
    const whole = length === 32 ? 0xffffffff : 2 ** length - 1;
    const at = y * WORDS_PER_ROW + (x >> 5);
    const top = tiles.find(({ tile }) => (tile[at] as number) !== 0);
    if (top === undefined) emit(0, length);
    else if (((top.tile[at] as number) & whole) >>> 0 === whole) emit(top.number, length);
    else for (let bit = 0; bit < length; bit += 1) emit(numberAt(tiles, at, bit), 1);
  }
}

function numberAt(tiles: readonly Numbered[], at: number, bit: number): number {
  for (const { number, tile } of tiles) if ((((tile[at] as number) >>> bit) & 1) === 1) return number;
  return 0;
}
