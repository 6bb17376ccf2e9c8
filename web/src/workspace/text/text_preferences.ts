/** What a worker chose in the text workspace and wants again in the next tasks of the job. */

/** An absent choice was never made. */
export interface TextChoices {
  readonly label?: string;
  readonly showsInstructions?: boolean;
  readonly wholeWords?: boolean;
  readonly showsTags?: boolean;
  /** Pixels. */
  readonly textSize?: number;
}

export const TEXT_SIZES = [13, 14, 16, 18, 20, 24, 28] as const;
export const DEFAULT_TEXT_SIZE = 16;

/** The choices of earlier tasks, as far as they can be read. */
export function readTextChoices(saved: unknown): TextChoices {
  const { label, showsInstructions, wholeWords, textSize, showsTags } = (typeof saved === "object" && saved !== null ? saved : {}) as Record<string, unknown>;
  return {
    ...(typeof label === "string" ? { label } : {}),
    ...(typeof showsInstructions === "boolean" ? { showsInstructions } : {}),
    ...(typeof wholeWords === "boolean" ? { wholeWords } : {}),
    ...(typeof showsTags === "boolean" ? { showsTags } : {}),
    ...(TEXT_SIZES.some((size) => size === textSize) ? { textSize: textSize as number } : {}),
  };
}
