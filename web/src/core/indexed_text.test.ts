import { describe, expect, test } from "vitest";
import { type Extent, IndexedText, occurrences } from "./indexed_text.js";

const ASTRONAUT = "👩‍🚀"; // three code points, five UTF-16 units, one character

function part(text: string, extent: Extent | null): string | null {
  return extent === null ? null : text.slice(extent.start, extent.end);
}

describe("code points", () => {
  test("an emoji is one code point and two UTF-16 units", () => {
    const text = new IndexedText("👋🚀 Bob");
    expect([0, 2, 4, 5, 8].map((offset) => text.toCodePoints(offset))).toEqual([0, 1, 2, 3, 6]);
    expect([0, 1, 2, 3, 6].map((count) => text.fromCodePoints(count))).toEqual([0, 2, 4, 5, 8]);
    expect(text.fromCodePoints(7)).toBeNull();
  });

  test("combining marks, joiners and the two characters of a line end count each", () => {
    const text = new IndexedText("Zoe\u0301\r\nBob");
    expect(text.toCodePoints(text.text.indexOf("Bob"))).toBe(6);
    expect(text.fromCodePoints(9)).toBe(9);
    expect(text.fromCodePoints(10)).toBeNull();
  });

  test("half of a surrogate pair is a code point, as in Python", () => {
    const text = new IndexedText("\ud83d 👋x");
    expect(text.toCodePoints(text.text.indexOf("x"))).toBe(3);
  });
});

test("all kinds of line ends end a line", () => {
  const text = new IndexedText("a\r\nb\nc\rd\u2028e\n");
  expect(text.lines.map(({ start, end }) => text.text.slice(start, end))).toEqual(["a", "b", "c", "d", "e", ""]);
  expect(text.lineAt(1)).toBe(0);
  expect(text.lineAt(2)).toBe(0);
  expect(text.lineAt(3)).toBe(1);
  expect(text.lineAt(text.text.length)).toBe(5);
});

describe("moving", () => {
  test("by characters, over emoji with joiners, combining marks and line ends as one", () => {
    const { text } = new IndexedText(`a${ASTRONAUT}e\u0301\r\nb`);
    const indexed = new IndexedText(text);
    const stops = [0];
    while ((stops.at(-1) as number) < text.length) stops.push(indexed.nextCharacter(stops.at(-1) as number));
    expect(stops).toEqual([0, 1, 6, 8, 10, 11]);
    const back = [text.length];
    while ((back.at(-1) as number) > 0) back.push(indexed.previousCharacter(back.at(-1) as number));
    expect(back).toEqual([...stops].reverse());
  });

  test("by words, over punctuation and empty lines", () => {
    const text = new IndexedText("Bob, (don't)\n\n go.");
    expect([0, 3, 11, 18].map((offset) => text.nextWord(offset))).toEqual([3, 11, 17, 18]);
    expect([18, 15, 6, 0].map((offset) => text.previousWord(offset))).toEqual([15, 6, 0, 0]);
  });
});

describe("snapping", () => {
  test("widens to whole words and drops white space at both ends", () => {
    const text = "Mr Bob Smith left.";
    const indexed = new IndexedText(text);
    expect(part(text, indexed.snapped({ start: 4, end: 9 }, true))).toBe("Bob Smith");
    expect(part(text, indexed.snapped({ start: 2, end: 7 }, true))).toBe("Bob");
    expect(part(text, indexed.snapped({ start: 13, end: 18 }, true))).toBe("left.");
    expect(part(text, indexed.snapped({ start: 4, end: 9 }, false))).toBe("ob Sm");
    expect(indexed.snapped({ start: 2, end: 3 }, true)).toBeNull();
  });

  test("never cuts a character", () => {
    const text = `x${ASTRONAUT}y`;
    expect(part(text, new IndexedText(text).snapped({ start: 2, end: 4 }, false))).toBe(ASTRONAUT);
    expect(part(text, new IndexedText(text).snapped({ start: 2, end: 4 }, true))).toBe(ASTRONAUT);
  });

  test.each([
    ["他在北京大学学习", 2, 3, "北京"],
    ["東京に住んでいます", 0, 1, "東京"],
    ["서울에 살아요", 0, 1, "서울에"],
    ["قال محمد إن", 5, 6, "محمد"],
    ["היא גרה בתל אביב", 9, 10, "בתל"],
  ])("knows the words of %s", (text, start, end, word) => {
    expect(part(text, new IndexedText(text).snapped({ start, end }, true))).toBe(word);
  });

  test("a word is found at its end too", () => {
    const text = new IndexedText("Bob left");
    expect(text.wordAt(3)).toEqual({ start: 0, end: 3 });
    expect(new IndexedText("a  b").wordAt(2)).toBeNull();
  });
});

test("occurrences ignore case, keep offsets, and know no patterns", () => {
  expect(occurrences("İstanbul, BOB (a.b) bob", "bob", 9)).toEqual([{ start: 10, end: 13 }, { start: 20, end: 23 }]);
  expect(occurrences("a.b axb", "a.b", 9)).toEqual([{ start: 0, end: 3 }]);
  expect(occurrences("aaaa", "a", 2)).toHaveLength(2);
  expect(occurrences("aaaa", "", 2)).toEqual([]);
});
