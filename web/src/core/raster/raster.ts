/** A set of pixels of an image. It never changes; sets made from it share the tiles that are the same. */
import type { Size } from "../geometry.js";
import type { Rect } from "../shapes.js";
import { countPixels, extentOf, FULL, reduced, sameTile, TILE, type Tile, tileHas, WORDS } from "./tile.js";

let counter = 0;

export class Raster {
  private readonly serial: number;
  private knownArea: number | null = null;
  private knownBounds: Rect | undefined;

  /** `tiles` are those that are not empty, by their place: row by row, from the top left. */
  constructor(
    readonly size: Size,
    readonly tiles: ReadonlyMap<number, Tile>,
  ) {
    counter += 1;
    this.serial = counter;
  }

  get isEmpty(): boolean {
    return this.tiles.size === 0;
  }

  /** Pixels. */
  get area(): number {
    if (this.knownArea === null) {
      this.knownArea = 0;
      for (const tile of this.tiles.values()) this.knownArea += countPixels(tile);
    }
    return this.knownArea;
  }

  /** The smallest rectangle around the pixels; of no size when there are none. */
  get bounds(): Rect {
    this.knownBounds ??= this.measure();
    return this.knownBounds;
  }

  has(x: number, y: number): boolean {
    if (x < 0 || y < 0 || x >= this.size.width || y >= this.size.height) return false;
    const tile = this.tiles.get((y >> 8) * columnsOf(this.size) + (x >> 8));
    return tile !== undefined && tileHas(tile, x & 255, y & 255);
  }

  /** Two rasters of one number are the same object. The pixels would make a very long text. */
  toJSON(): number {
    return this.serial;
  }

  private measure(): Rect {
    if (this.isEmpty) return { left: 0, top: 0, width: 0, height: 0 };
    const columns = columnsOf(this.size);
    let [left, top, right, bottom] = [Infinity, Infinity, 0, 0];
    for (const [place, tile] of this.tiles) {
      const x = (place % columns) * TILE;
      const y = Math.floor(place / columns) * TILE;
      const extent = extentOf(tile);
      left = Math.min(left, x + extent.left);
      top = Math.min(top, y + extent.top);
      right = Math.max(right, x + extent.right);
      bottom = Math.max(bottom, y + extent.bottom);
    }
    return { left, top, width: right - left, height: bottom - top };
  }
}

/** The number of tiles next to each other. */
export function columnsOf(size: Size): number {
  return Math.ceil(size.width / TILE);
}

export function emptyRaster(size: Size): Raster {
  return new Raster(size, new Map());
}

/** The pixels of either. It is `one` itself when `other` adds nothing. */
export function union(one: Raster, other: Raster): Raster {
  return combined(one, other, (mine, added) => {
    if (mine === FULL || added === FULL) return FULL;
    return mine === undefined ? added : joined(mine, added, (a, b) => a | b);
  });
}

/** The pixels of `one` that `other` does not have. It is `one` itself when it loses nothing. */
export function minus(one: Raster, other: Raster): Raster {
  return combined(one, other, (mine, taken) => {
    if (mine === undefined || taken === FULL) return null;
    return joined(mine, taken, (a, b) => a & ~b);
  });
}

/** The pixels that both have. */
export function intersection(one: Raster, other: Raster): Raster {
  const tiles = new Map<number, Tile>();
  for (const [place, tile] of one.tiles) {
    const second = other.tiles.get(place);
    const both = second === undefined ? null : joined(tile, second, (a, b) => a & b);
    if (both !== null) tiles.set(place, both);
  }
  return new Raster(one.size, tiles);
}

export function samePixels(one: Raster, other: Raster): boolean {
  if (one.tiles.size !== other.tiles.size) return false;
  for (const [place, tile] of one.tiles) if (!sameTile(tile, other.tiles.get(place))) return false;
  return true;
}

function combined(one: Raster, other: Raster, combine: (mine: Tile | undefined, theirs: Tile) => Tile | null): Raster {
  let tiles: Map<number, Tile> | null = null;
  for (const [place, theirs] of other.tiles) {
    const mine = one.tiles.get(place);
    const result = combine(mine, theirs);
    if (result === (mine ?? null)) continue;
    tiles ??= new Map(one.tiles);
    if (result === null) tiles.delete(place);
    else tiles.set(place, result);
  }
  return tiles === null ? one : new Raster(one.size, tiles);
}

/** `one` itself when the result is the same; null for an empty result. */
function joined(one: Tile, other: Tile, join: (a: number, b: number) => number): Tile | null {
  const result = new Uint32Array(WORDS);
  let differs = 0;
  for (let at = 0; at < WORDS; at += 1) {
    const before = one[at] as number;
    const after = join(before, other[at] as number);
    result[at] = after;
    differs |= after ^ before;
  }
  return differs === 0 ? one : reduced(result);
}
