/** The shapes that a worker draws, in pixels of the stored image; the EXIF orientation is ignored. */

export interface Shape {
  readonly id: string;
  readonly label: string;
  /** How sure the model is that suggested it, from 0 to 1; undefined for a shape that a person drew or has changed. */
  readonly confidence?: number;
}

/** A shape without its id and label. */
export type Geometry<S extends Shape> = Omit<S, keyof Shape>;

export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A box with whole pixel edges: it covers the pixels left .. left + width - 1. */
export interface BoxShape extends Shape, Rect {}

/** A polygon, polyline, line or key point: its points in the order in which they were drawn, in whole pixels. */
export interface PathShape extends Shape {
  readonly vertices: readonly { readonly x: number; readonly y: number }[];
}

let counter = 0;

/** A new shape. Its id is unique on this page and is never submitted. */
export function makeShape<S extends Shape>(label: string, geometry: Geometry<S>): S {
  counter += 1;
  return { id: `s${counter}`, label, ...geometry } as unknown as S;
}
