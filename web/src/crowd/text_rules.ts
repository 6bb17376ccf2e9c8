/** The rules for text that crowd-input and crowd-text-area share. */

import { t } from "../language/index.js";

export interface TextRules {
  readonly disabled: boolean;
  readonly required: boolean;
  readonly allowedPattern: string;
  readonly errorMessage: string;
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
}

/** The problem with a text, in the template's own words if it has some; null for one that is accepted, or cannot be changed. */
export function textProblem(text: string, rules: TextRules): string | null {
  const { minLength = 0, maxLength = Infinity } = rules;
  if (rules.disabled) return null;
  if (text === "") return rules.required ? rules.errorMessage || t("Please fill this in.") : null;
  if (text.length < minLength) return rules.errorMessage || t("Please write at least {{count}} characters.", { count: minLength });
  if (text.length > maxLength) return rules.errorMessage || t("Please write at most {{count}} characters.", { count: maxLength });
  if (!matchesWhole(text, rules.allowedPattern)) return rules.errorMessage || t("This is not in the expected form.");
  return null;
}

/** A pattern that is not a regular expression allows every text, because the worker could not correct it. */
function matchesWhole(text: string, pattern: string): boolean {
  if (pattern === "") return true;
  try {
    return new RegExp(`^(?:${pattern})$`, "u").test(text);
  } catch {
    return true;
  }
}
