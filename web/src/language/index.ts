/**
 * The words of the portal and the elements in the worker's language.
 *
 * The English text is the key: `t("Undo")`. Values are named in double braces: `t("{{size}} selected", { size })`. A text
 * that depends on a number has `count`, and its forms are in en.json: `t("{{count}} points", { count })`. Texts are
 * translated when they are shown, never when a module is loaded: the language may not be known by then.
 */
import { createInstance } from "i18next";
import english from "./en.json";

const texts = createInstance();
void texts.init({
  lng: "en",
  fallbackLng: "en",
  resources: { en: { translation: english } },
  initAsync: false,
  keySeparator: false,
  nsSeparator: false,
  interpolation: { escapeValue: false }, // Lit escapes
});

export function t(text: string, values: Readonly<Record<string, string | number>> = {}): string {
  return texts.t(text, values);
}
