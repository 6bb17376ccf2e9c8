/**
 * A text with its lines, words and characters.
 *
 * Offsets count UTF-16 units, as strings and the DOM do. Answers count Unicode code points; toCodePoints and
 * fromCodePoints convert. A character is what a reader takes for one, for example an emoji with its joiners.
 */

/** A part of a text; the end is exclusive. */
export interface Extent {
  readonly start: number;
  readonly end: number;
}

const LINE_END = /\r\n|[\n\r\u2028\u2029]/g;
const SPACE = /\s/;
const WORDS = new Intl.Segmenter(undefined, { granularity: "word" });
const CHARACTERS = new Intl.Segmenter(undefined, { granularity: "grapheme" });

export class IndexedText {
  /** The lines without their line ends; at least one. */
  readonly lines: readonly Extent[];
  /** For each UTF-16 unit the number of code points before it; null for a text without surrogate pairs. */
  private readonly points: Uint32Array | null;
  private readonly words: LineSegments;
  private readonly characters: LineSegments;

  constructor(readonly text: string) {
    this.lines = linesOf(text);
    this.points = pointsOf(text);
    this.words = new LineSegments(text, WORDS);
    this.characters = new LineSegments(text, CHARACTERS);
  }

  toCodePoints(offset: number): number {
    return this.points?.[offset] ?? offset;
  }

  /** The offset of a code point; null past the end of the text. */
  fromCodePoints(count: number): number | null {
    const { length } = this.text;
    const { points } = this;
    if (points === null) return count <= length ? count : null;
    const found = lowerBound(length + 1, (at) => (points[at] as number) >= count);
    return found <= length ? found : null;
  }

  /** The number of the line that has the offset. The offsets of its line end belong to it. */
  lineAt(offset: number): number {
    return Math.max(0, lowerBound(this.lines.length, (at) => this.line(at).start > offset) - 1);
  }

  line(number: number): Extent {
    return this.lines[number] ?? { start: 0, end: 0 };
  }

  nextCharacter(offset: number): number {
    const number = this.lineAt(offset);
    const line = this.line(number);
    if (offset >= line.end) return this.lines[number + 1]?.start ?? line.end;
    return this.characters.at(line, offset).end;
  }

  previousCharacter(offset: number): number {
    const number = this.lineAt(offset);
    const line = this.line(number);
    if (offset <= line.start) return this.lines[number - 1]?.end ?? 0;
    return this.characters.at(line, Math.min(offset, line.end) - 1).start;
  }

  /** The end of the first word that ends after the offset; the end of the text after the last one. */
  nextWord(offset: number): number {
    for (let number = this.lineAt(offset); number < this.lines.length; number += 1) {
      const line = this.line(number);
      for (let at = Math.max(offset, line.start); at < line.end; ) {
        const segment = this.words.at(line, at);
        if (segment.isWord) return segment.end;
        at = segment.end;
      }
    }
    return this.text.length;
  }

  /** The start of the last word that starts before the offset; 0 before the first one. */
  previousWord(offset: number): number {
    for (let number = this.lineAt(offset); number >= 0; number -= 1) {
      const line = this.line(number);
      for (let at = Math.min(offset, line.end); at > line.start; ) {
        const segment = this.words.at(line, at - 1);
        if (segment.isWord) return segment.start;
        at = segment.start;
      }
    }
    return 0;
  }

  /** The word at an offset, or the one that ends there; null between words. */
  wordAt(offset: number): Extent | null {
    const line = this.line(this.lineAt(offset));
    for (const at of [offset, offset - 1]) {
      if (at < line.start || at >= line.end) continue;
      const { start, end, isWord } = this.words.at(line, at);
      if (isWord) return { start, end };
    }
    return null;
  }

  /**
   * The extent without the white space at both ends, and widened to whole words, or to whole characters.
   *
   * Null when nothing but white space is in it.
   */
  snapped({ start, end }: Extent, wholeWords: boolean): Extent | null {
    const { text } = this;
    let [first, last] = [start, end];
    while (first < last && SPACE.test(text.charAt(first))) first += 1;
    while (first < last && SPACE.test(text.charAt(last - 1))) last -= 1;
    if (first >= last) return null;
    return { start: this.edge(first, wholeWords).start, end: this.edge(last - 1, wholeWords).end };
  }

  private edge(at: number, wholeWords: boolean): Extent {
    const line = this.line(this.lineAt(at));
    const word = this.words.at(line, at);
    return wholeWords && word.isWord ? word : this.characters.at(line, at);
  }
}

/** Where the text occurs, ignoring case, from the start; at most `limit` places, which do not overlap. */
export function occurrences(text: string, wanted: string, limit: number): Extent[] {
  if (wanted === "") return [];
  const pattern = new RegExp(wanted.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"), "giu");
  const found: Extent[] = [];
  for (const match of text.matchAll(pattern)) {
    found.push({ start: match.index, end: match.index + match[0].length });
    if (found.length === limit) break;
  }
  return found;
}

/** The first number below `length` for which the condition holds, `length` if none; it must hold for all after it. */
export function lowerBound(length: number, holds: (at: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

interface Segment extends Extent {
  readonly isWord: boolean;
}

/** The segments of the line that was asked for last: neighbouring questions are about the same line. */
class LineSegments {
  private line: Extent = { start: -1, end: -1 };
  private segments: Intl.Segments | null = null;

  constructor(
    private readonly text: string,
    private readonly segmenter: Intl.Segmenter,
  ) {}

  at(line: Extent, offset: number): Segment {
    if (this.segments === null || line.start !== this.line.start) {
      this.segments = this.segmenter.segment(this.text.slice(line.start, line.end));
      this.line = line;
    }
    const found = this.segments.containing(offset - line.start);
    if (found === undefined) return { start: offset, end: offset, isWord: false };
    const start = line.start + found.index;
    return { start, end: start + found.segment.length, isWord: found.isWordLike === true };
  }
}

function linesOf(text: string): Extent[] {
  const lines: Extent[] = [];
  let start = 0;
  for (const match of text.matchAll(LINE_END)) {
    lines.push({ start, end: match.index });
    start = match.index + match[0].length;
  }
  lines.push({ start, end: text.length });
  return lines;
}

function pointsOf(text: string): Uint32Array | null {
  if (!/[\ud800-\udfff]/.test(text)) return null;
  const points = new Uint32Array(text.length + 1);
  let count = 0;
  let at = 0;
  for (const character of text) {
    for (let unit = 0; unit < character.length; unit += 1) points[at + unit] = count;
    at += character.length;
    count += 1;
  }
  points[at] = count;
  return points;
}
