/** The answer of a crowd-form: one object of names and values, in which choices of the same name are merged. */
import { isObject } from "./plain_object.js";

export type AnswerValue = unknown;

/** A field's contribution; `undefined` leaves the field out, as an empty text does. */
export interface AnswerEntry {
  readonly name: string;
  readonly value: AnswerValue;
}

/**
 * The answer of all fields in document order. Objects of the same name merge, which is how check boxes and radio
 * buttons that share a name become `{"name": {"a": true, "b": false}}`; of other values the last one is kept.
 */
export function mergeAnswer(entries: readonly AnswerEntry[]): Record<string, AnswerValue> {
  const answer = new Map<string, AnswerValue>();
  for (const { name, value } of entries) {
    if (name === "" || value === undefined) continue;
    const before = answer.get(name);
    answer.set(name, isObject(before) && isObject(value) ? { ...before, ...value } : value);
  }
  return Object.fromEntries(answer); // unlike an assignment, this keeps a field of the name __proto__
}

/** A text field's value: empty texts are left out. */
export function textValue(text: string | null | undefined): string | undefined {
  return text === null || text === undefined || text === "" ? undefined : text;
}

/** A check box's or radio button's value: `{"on": true}`. */
export function choiceValue(value: string, checked: boolean): Record<string, boolean> {
  return { [value === "" ? "on" : value]: checked };
}
