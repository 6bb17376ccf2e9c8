/** The categories of a moderation review: texts, or objects that are returned whole. */
import { t } from "../language/index.js";
import { type Parsed, parseRelaxedJson } from "./relaxed_json.js";

export interface Category {
  /** What the worker reads. */
  readonly name: string;
  /** What is submitted: the text, or the whole object. */
  readonly value: unknown;
}

/** The value of a `categories` attribute, or a list of a script. Of categories with the same name the first counts. */
export function parseCategories(value: unknown): Parsed<Category[]> {
  const parsed = typeof value === "string" ? parseRelaxedJson(value) : ({ ok: true, value } as const);
  if (!parsed.ok) return parsed;
  if (!Array.isArray(parsed.value)) return { ok: false, problem: t("not a list of categories such as {{example}}", { example: "['Violence']" }) };
  const categories = new Map<string, Category>();
  for (const [index, item] of parsed.value.entries()) {
    const name: unknown = typeof item === "object" && item !== null ? (item as { name?: unknown }).name : item;
    if (typeof name !== "string" || name === "") return { ok: false, problem: t("not complete: entry {{number}} has no name", { number: index + 1 }) };
    if (!categories.has(name)) categories.set(name, { name, value: item });
  }
  return { ok: true, value: [...categories.values()] };
}
