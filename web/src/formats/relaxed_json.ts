/** Relaxed JSON, as attributes of templates hold it: single quotes, bare keys, trailing commas, comments. */
import JSON5 from "json5";
import { t } from "../language/index.js";

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/** The value of an attribute, or the problem with it. Never throws. */
export function parseRelaxedJson(text: string): Parsed<unknown> {
  const parsed = parseJson5(text);
  if (parsed.ok) return parsed;
  // Templates write the names of labels as bare keys, also those with blanks: {Stop sign: {color: "#2ca02c"}}.
  const retried = parseJson5(withQuotedKeys(text));
  return retried.ok ? retried : parsed;
}

function parseJson5(text: string): Parsed<unknown> {
  try {
    return { ok: true, value: JSON5.parse(text) as unknown };
  } catch (error) {
    return { ok: false, problem: t("not readable as JSON ({{error}})", { error: error instanceof Error ? error.message : String(error) }) };
  }
}

/** Texts stay as they are. */
function withQuotedKeys(text: string): string {
  return text.replace(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|([{,])([^"'{}[\],:]+):/g, (match, before?: string, key?: string) =>
    before === undefined || key === undefined ? match : `${before}${JSON.stringify(key.trim())}:`,
  );
}

/** A list of label names; numbers and the `label` of objects count as names too. */
export function parseLabels(text: string): Parsed<string[]> {
  const parsed = parseRelaxedJson(text);
  return parsed.ok ? labelsFrom(parsed.value) : parsed;
}

export function labelsFrom(value: unknown): Parsed<string[]> {
  if (!Array.isArray(value)) return { ok: false, problem: t("not a list of labels such as {{example}}", { example: "['Cat', 'Dog']" }) };
  const labels: string[] = [];
  for (const [index, item] of value.entries()) {
    const label = labelName(item);
    if (label === null) return { ok: false, problem: t("not all texts: entry {{number}} is none", { number: index + 1 }) };
    if (!labels.includes(label)) labels.push(label);
  }
  return labels.length > 0 ? { ok: true, value: labels } : { ok: false, problem: t("an empty list") };
}

function labelName(item: unknown): string | null {
  if (typeof item === "string" && item !== "") return item;
  if (typeof item === "number") return String(item);
  if (typeof item === "object" && item !== null && "label" in item) return labelName(item.label);
  return null;
}
