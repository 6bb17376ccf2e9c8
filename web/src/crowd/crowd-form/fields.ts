/** The fields of a form, crowd elements and plain HTML alike: their answer, their problems and their saved state. */
import { type AnswerEntry, mergeAnswer } from "../../formats/answer.js";
import { t } from "../../language/index.js";
import { CrowdField } from "../field.js";
import { reveal } from "../reveal.js";
import { type CustomField, isCustomField } from "./custom_fields.js";
import { isNativeField, type NativeField, nativeState, nativeValue, restoreNative } from "./native_fields.js";

export type FormField = CrowdField | NativeField | CustomField;

interface FieldState {
  readonly name: string;
  readonly state: unknown;
}

export interface FormState {
  readonly version: 1;
  readonly fields: readonly FieldState[];
}

/** The fields in a root, in document order. Fields other than ours count only with a name, and if they are enabled. */
export function fieldsIn(root: ParentNode): FormField[] {
  return [...root.querySelectorAll("*")].filter(
    (element): element is FormField =>
      element instanceof CrowdField || ((isNativeField(element) || isCustomField(element)) && isNamed(element)),
  );
}

/** The answer as it would be submitted now. */
export function answerOf(fields: readonly FormField[]): Record<string, unknown> {
  return mergeAnswer(fields.flatMap(entriesOf));
}

function entriesOf(field: FormField): AnswerEntry[] {
  const value = valueOf(field);
  if (!(field instanceof CrowdField) || !field.isUnwrapped) return [{ name: field.name, value }];
  return Object.entries(value ?? {}).map(([name, member]) => ({ name, value: member as unknown }));
}

/** Why a field's value cannot be submitted; null when it can. */
export function problemOf(field: FormField): string | null {
  if (field instanceof CrowdField) return field.problem();
  if (isCustomField(field)) return field.validate?.() === false ? t("Please check the field \"{{name}}\".", { name: field.name }) : null;
  return field.checkValidity() ? null : field.validationMessage;
}

export function showProblemOf(field: FormField): void {
  reveal(field);
  if (field instanceof CrowdField) field.showProblem();
  else if (isCustomField(field)) field.focus();
  else field.reportValidity();
}

export function saveState(fields: readonly FormField[]): FormState {
  const named = fields.filter((field) => field.name !== "");
  return { version: 1, fields: named.map((field) => ({ name: field.name, state: stateOf(field) })) };
}

/** Restores a saved state. Fields are found by name; fields of the same name take their states in order. */
export function restoreState(fields: readonly FormField[], saved: unknown): void {
  const states = readState(saved);
  for (const field of fields) {
    const at = states.findIndex((entry) => entry.name === field.name);
    const [entry] = at < 0 ? [] : states.splice(at, 1);
    if (entry !== undefined) restore(field, entry.state);
  }
}

function isNamed(field: NativeField | CustomField): boolean {
  return typeof field.name === "string" && field.name !== "" && field.disabled !== true;
}

function valueOf(field: FormField): unknown {
  if (field instanceof CrowdField) return field._submittableValue;
  return isCustomField(field) ? field.value : nativeValue(field);
}

function stateOf(field: FormField): unknown {
  if (field instanceof CrowdField) return field.saveState();
  return isCustomField(field) ? field.value : nativeState(field);
}

function restore(field: FormField, saved: unknown): void {
  if (field instanceof CrowdField) field.restoreState(saved);
  else if (isCustomField(field)) field.value = saved;
  else restoreNative(field, saved);
}

/** The entries of a saved state. Anything else is an empty state. */
function readState(saved: unknown): FieldState[] {
  const fields = typeof saved === "object" && saved !== null ? (saved as { fields?: unknown }).fields : undefined;
  if (!Array.isArray(fields)) return [];
  return fields.filter((entry): entry is FieldState => typeof entry === "object" && entry !== null && "name" in entry);
}
