/** Collects pixels for a raster: rows of pixels, strokes of a round brush, rectangles, outlines. */
import { clamp, type Point, type Size } from "../geometry.js";
import type { Rect } from "../shapes.js";
import { columnsOf, Raster } from "./raster.js";
import { reduced, setRow, TILE, type Tile, WORDS } from "./tile.js";

export class RasterBuilder {
  private readonly tiles = new Map<number, Tile>();
  private readonly columns: number;

  constructor(readonly size: Size) {
    this.columns = columnsOf(size);
  }

  /** The pixels so far, by place. They change as more are added. */
  get tilesSoFar(): ReadonlyMap<number, Tile> {
    return this.tiles;
  }

  /** Adds the pixels `from` to `to - 1` of a row. What is outside the image is left out. */
  addRow(y: number, from: number, to: number): void {
    if (y < 0 || y >= this.size.height) return;
    const end = Math.min(to, this.size.width);
    for (let start = Math.max(0, from); start < end; ) {
      const column = start >> 8;
      const stop = Math.min(end, (column + 1) * TILE);
      setRow(this.tileAt((y >> 8) * this.columns + column), y & 255, start & 255, stop - column * TILE);
      start = stop;
    }
  }

  addRect({ left, top, width, height }: Rect): void {
    const bottom = clamp(top + height, 0, this.size.height);
    for (let y = clamp(top, 0, this.size.height); y < bottom; y += 1) this.addRow(y, left, left + width);
  }

  /** A stroke of a round brush: the pixels whose middles are within the radius of the line. */
  addStroke(from: Point, to: Point, diameter: number): void {
    const radius = diameter / 2 + 1e-6;
    const first = Math.max(0, Math.floor(Math.min(from.y, to.y) - radius));
    const last = Math.min(this.size.height - 1, Math.ceil(Math.max(from.y, to.y) + radius));
    for (let y = first; y <= last; y += 1) {
      const extent = strokeExtent(from, to, radius, y + 0.5);
      if (extent !== null) this.addRow(y, Math.ceil(extent[0] - 0.5), Math.floor(extent[1] - 0.5) + 1);
    }
  }

  /** The inside of a closed outline, which may cross itself: the pixels whose middles it goes around an odd number of times. */
  addOutline(points: readonly Point[]): void {
    const rows = new Map<number, number[]>();
    points.forEach((point, at) => this.addCrossings(rows, point, points[(at + 1) % points.length] ?? point));
    for (const [y, crossings] of rows) {
      crossings.sort((a, b) => a - b);
      for (let at = 0; at + 1 < crossings.length; at += 2) {
        this.addRow(y, Math.ceil((crossings[at] as number) - 0.5), Math.ceil((crossings[at + 1] as number) - 0.5));
      }
    }
  }

  build(): Raster {
    const tiles = new Map<number, Tile>();
    for (const [place, tile] of this.tiles) {
      const kept = reduced(tile);
      // A copy: the builder may go on.
      if (kept !== null) tiles.set(place, kept === tile ? tile.slice() : kept);
    }
    return new Raster(this.size, tiles);
  }

  /** Where an edge crosses the middles of the image's rows. */
  private addCrossings(rows: Map<number, number[]>, one: Point, other: Point): void {
    const [upper, lower] = one.y <= other.y ? [one, other] : [other, one];
    const first = Math.max(0, Math.ceil(upper.y - 0.5));
    const last = Math.min(this.size.height, Math.ceil(lower.y - 0.5));
    const slope = (lower.x - upper.x) / (lower.y - upper.y);
    for (let y = first; y < last; y += 1) {
      const x = upper.x + (y + 0.5 - upper.y) * slope;
      const row = rows.get(y);
      if (row === undefined) rows.set(y, [x]);
      else row.push(x);
    }
  }

  private tileAt(place: number): Tile {
    let tile = this.tiles.get(place);
    if (tile === undefined) {
      tile = new Uint32Array(WORDS);
      this.tiles.set(place, tile);
    }
    return tile;
  }
}

/** The part of a horizontal line within the radius of a line: that of both ends' circles and of the band between them. */
function strokeExtent(from: Point, to: Point, radius: number, y: number): [low: number, high: number] | null {
  let low = Infinity;
  let high = -Infinity;
  const add = (x: number): void => {
    low = Math.min(low, x);
    high = Math.max(high, x);
  };
  for (const end of [from, to]) {
    const squared = radius * radius - (y - end.y) ** 2;
    if (squared < 0) continue;
    add(end.x - Math.sqrt(squared));
    add(end.x + Math.sqrt(squared));
  }
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  if (length > 0) {
    const nx = (-(to.y - from.y) / length) * radius;
    const ny = ((to.x - from.x) / length) * radius;
    const corners = [
      { x: from.x + nx, y: from.y + ny },
      { x: to.x + nx, y: to.y + ny },
      { x: to.x - nx, y: to.y - ny },
      { x: from.x - nx, y: from.y - ny },
    ];
    corners.forEach((corner, at) => {
      const next = corners[(at + 1) % 4] ?? corner;
      const isCrossed = corner.y <= y !== next.y <= y;
      if (isCrossed) add(corner.x + ((y - corner.y) / (next.y - corner.y)) * (next.x - corner.x));
    });
  }
  return low <= high ? [low, high] : null;
}

/** The end of a brush stroke in the grid of pixels, so that a brush of few pixels is symmetric. */
export function brushPoint(point: Point, diameter: number): Point {
  if (diameter > 8) return point;
  return diameter % 2 === 1
    ? { x: Math.floor(point.x) + 0.5, y: Math.floor(point.y) + 0.5 }
    : { x: Math.round(point.x), y: Math.round(point.y) };
}
