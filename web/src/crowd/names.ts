/** The name of a control for a screen reader, where the template gives it no visible label. */

/** The element's `aria-label`, else its `title`, else the first of the given texts; undefined when all are empty. */
export function spokenName(element: Element, ...others: readonly string[]): string | undefined {
  const names = [element.getAttribute("aria-label"), element.getAttribute("title"), ...others];
  return names.find((name) => name !== null && name.trim() !== "") ?? undefined;
}

/**
 * The name of a field that the text in the element labels; undefined with such a text. The element is upgraded before the
 * parser has read that text, so it renders again when its slot changes.
 */
export function nameWithoutText(field: Element & { readonly name: string; readonly value: string }): string | undefined {
  const hasText = field.textContent.trim() !== "" && !field.hasAttribute("aria-label");
  const choice = field.value === "on" ? field.name : `${field.name} ${field.value}`.trim();
  return hasText ? undefined : spokenName(field, choice);
}
