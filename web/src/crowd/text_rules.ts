/** When is a text field's text not acceptable? The rules that crowd-input and crowd-text-area share. */

export interface TextRules {
  readonly required: boolean;
  readonly allowedPattern: string;
  readonly errorMessage: string;
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
}

/** What is wrong, in the template's words where it gives some; null when nothing is. */
export function textProblem(text: string, rules: TextRules): string | null {
  const { minLength = 0, maxLength = Infinity } = rules;
  if (text === "") return rules.required ? rules.errorMessage || "Please fill this in." : null;
  if (text.length < minLength) return rules.errorMessage || `Please write at least ${minLength} characters.`;
  if (text.length > maxLength) return rules.errorMessage || `Please write at most ${maxLength} characters.`;
  if (!matchesWhole(text, rules.allowedPattern)) return rules.errorMessage || "This is not in the expected form.";
  return null;
}

/** A pattern that is no regular expression forbids nothing: the worker could not do anything about it. */
function matchesWhole(text: string, pattern: string): boolean {
  if (pattern === "") return true;
  try {
    return new RegExp(`^(?:${pattern})$`, "u").test(text);
  } catch {
    return true;
  }
}
