/** The screen as the editor of spans sees it. */
import type { Extent, IndexedText } from "../../core/indexed_text.js";

/** What the editor needs from the screen. */
export interface SpanScreen {
  /** Shows a change of the caret, the marked part, the label or the selection. */
  update(): void;
  /** Scrolls to a part of the text. */
  reveal(extent: Extent): void;
  /** Scrolls the list to the selected span. */
  selectionChanged(): void;
  /** The worker chose the label of the next span; "" for none. */
  labelChosen(label: string): void;
  /** Speaks to a screen reader. */
  announce(text: string): void;
  /** Shows a short message to the worker. */
  warn(text: string): void;
  /** Shows that spans were changed together, and offers to undo it. */
  offerUndo(text: string): void;
}

/** Characters of a span that are read to the worker. */
const SPOKEN_LENGTH = 60;

/** A part of the text as it is said to the worker. */
export function quoted(text: IndexedText, { start, end }: Extent): string {
  const found = text.text.slice(start, Math.min(end, start + 200)).replace(/\s+/g, " ");
  return found.length > SPOKEN_LENGTH ? `${found.slice(0, SPOKEN_LENGTH)}…` : found;
}
