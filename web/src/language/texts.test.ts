/** Every text that people see goes through t(), and every language has it. */
import { expect, test } from "vitest";
// The script that updates the catalogues. It is no part of what browsers load, and has no types.
// @ts-expect-error
import { calls, catalogue, keys, languages, sources, untranslated } from "./texts.mjs";

const ALL: readonly Source[] = sources();

/** All sources are read, which takes seconds on a busy machine. */
const PATIENCE_MS = 60_000;

interface Source {
  readonly file: string;
}

test("texts of templates go through t()", () => {
  expect(ALL.flatMap((source) => untranslated(source) as string[])).toEqual([]);
});

test("t() gets its English text as a literal, which can be collected", () => {
  const others = ALL.flatMap((source) => calls(source) as { place: string; texts: string[] | null }[]).filter(({ texts }) => texts === null);
  expect(others.map(({ place }) => place)).toEqual([]);
});

for (const language of languages() as string[]) {
  test(`every text has a translation in ${language}.json, and every translation is used: run python tools/catalogues.py`, () => {
    const translations = catalogue(language) as Record<string, string>;
    expect(Object.keys(translations).sort()).toEqual([...(keys(language) as Set<string>)].sort());
    expect(Object.keys(translations).filter((key) => translations[key] === "")).toEqual([]);
  }, PATIENCE_MS);

  test(`the translations in ${language}.json have the places for values of their texts`, () => {
    // The form of one may say "1 box", or "a box".
    const places = (text: string, key: string): string[] =>
      [...new Set(text.match(/\{\{\w+\}\}/g) ?? [])].filter((place) => place !== "{{count}}" || !key.endsWith("_one")).sort();
    for (const [key, text] of Object.entries(catalogue(language) as Record<string, string>)) {
      expect(places(text, key), text).toEqual(places(key, key));
    }
  });
}
