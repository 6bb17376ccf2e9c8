/** A dark frame on a dark page, if the template sets no colours: those are made for a white page. */
import { language } from "../language/index.js";
import { listenToPage } from "./frame_link.js";

const COLOURS = 'style, link[rel~="stylesheet"], [style*="color"], [style*="background"], [bgcolor], [color], font';

/**
 * Names the language of the document, for screen readers and for line breaks. Decision: a template that names none gets the
 * language of the elements, because nobody knows the one of its texts.
 */
export function nameTheLanguage(): void {
  const root = document.documentElement;
  if (root.lang === "") root.lang = language();
}

/** Follows the page's theme. The page sends it before it shows the frame. */
export function followThePage(): void {
  listenToPage((message) => {
    if (message.type !== "appearance") return;
    const isDark = message.theme === "dark" && document.querySelector(COLOURS) === null;
    document.documentElement.dataset["theme"] = isDark ? "dark" : "light";
  });
}
