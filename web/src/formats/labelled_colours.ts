/** The colours of a mask that mean labels. */
import { isObject } from "./plain_object.js";

export interface LabelledColour {
  readonly label: string;
  /** `#rrggbb`. */
  readonly colour: string;
}

/** Only hexadecimal colours: the text becomes part of a style. */
export function isColour(value: unknown): value is string {
  return typeof value === "string" && /^#[0-9a-f]{6}$/i.test(value);
}

/** The colour of an entry `{color}`; null without one. */
export function colourOf(entry: unknown): string | null {
  const colour = isObject(entry) ? entry["color"] : undefined;
  return isColour(colour) ? colour.toLowerCase() : null;
}
