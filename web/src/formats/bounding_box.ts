/** How does crowd-bounding-box write its boxes, and how does it read the initial value and a saved state? */
import { clippedRect, type Size } from "../core/geometry.js";
import { type BoxShape, newShapeId, type Rect } from "../core/shapes.js";

export interface CrowdBox {
  readonly height: number;
  readonly label: string;
  readonly left: number;
  readonly top: number;
  readonly width: number;
}

export interface BoundingBoxAnswer {
  readonly boundingBoxes: readonly CrowdBox[];
  readonly initialValueModified?: boolean;
  readonly inputImageProperties: { readonly height: number; readonly width: number };
}

export interface BoundingBoxState {
  readonly boxes: readonly CrowdBox[];
  readonly nothingToLabel: boolean;
}

export interface ReadBoxes {
  readonly boxes: readonly BoxShape[];
  /** One sentence for each entry that cannot be shown. */
  readonly failures: readonly string[];
}

/** The answer of the worker; `initial` are the boxes of the initial value where the task gave one. */
export function writeAnswer(
  boxes: readonly BoxShape[],
  image: Size,
  initial: readonly BoxShape[] | null,
): BoundingBoxAnswer {
  return {
    boundingBoxes: boxes.map(writeBox),
    ...(initial === null ? {} : { initialValueModified: !sameBoxes(boxes, initial) }),
    inputImageProperties: { height: image.height, width: image.width },
  };
}

export function writeState(boxes: readonly BoxShape[], nothingToLabel: boolean): BoundingBoxState {
  return { boxes: boxes.map(writeBox), nothingToLabel };
}

/** Reads what writeState wrote; anything else is an empty state with failures. */
export function readState(value: unknown, labels: readonly string[]): ReadBoxes & { nothingToLabel: boolean } {
  const state = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  const read = readBoxes(state["boxes"] ?? [], labels);
  return { ...read, nothingToLabel: state["nothingToLabel"] === true && read.boxes.length === 0 };
}

/** Boxes from `initial-value`: an array of {height, label, left, top, width}. Unreadable entries are left out. */
export function readBoxes(value: unknown, labels: readonly string[]): ReadBoxes {
  if (!Array.isArray(value)) return { boxes: [], failures: ["the boxes are not a list"] };
  const boxes: BoxShape[] = [];
  const failures: string[] = [];
  for (const [index, entry] of value.entries()) {
    const box = readBox(entry, labels);
    if (typeof box === "string") failures.push(`box ${index + 1}: ${box}`);
    else boxes.push(box);
  }
  return { boxes, failures };
}

/** Boxes cut to the image, once its size is known; those outside are left out. */
export function clipBoxes(boxes: readonly BoxShape[], image: Size): BoxShape[] {
  return boxes.flatMap((box) => {
    const rect = clippedRect(box, image);
    return rect === null ? [] : [{ ...box, ...rect }];
  });
}

function readBox(entry: unknown, labels: readonly string[]): BoxShape | string {
  if (typeof entry !== "object" || entry === null) return "not an object";
  const fields = entry as Record<string, unknown>;
  const label = fields["label"];
  if (typeof label !== "string" || !labels.includes(label)) {
    return `its label ${JSON.stringify(label)} is not one of ${labels.join(", ")}`;
  }
  const rect: Record<string, number> = {};
  for (const key of ["left", "top", "width", "height"] as const) {
    const number = readNumber(fields[key]);
    if (number === null) return `its ${key} is not a number`;
    rect[key] = number;
  }
  return { id: newShapeId(), label, ...(rect as unknown as Rect) };
}

/** Numbers, and numbers written as text, as templates that build JSON by hand produce them. */
function readNumber(value: unknown): number | null {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : null;
}

function writeBox({ height, label, left, top, width }: BoxShape): CrowdBox {
  return { height, label, left, top, width };
}

function sameBoxes(some: readonly BoxShape[], others: readonly BoxShape[]): boolean {
  const text = (boxes: readonly BoxShape[]) => boxes.map((box) => JSON.stringify(writeBox(box))).sort();
  return JSON.stringify(text(some)) === JSON.stringify(text(others));
}
