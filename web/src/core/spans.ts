/** The labelled parts of a text, and the levels below the text at which they are underlined. */
import type { Extent } from "./indexed_text.js";
import type { Shape } from "./shapes.js";

/** Offsets count UTF-16 units of the text. */
export interface SpanShape extends Shape, Extent {}

/** Where a span is underlined: its level below the text, from 0, and the number of levels that it shares the room with. */
export interface SpanLevel {
  readonly level: number;
  readonly depth: number;
}

/** In the order of the text; of spans that start at the same place the longer one first. */
export function inTextOrder<S extends SpanShape>(spans: readonly S[]): S[] {
  return [...spans].sort((a, b) => a.start - b.start || b.end - a.end || (a.label < b.label ? -1 : a.label > b.label ? 1 : 0));
}

/** The level of each span, by id. Spans that overlap have different levels. `spans` are in the order of the text. */
export function levelsOf(spans: readonly SpanShape[]): Map<string, SpanLevel> {
  const levels = new Map<string, SpanLevel>();
  for (const cluster of clustersOf(spans)) {
    const ends: number[] = [];
    const placed = cluster.map((span) => {
      const free = ends.findIndex((end) => end <= span.start);
      const level = free < 0 ? ends.length : free;
      ends[level] = span.end;
      return level;
    });
    cluster.forEach((span, index) => levels.set(span.id, { level: placed[index] ?? 0, depth: ends.length }));
  }
  return levels;
}

/** The spans that contain an offset, the shortest first, so that a span inside another one stays reachable. */
export function spansAt<S extends SpanShape>(spans: readonly S[], offset: number): S[] {
  return spans.filter(({ start, end }) => start <= offset && offset < end).sort((a, b) => a.end - a.start - (b.end - b.start));
}

/** Groups of spans that are connected by overlaps. */
function clustersOf(spans: readonly SpanShape[]): SpanShape[][] {
  const clusters: SpanShape[][] = [];
  let end = -1;
  for (const span of spans) {
    if (span.start < end) clusters.at(-1)?.push(span);
    else clusters.push([span]);
    end = Math.max(end, span.end);
  }
  return clusters;
}

/** The span after (1) or before (-1) an offset, of spans in the order of the text; past the end, the first at the other. */
export function nextTo(offset: number, ordered: readonly SpanShape[], step: 1 | -1): SpanShape | undefined {
  if (step === 1) return ordered.find(({ start }) => start >= offset) ?? ordered[0];
  return [...ordered].reverse().find(({ start }) => start < offset) ?? ordered.at(-1);
}
