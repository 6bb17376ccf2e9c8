/** The words for a shape: "box" and "boxes", in the worker's language. */
import { t } from "../language/index.js";

export interface Nouns {
  readonly one: string;
  readonly many: string;
}

/** "1 box", "2 boxes" */
export function counted(number: number, nouns: Nouns): string {
  return t("{{number}} {{shapes}}", { number, shapes: number === 1 ? nouns.one : nouns.many });
}

export function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
