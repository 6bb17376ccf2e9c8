import { expect, test } from "vitest";
import { type Key, Keys, readKeyChoices } from "../keys.js";
import { TEXT_COMMANDS } from "./key_table.js";
import { isFreeInText, TextKeys } from "./keys.js";

function key(name: string, more: Partial<Key> = {}): Key {
  return { key: name, code: "", ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more };
}

test.each([
  [key("2", { code: "Digit2" }), { kind: "label", index: 1 }],
  [key("z"), { kind: "undo" }],
  [key("Z", { shiftKey: true }), { kind: "redo" }],
  [key("Z", { ctrlKey: true, shiftKey: true }), { kind: "redo" }],
  [key("a", { metaKey: true }), { kind: "select-all" }],
  [key(" "), { kind: "mark" }],
  [key("Tab", { shiftKey: true }), { kind: "cycle", step: -1 }],
  [key("ㅈ", { code: "KeyW" }), { kind: "whole-words" }],
  [key("ArrowLeft", { altKey: true, shiftKey: true }), { kind: "end", side: "start", step: -1 }],
  [key("ArrowRight", { ctrlKey: true }), { kind: "move", unit: "word", step: 1, sideways: true, extend: false }],
  [key("End", { ctrlKey: true, shiftKey: true }), { kind: "move", unit: "text", step: 1, sideways: false, extend: true }],
  [key("PageUp"), { kind: "move", unit: "page", step: -1, sideways: false, extend: false }],
])("%o", (event, command) => {
  expect(new TextKeys().commandOf(event, true)).toEqual(command);
});

test.each([key("f", { ctrlKey: true }), key("c", { ctrlKey: true }), key("+", { ctrlKey: true }), key("w", { altKey: true }), key("F5")])("%o is left to the browser", (event) => {
  expect(new TextKeys().commandOf(event, false)).toBeNull();
});

test("the keys of a worker hold in texts and on images, and leave the other's alone", () => {
  const choices = readKeyChoices({ undo: ["U"], words: ["J"], tags: ["I"], "no id": ["Q"], find: "G" });
  expect(new TextKeys(TEXT_COMMANDS, choices).commandOf(key("u"), false)).toEqual({ kind: "undo" });
  expect(new TextKeys(TEXT_COMMANDS, choices).commandOf(key("j"), false)).toEqual({ kind: "whole-words" });
  expect(new Keys(undefined, choices).commandOf(key("u"))).toEqual({ kind: "undo" });
  expect(Object.keys(choices)).toEqual(["undo", "words", "tags"]);
});

test("the tenth label has a letter that no command has", () => {
  const keys = new TextKeys();
  const letter = keys.ofLabel(9) ?? "";
  expect(TEXT_COMMANDS.flatMap((entry) => entry.keys)).not.toContain(letter);
  expect(keys.commandOf(key(letter.toLowerCase()), false)).toEqual({ kind: "label", index: 9 });
});

test("no two commands have the same key", () => {
  const all = TEXT_COMMANDS.flatMap(({ keys }) => keys);
  expect(all.filter((name, index) => all.indexOf(name) !== index)).toEqual([]);
});

test("keys that move the caret cannot be chosen", () => {
  expect([key("Home"), key("ArrowUp"), key("PageDown"), key("Tab"), key("5", { code: "Digit5" })].filter(isFreeInText)).toEqual([]);
  expect(isFreeInText(key("k"))).toBe(true);
});
