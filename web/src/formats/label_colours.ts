/** The colours that a task gives its labels. */
import { parseRelaxedJson } from "./relaxed_json.js";

const SHORT = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i;
const LONG = /^#[0-9a-f]{6}$/i;

/**
 * The colours of a `label-colors` attribute as `#rrggbb`, in the order of the labels. Decision: an entry that is not a
 * hexadecimal colour is undefined, and so is a list that cannot be read: the label gets one of our colours.
 */
export function readLabelColours(text: string | null): (string | undefined)[] {
  const parsed = parseRelaxedJson(text ?? "[]");
  const list = parsed.ok && Array.isArray(parsed.value) ? parsed.value : [];
  return list.map(readColour);
}

/** A colour as `#rrggbb`; undefined for anything but a hexadecimal one. */
export function readColour(colour: unknown): string | undefined {
  if (typeof colour !== "string") return undefined;
  const long = colour.trim().replace(SHORT, "#$1$1$2$2$3$3");
  return LONG.test(long) ? long.toLowerCase() : undefined;
}
