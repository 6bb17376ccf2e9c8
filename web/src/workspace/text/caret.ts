/** The caret in a text, and what is marked from where it was. No DOM. */
import { type Extent, IndexedText } from "../../core/indexed_text.js";

export class Caret {
  /** A mark covers whole words. */
  wholeWords = true;
  private indexed = new IndexedText("");
  private at = 0;
  private anchor: number | null = null;

  get text(): IndexedText {
    return this.indexed;
  }

  /** The caret begins at the start of another text. */
  set text(text: IndexedText) {
    this.indexed = text;
    this.at = 0;
    this.anchor = null;
  }

  get offset(): number {
    return this.at;
  }

  /** Something is being marked, though there may be no character in it yet. */
  get isMarking(): boolean {
    return this.anchor !== null;
  }

  /** The marked part of the text; null without one. */
  get marked(): Extent | null {
    if (this.anchor === null || this.anchor === this.at) return null;
    const raw = { start: Math.min(this.anchor, this.at), end: Math.max(this.anchor, this.at) };
    return this.indexed.snapped(raw, this.wholeWords);
  }

  /** Moves the caret; with `extend`, the text between it and where it was is marked. */
  move(offset: number, extend: boolean): void {
    if (extend) this.anchor ??= this.at;
    else this.anchor = null;
    this.at = Math.min(Math.max(offset, 0), this.indexed.text.length);
  }

  /** Marks nothing any more. Returns false when nothing was being marked. */
  unmark(): boolean {
    const { isMarking } = this;
    this.anchor = null;
    return isMarking;
  }
}
