/** The labels of crowd-entity-annotation: names, and the short and long names that are shown for them. */
import { t } from "../language/index.js";
import { readColour } from "./label_colours.js";
import { type Parsed, parseRelaxedJson } from "./relaxed_json.js";

export interface EntityLabel {
  /** The name in the answer. */
  readonly label: string;
  /** Shown at the marked text. */
  readonly short: string;
  /** Shown in the list of labels. */
  readonly long: string;
  /** `#rrggbb`; without it, one of our colours. */
  readonly colour?: string;
}

/** Labels from a list, or from the relaxed JSON of one: texts, numbers, or objects with a `label`. */
export function readEntityLabels(value: unknown): Parsed<EntityLabel[]> {
  if (typeof value === "string") {
    const parsed = parseRelaxedJson(value);
    return parsed.ok ? fromList(parsed.value) : parsed;
  }
  return fromList(value);
}

function fromList(value: unknown): Parsed<EntityLabel[]> {
  if (!Array.isArray(value)) return { ok: false, problem: t("not a list of labels such as {{example}}", { example: "[{'label': 'person'}]" }) };
  const labels = new Map<string, EntityLabel>();
  for (const [index, item] of value.entries()) {
    const label = fromItem(item);
    if (label === null) return { ok: false, problem: t("not all labels: entry {{number}} has no label", { number: index + 1 }) };
    if (!labels.has(label.label)) labels.set(label.label, label);
  }
  return { ok: true, value: [...labels.values()] };
}

function fromItem(item: unknown): EntityLabel | null {
  const fields = typeof item === "object" && item !== null ? (item as Record<string, unknown>) : { label: item };
  const label = typeof fields["label"] === "number" ? String(fields["label"]) : fields["label"];
  if (typeof label !== "string" || label === "") return null;
  const named = (...keys: string[]): string =>
    keys.map((key) => fields[key]).find((name): name is string => typeof name === "string" && name.trim() !== "") ?? label;
  const colour = readColour(fields["color"]);
  return { label, short: named("shortDisplayName"), long: named("fullDisplayName", "longDisplayName"), ...(colour === undefined ? {} : { colour }) };
}
