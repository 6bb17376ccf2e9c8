/** What can a worker draw? The geometry of each shape in pixels of the stored image, EXIF orientation ignored. */

export interface Shape {
  readonly id: string;
  readonly label: string;
}

export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A box with whole pixel edges: it covers the pixels left .. left + width - 1. */
export interface BoxShape extends Shape, Rect {}

let counter = 0;

/** An id that is unique on this page; ids are never submitted. */
export function newShapeId(): string {
  counter += 1;
  return `s${counter}`;
}
