/** Whether the page is light or dark: what the worker chose, or what their system prefers. */

const DARK = "(prefers-color-scheme: dark)";

export function currentTheme(): "light" | "dark" {
  const chosen = document.documentElement.dataset["theme"];
  if (chosen === "light" || chosen === "dark") return chosen;
  return window.matchMedia(DARK).matches ? "dark" : "light";
}

/** Calls `changed` when the system changes, for example in the evening. */
export function watchTheme(changed: () => void): void {
  window.matchMedia(DARK).addEventListener("change", changed);
}
