/** The contract of a shape's format: how shapes are read from a task and a saved state, and written to the answer. */
import type { Size } from "../core/geometry.js";
import { type Geometry, makeShape, type Shape } from "../core/shapes.js";

export interface ReadShapes<S extends Shape> {
  readonly shapes: readonly S[];
  /** One sentence for each entry that cannot be shown. */
  readonly failures: readonly string[];
}

export interface ReadState<S extends Shape> extends ReadShapes<S> {
  readonly nothingToLabel: boolean;
}

export interface ShapeFormat<S extends Shape> {
  /** Reads `initial-value`. Entries that cannot be read are left out. */
  readShapes(value: unknown, labels: readonly string[]): ReadShapes<S>;
  /** Cuts shapes to the image and leaves out those outside it. */
  clip(shapes: readonly S[], image: Size): S[];
  /** The worker's answer. `initial` holds the shapes of the initial value, null for a task without one. */
  writeAnswer(shapes: readonly S[], image: Size, initial: readonly S[] | null): object;
  writeState(shapes: readonly S[], nothingToLabel: boolean): object;
  /** Reads what writeState wrote; anything else is an empty state with failures. */
  readState(value: unknown, labels: readonly string[]): ReadState<S>;
}

/** The geometry of one entry, or a sentence that says what is wrong with it. */
export type ReadGeometry<S extends Shape> = (fields: Record<string, unknown>) => Geometry<S> | string;

/** Decision: far more than a person can look through. A page with more would not react. */
export const MOST_SHAPES = 5000;
const LONGEST_TEXT = 200;

/** Reads a list of objects with a label and a geometry. `noun` names one of them in the failures. */
export function readShapeList<S extends Shape>(
  value: unknown,
  labels: readonly string[],
  noun: { readonly one: string; readonly many: string },
  readGeometry: ReadGeometry<S>,
): ReadShapes<S> {
  if (!Array.isArray(value)) return { shapes: [], failures: [`the ${noun.many} are not a list`] };
  const shapes: S[] = [];
  const failures: string[] = value.length > MOST_SHAPES ? [`there are ${value.length} ${noun.many}, more than ${MOST_SHAPES}`] : [];
  for (const [index, entry] of value.slice(0, MOST_SHAPES).entries()) {
    const shape = readShape(entry, labels, readGeometry);
    if (typeof shape === "string") failures.push(`${noun.one} ${index + 1}: ${shape}`);
    else shapes.push(shape);
  }
  return { shapes, failures };
}

function readShape<S extends Shape>(entry: unknown, labels: readonly string[], readGeometry: ReadGeometry<S>): S | string {
  if (typeof entry !== "object" || entry === null) return "not an object";
  const fields = entry as Record<string, unknown>;
  const label = fields["label"];
  if (typeof label !== "string" || !labels.includes(label)) {
    return `its label ${described(label)} is not one of ${shortened(labels.join(", "))}`;
  }
  const geometry = readGeometry(fields);
  if (typeof geometry === "string") return geometry;
  const shape = makeShape<S>(label, geometry);
  const confidence = readNumber(fields["confidence"]);
  // Decision: AWS's formats have no confidence. An entry with one from 0 to 1 is what a model suggests.
  return confidence !== null && confidence >= 0 && confidence <= 1 ? { ...shape, confidence } : shape;
}

/** The entry of a saved state. What a model suggests is still a suggestion when the worker comes back. */
export function withConfidence<E extends object>({ confidence }: Shape, entry: E): E {
  return confidence === undefined ? entry : { ...entry, confidence };
}

/** A value from outside in a message: neither long nor deep. */
function described(value: unknown): string {
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "(a list)" : "(an object)";
  return shortened(JSON.stringify(value) ?? "(missing)");
}

function shortened(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)} …` : text;
}

/** A number, or a number written as text, as templates that build JSON by hand produce it; null for anything else. */
export function readNumber(value: unknown): number | null {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : null;
}

/** Image pixels. No image is larger, and numbers up to here are exact in all computations. */
const FARTHEST = 1e9;

/** A place or length in image pixels; null for anything else. */
export function readPixels(value: unknown): number | null {
  const number = readNumber(value);
  return number === null || Math.abs(number) > FARTHEST ? null : number;
}

/** Whether both lists hold the same entries, in any order. */
export function sameEntries(some: readonly object[], others: readonly object[]): boolean {
  const text = (entries: readonly object[]): string => JSON.stringify(entries.map((entry) => JSON.stringify(entry)).sort());
  return text(some) === text(others);
}
