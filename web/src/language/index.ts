/**
 * The words of the portal and the elements in the worker's language.
 *
 * The English text is the key: `t("Undo")`. Values are named in double braces: `t("{{size}} selected", { size })`. A text
 * that depends on a number has `count`, and its forms are in en.json: `t("{{count}} points", { count })`. Texts are
 * translated when they are shown, never when a module is loaded: the language may not be known by then.
 *
 * Each other language is a file next to this one, such as ko.json. The build puts it in front of the scripts, where it is
 * read once: a page has one language.
 */
import { createInstance } from "i18next";
import english from "./en.json";

declare global {
  var TrigpointTexts: { readonly language: string; readonly texts: Readonly<Record<string, string>> } | undefined;
}

const translated = globalThis.TrigpointTexts;
const texts = createInstance();
void texts.init({
  lng: translated?.language ?? "en",
  fallbackLng: "en",
  resources: {
    en: { translation: english },
    ...(translated === undefined ? {} : { [translated.language]: { translation: translated.texts } }),
  },
  initAsync: false,
  keySeparator: false,
  nsSeparator: false,
  returnEmptyString: false, // an empty translation is one that is missing
  interpolation: { escapeValue: false }, // Lit escapes
});

export function t(text: string, values: Readonly<Record<string, string | number>> = {}): string {
  return texts.t(text, values);
}

/** The code of the language that texts are shown in. */
export function language(): string {
  return texts.language;
}

/** The locale of dates and numbers: the browser's own form of the language, such as en-GB, if it names one. */
export function locale(): string {
  const own = typeof navigator === "undefined" ? [] : navigator.languages;
  return own.find((tag) => tag.split("-")[0] === texts.language) ?? texts.language;
}
