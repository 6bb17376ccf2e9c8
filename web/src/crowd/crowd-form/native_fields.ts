/** Plain HTML fields in a crowd-form: their value in the answer, and their saved state. */
import { choiceValue, textValue } from "../../formats/answer.js";

export type NativeField = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

const NOT_FIELDS = new Set(["button", "submit", "reset", "image", "file"]);

export function isNativeField(element: Element): element is NativeField {
  if (element instanceof HTMLInputElement) return !NOT_FIELDS.has(element.type);
  return element instanceof HTMLSelectElement || element instanceof HTMLTextAreaElement;
}

/** Text, select, textarea and hidden fields give their text; radio and check boxes `{"value": checked}`. */
export function nativeValue(field: NativeField): unknown {
  if (isChoice(field)) return choiceValue(field.value, field.checked);
  if (field instanceof HTMLSelectElement && field.multiple) {
    return textValue([...field.selectedOptions].map((option) => option.value).join(","));
  }
  return textValue(field.value);
}

export function nativeState(field: NativeField): unknown {
  if (isChoice(field)) return field.checked;
  if (field instanceof HTMLSelectElement) return [...field.selectedOptions].map((option) => option.value);
  return field.value;
}

export function restoreNative(field: NativeField, state: unknown): void {
  if (isChoice(field)) field.checked = state === true;
  else if (field instanceof HTMLSelectElement) restoreSelect(field, state);
  else if (typeof state === "string") field.value = state;
}

function restoreSelect(field: HTMLSelectElement, state: unknown): void {
  if (!Array.isArray(state)) return;
  for (const option of field.options) option.selected = state.includes(option.value);
}

function isChoice(field: NativeField): field is HTMLInputElement {
  return field instanceof HTMLInputElement && (field.type === "checkbox" || field.type === "radio");
}
