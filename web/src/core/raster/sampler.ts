/**
 * Shows rasters on a screen: finds for each screen pixel the layer that has the image pixel under its middle. No DOM.
 *
 * The layers of a tile are put together once, at about the size at which they are shown, and kept until they change. So
 * moving the image over the screen and painting need no work for tiles that stay the same.
 */
import type { Size } from "../geometry.js";
import type { Rect } from "../shapes.js";
import { columnsOf } from "./raster.js";
import { FULL, TILE, type Tile, WORDS_PER_ROW } from "./tile.js";

export interface Layer {
  /** From 1, and the same as long as the layer is there. */
  readonly number: number;
  readonly tiles: ReadonlyMap<number, Tile>;
}

/** Pixels that are shown in the place of layers while they are being painted. */
export interface TopLayer {
  /** 0 shows nothing there: the pixels are erased. */
  readonly number: number;
  readonly tiles: ReadonlyMap<number, Tile>;
  /** The layers that it does not cover, by number; 0 for where there is none. */
  readonly spared: (number: number) => boolean;
}

/** The colours of the layers by number, as 32-bit values of ImageData; number 0 has none. */
export interface Colours {
  readonly fill: Uint32Array;
  /** Of the screen pixels at a layer's edge. */
  readonly edge: Uint32Array;
}

/** The image point (x, y) is under the middle of the screen pixel (px, py): x = ax * px + bx * py + cx, y the same. */
export interface ScreenToImage {
  readonly ax: number;
  readonly bx: number;
  readonly cx: number;
  readonly ay: number;
  readonly by: number;
  readonly cy: number;
}

interface Stacked {
  readonly number: number;
  readonly tile: Tile;
}

/** The layers of a tile, put together. */
interface Patch {
  readonly stack: readonly Stacked[];
  readonly level: number;
  /** Of each 2 ** level-th pixel in each direction. */
  readonly numbers: Uint16Array;
}

/** Sets the numbers of the layers in a row of the screen, from one pixel before the rectangle to one past it; 0 for none. */
type ReadRow = (numbers: Uint16Array, screenY: number) => void;

/** Tiles of 8 x 8 numbers are small enough. */
const LAST_LEVEL = 5;

export class Sampler {
  private stacks: (readonly Stacked[] | undefined)[] = [];
  private readonly patches = new Map<number, Patch>();
  private readonly columns: number;

  constructor(private readonly image: Size) {
    this.columns = columnsOf(image);
  }

  /** The first layer is on top. */
  show(layers: readonly Layer[]): void {
    const stacks = new Array<Stacked[] | undefined>(this.columns * Math.ceil(this.image.height / TILE));
    for (const { number, tiles } of layers) {
      for (const [place, tile] of tiles) {
        const stack = stacks[place];
        if (stack === undefined) stacks[place] = [{ number, tile }];
        else if (stack.at(-1)?.tile !== FULL) stack.push({ number, tile });
      }
    }
    this.stacks = stacks;
  }

  /** Sets the colours of a rectangle of the screen, whose rows are `width` pixels apart in `screen`. */
  draw(screen: Uint32Array, width: number, rect: Rect, map: ScreenToImage, colours: Colours, top: TopLayer | null = null): void {
    const level = levelOf(map);
    const readRow = map.ay === 0 && map.bx === 0 ? this.uprightReader(rect, map, level, top) : this.turnedReader(rect, map, level, top);
    // One more pixel on all sides: an edge is where the neighbour differs.
    let above = new Uint16Array(rect.width + 2);
    let row = new Uint16Array(rect.width + 2);
    readRow(above, rect.top - 1);
    for (let y = rect.top; y <= rect.top + rect.height; y += 1) {
      readRow(row, y);
      if (y > rect.top) markLowerEdges(screen, (y - 1) * width + rect.left, row, above, colours.edge);
      if (y < rect.top + rect.height) colourRow(screen, y * width + rect.left, row, above, colours);
      [above, row] = [row, above];
    }
  }

  /** Reads the rows of an image that is not turned, tile by tile: all pixels of a row have the same y. */
  private uprightReader(rect: Rect, { ax, cx, by, cy }: ScreenToImage, level: number, top: TopLayer | null): ReadRow {
    const { width, height } = this.image;
    const xs = Int32Array.from({ length: rect.width + 2 }, (_, at) => Math.floor(ax * (rect.left - 1 + at) + cx));
    const first = xs.findIndex((x) => x >= 0);
    const from = first < 0 ? xs.length : first;
    const past = xs.findIndex((x) => x >= width);
    const to = past < 0 ? xs.length : past;
    const side = TILE >> level;
    return (numbers, screenY) => {
      const y = Math.floor(by * screenY + cy);
      numbers.fill(0);
      if (y < 0 || y >= height) return;
      const row = ((y & 255) >> level) * side;
      for (let at = from; at < to; ) {
        const column = (xs[at] as number) >> 8;
        const place = (y >> 8) * this.columns + column;
        const patch = this.patchAt(place, level);
        const begun = at;
        for (; at < to && (xs[at] as number) >> 8 === column; at += 1) {
          if (patch !== null) numbers[at] = patch[row + (((xs[at] as number) & 255) >> level)] as number;
        }
        const tile = top?.tiles.get(place);
        if (top === null || tile === undefined) continue;
        for (let over = begun; over < at; over += 1) {
          if (isSet(tile, (xs[over] as number) & 255, y & 255)) numbers[over] = shownOver(top, numbers[over] as number);
        }
      }
    };
  }

  private turnedReader(rect: Rect, map: ScreenToImage, level: number, top: TopLayer | null): ReadRow {
    const { width, height } = this.image;
    const side = TILE >> level;
    return (numbers, screenY) => {
      for (let at = 0; at < numbers.length; at += 1) {
        const screenX = rect.left - 1 + at;
        const x = Math.floor(map.ax * screenX + map.bx * screenY + map.cx);
        const y = Math.floor(map.ay * screenX + map.by * screenY + map.cy);
        numbers[at] = 0;
        if (x < 0 || y < 0 || x >= width || y >= height) continue;
        const place = (y >> 8) * this.columns + (x >> 8);
        const number = this.patchAt(place, level)?.[((y & 255) >> level) * side + ((x & 255) >> level)] ?? 0;
        const tile = top?.tiles.get(place);
        numbers[at] = top !== null && tile !== undefined && isSet(tile, x & 255, y & 255) ? shownOver(top, number) : number;
      }
    };
  }

  private patchAt(place: number, level: number): Uint16Array | null {
    const stack = this.stacks[place];
    if (stack === undefined) return null;
    const known = this.patches.get(place);
    if (known !== undefined && known.level === level && isSameStack(known.stack, stack)) return known.numbers;
    const numbers = numbersOf(stack, level);
    this.patches.set(place, { stack, level, numbers });
    return numbers;
  }
}

/** The largest step between pixels, as a power of two, that leaves out none of those that are shown. */
function levelOf({ ax, ay }: ScreenToImage): number {
  return Math.min(LAST_LEVEL, Math.max(0, Math.floor(Math.log2(Math.hypot(ax, ay)))));
}

function isSameStack(one: readonly Stacked[], other: readonly Stacked[]): boolean {
  if (one === other) return true;
  return one.length === other.length && one.every(({ tile, number }, at) => tile === other[at]?.tile && number === other[at]?.number);
}

/** From the middle of each square of pixels, because the pixel that is shown is on average there. */
function numbersOf(stack: readonly Stacked[], level: number): Uint16Array {
  const side = TILE >> level;
  const step = 1 << level;
  const numbers = new Uint16Array(side * side);
  for (let from = stack.length - 1; from >= 0; from -= 1) {
    const { tile, number } = stack[from] as Stacked;
    if (tile === FULL) {
      numbers.fill(number);
      continue;
    }
    for (let row = 0; row < side; row += 1) {
      const y = row * step + (step >> 1);
      for (let column = 0; column < side; column += 1) {
        if (isSet(tile, column * step + (step >> 1), y)) numbers[row * side + column] = number;
      }
    }
  }
  return numbers;
}

function shownOver({ number, spared }: TopLayer, below: number): number {
  return spared(below) ? below : number;
}

function isSet(tile: Tile, x: number, y: number): boolean {
  return (((tile[y * WORDS_PER_ROW + (x >> 5)] as number) >>> (x & 31)) & 1) === 1;
}

/** A pixel whose left, upper or right neighbour is of another layer is an edge. */
function colourRow(screen: Uint32Array, start: number, row: Uint16Array, above: Uint16Array, { fill, edge }: Colours): void {
  for (let at = 1; at < row.length - 1; at += 1) {
    const number = row[at] as number;
    const isInside = number === row[at - 1] && number === row[at + 1] && number === above[at];
    screen[start + at - 1] = (isInside ? fill[number] : edge[number]) as number;
  }
}

/** The row above ends where the layers of this one are others. */
function markLowerEdges(screen: Uint32Array, start: number, row: Uint16Array, above: Uint16Array, edge: Uint32Array): void {
  for (let at = 1; at < row.length - 1; at += 1) {
    const upper = above[at] as number;
    if (upper !== 0 && upper !== row[at]) screen[start + at - 1] = edge[upper] as number;
  }
}
