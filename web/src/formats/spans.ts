/** The format of crowd-entity-annotation: its answer, its initial value and its saved state. Offsets are code points. */
import type { IndexedText } from "../core/indexed_text.js";
import { inTextOrder, type SpanShape } from "../core/spans.js";
import { readNumber, type ReadShapes, readShapeList, type ReadState, sameEntries } from "./shape_format.js";

export interface CrowdEntity {
  readonly endOffset: number;
  readonly label: string;
  readonly startOffset: number;
}

export interface EntitiesAnswer {
  readonly entities: readonly CrowdEntity[];
  readonly initialValueModified?: boolean;
}

export interface EntitiesState {
  readonly entities: readonly CrowdEntity[];
  readonly nothingToLabel: boolean;
}

/** The worker's answer, in the order of the text. `initial` holds the spans of the initial value, null without one. */
export function writeAnswer(spans: readonly SpanShape[], text: IndexedText, initial: readonly SpanShape[] | null): EntitiesAnswer {
  const entities = writeSpans(spans, text);
  if (initial === null) return { entities };
  return { entities, initialValueModified: !sameEntries(entities, writeSpans(initial, text)) };
}

export function writeState(spans: readonly SpanShape[], text: IndexedText, nothingToLabel: boolean): EntitiesState {
  return { entities: writeSpans(spans, text), nothingToLabel };
}

/** Reads what writeState wrote; anything else is an empty state with failures. */
export function readState(value: unknown, labels: readonly string[], text: IndexedText): ReadState<SpanShape> {
  const state = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  const read = readSpans(state["entities"] ?? [], labels, text);
  return { ...read, nothingToLabel: state["nothingToLabel"] === true && read.shapes.length === 0 };
}

/** Spans from `initial-value`: `[{label, startOffset, endOffset}]`. Entries that cannot be read are left out. */
export function readSpans(value: unknown, labels: readonly string[], text: IndexedText): ReadShapes<SpanShape> {
  return readShapeList<SpanShape>(value, labels, { one: "entity", many: "entities" }, (fields) => readOffsets(fields, text));
}

function readOffsets(fields: Record<string, unknown>, text: IndexedText): { start: number; end: number } | string {
  const [first, last] = [readNumber(fields["startOffset"]), readNumber(fields["endOffset"])];
  if (first === null || !Number.isInteger(first)) return "its startOffset is not a whole number";
  if (last === null || !Number.isInteger(last)) return "its endOffset is not a whole number";
  if (first < 0 || last <= first) return `it begins at ${first} and ends at ${last}`;
  const end = text.fromCodePoints(last);
  const start = text.fromCodePoints(first);
  if (start === null || end === null) return `it ends at ${last}, after the end of the text`;
  return { start, end };
}

function writeSpans(spans: readonly SpanShape[], text: IndexedText): CrowdEntity[] {
  return inTextOrder(spans).map(({ label, start, end }) => ({
    endOffset: text.toCodePoints(end),
    label,
    startOffset: text.toCodePoints(start),
  }));
}
