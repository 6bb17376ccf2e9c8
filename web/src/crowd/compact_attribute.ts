/** Attributes with relaxed JSON, as scripts of templates read them: compact JSON with double quotes. */
import { parseRelaxedJson } from "../formats/relaxed_json.js";

/** Writes the attribute's value back as compact JSON. A text that did not come from the attribute changes nothing. */
export function writeCompact(element: Pick<Element, "getAttribute" | "setAttribute">, attribute: string, text: string): void {
  if (element.getAttribute(attribute) !== text) return;
  const parsed = parseRelaxedJson(text);
  if (!parsed.ok) return;
  const compact = JSON.stringify(parsed.value);
  if (compact !== text) element.setAttribute(attribute, compact);
}
