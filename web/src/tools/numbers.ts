/** Numbers of a shape, in image pixels, that the worker can read and type. */

export interface NumberField {
  readonly name: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Changes the shape, unless that is not possible: the worker then sees why. */
  set(value: number): void;
}

export interface Numbers {
  /** What the numbers belong to, such as a point, or how to choose one; empty for those of the whole shape. */
  readonly caption: string;
  readonly fields: readonly NumberField[];
}
