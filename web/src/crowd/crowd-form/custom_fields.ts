/** Form-associated custom elements that a template defines itself; their `value` is any JSON. */

export interface CustomField extends HTMLElement {
  readonly name: string;
  value: unknown;
  readonly disabled?: boolean;
  /** False keeps the form from being submitted. */
  validate?(): boolean;
}

export function isCustomField(element: Element): element is CustomField {
  const constructor = customElements.get(element.localName) as { formAssociated?: unknown } | undefined;
  return constructor?.formAssociated === true && "value" in element;
}
