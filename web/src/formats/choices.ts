/** The choice of classes: the exclusion category and the saved state. */
import { t } from "../language/index.js";
import { isObject } from "./plain_object.js";
import { type Parsed, parseRelaxedJson } from "./relaxed_json.js";

export interface Choice {
  readonly chosen: readonly string[];
  /** The worker said that none of the labels fits. */
  readonly none: boolean;
  readonly comment: string;
}

export const NO_CHOICE: Choice = { chosen: [], none: false, comment: "" };

/** The text of an exclusion category, `{ text: 'None of these' }`, or the text alone. */
export function parseExclusion(text: string): Parsed<string> {
  const parsed = parseRelaxedJson(text);
  if (!parsed.ok) return parsed;
  const found = isObject(parsed.value) ? parsed.value["text"] : parsed.value;
  return typeof found === "string" && found.trim() !== "" ? { ok: true, value: found } : { ok: false, problem: t("without a text") };
}

/** The labels that are left of a choice after the list of labels has changed. */
export function choiceAmong(choice: Choice, labels: readonly string[]): Choice {
  const chosen = choice.chosen.filter((label) => labels.includes(label));
  return chosen.length === choice.chosen.length ? choice : { ...choice, chosen };
}

/** A saved state. Anything else is no choice. */
export function readChoice(saved: unknown): Choice {
  if (!isObject(saved)) return NO_CHOICE;
  const { chosen, none, comment } = saved;
  const labels = Array.isArray(chosen) ? chosen.filter((label): label is string => typeof label === "string") : [];
  return { chosen: labels, none: none === true, comment: typeof comment === "string" ? comment : "" };
}
