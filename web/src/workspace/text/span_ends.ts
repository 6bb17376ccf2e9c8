/** The ends of a span, moved to another place or by a step. No DOM. */
import type { IndexedText } from "../../core/indexed_text.js";
import type { SpanShape } from "../../core/spans.js";

export type Side = "start" | "end";

/** The span with one end near an offset; null when nothing but white space would be left of it. */
export function withEnd(span: SpanShape, side: Side, offset: number, text: IndexedText, wholeWords: boolean): SpanShape | null {
  const raw = side === "end" ? { start: span.start, end: offset } : { start: offset, end: span.end };
  const snapped = raw.start < raw.end ? text.snapped(raw, wholeWords) : null;
  return snapped === null ? null : { ...span, [side]: snapped[side] };
}

/**
 * The span with one end a word, or a character, further on (1) or back (-1); null when there is nothing to step to.
 * White space at an end is no part of a span, so a step goes over it.
 */
export function withSteppedEnd(span: SpanShape, side: Side, step: 1 | -1, text: IndexedText, wholeWords: boolean): SpanShape | null {
  for (let offset = span[side]; ; ) {
    const next = wholeWords ? nextWordStop(text, offset, side, step) : step === 1 ? text.nextCharacter(offset) : text.previousCharacter(offset);
    if (next === offset) return null;
    offset = next;
    const changed = withEnd(span, side, offset, text, wholeWords);
    if (changed === null || changed[side] !== span[side]) return changed;
  }
}

/** Ends stop at the ends of words, starts at their starts. */
function nextWordStop(text: IndexedText, from: number, side: Side, step: 1 | -1): number {
  if (side === "end") return step === 1 ? text.nextWord(from) : text.previousWord(from);
  return step === 1 ? text.previousWord(text.nextWord(text.nextWord(from))) : text.previousWord(from);
}
