import { expect, test } from "vitest";
import { type CommandEntry, COMMANDS } from "./key_table.js";
import { commandOf, type Key, keyName, Keys, readKeyChoices } from "./keys.js";

function key(name: string, more: Partial<Key> = {}): Key {
  return { key: name, code: "", ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more };
}

test.each([
  [key("1", { code: "Digit1" }), { kind: "label", index: 0 }],
  [key("&", { code: "Digit1", shiftKey: false }), { kind: "label", index: 0 }],
  [key("9", { code: "Numpad9" }), { kind: "label", index: 8 }],
  [key("0", { code: "Digit0" }), { kind: "fit" }],
  [key("+"), { kind: "zoom-in" }],
  [key("=", { code: "Equal" }), { kind: "zoom-in" }],
  [key("-"), { kind: "zoom-out" }],
  [key("z"), { kind: "undo" }],
  [key("Z", { ctrlKey: true, shiftKey: true }), { kind: "redo" }],
  [key("z", { metaKey: true }), { kind: "undo" }],
  [key("y", { ctrlKey: true }), { kind: "redo" }],
  [key("ArrowLeft"), { kind: "arrow", dx: -1, dy: 0, resize: false }],
  [key("ArrowDown", { shiftKey: true, altKey: true }), { kind: "arrow", dx: 0, dy: 10, resize: true }],
  [key("Delete"), { kind: "delete" }],
  [key("Backspace"), { kind: "delete" }],
  [key("Tab", { shiftKey: true }), { kind: "cycle", step: -1 }],
  [key("Enter"), { kind: "submit" }],
  [key("Enter", { ctrlKey: true }), { kind: "submit" }],
  [key("Escape"), { kind: "cancel" }],
  [key("?", { shiftKey: true, code: "Slash" }), { kind: "help" }],
  [key("N", { shiftKey: true }), { kind: "nothing-to-label" }],
])("%o", (event, command) => {
  expect(commandOf(event)).toEqual(command);
});

test.each([key("0", { ctrlKey: true, code: "Digit0" }), key("r", { ctrlKey: true }), key("+", { ctrlKey: true }), key("F5"), key("q", { ctrlKey: true }), key("a", { altKey: true })])(
  "%o is left to the browser",
  (event) => {
    expect(commandOf(event)).toBeNull();
  },
);

test("labels after the ninth have the letters that no command and no tool has", () => {
  const unreserved = new Keys(COMMANDS).ofLabel(9) ?? "";
  const action: CommandEntry = { id: "act", command: { kind: "tool", id: "act" }, group: "shapes", keys: [unreserved], does: () => "" };
  const keys = new Keys([action, ...COMMANDS]);
  const tenth = keys.ofLabel(9) ?? "";
  expect([keys.ofLabel(0), keys.ofLabel(8), keys.ofLabel(60)]).toEqual(["1", "9", null]);
  expect(COMMANDS.flatMap((entry) => entry.keys)).not.toContain(tenth);
  expect(keys.commandOf(key(tenth.toLowerCase()))).toEqual({ kind: "label", index: 9 });
  expect(keys.commandOf(key(unreserved.toLowerCase()))).toEqual({ kind: "tool", id: "act" });
});

test("the keys of a worker take the place of those of the table, and free them", () => {
  const keys = new Keys(COMMANDS, { undo: ["U"], tags: [], submit: ["X"] });
  expect(keys.commandOf(key("u"))).toEqual({ kind: "undo" });
  expect(keys.commandOf(key("z", { ctrlKey: true }))).toBeNull();
  expect(keys.commandOf(key("Enter"))).toEqual({ kind: "submit" });
  expect([keys.first("undo"), keys.first("tags"), keys.first("hide-all")]).toEqual(["U", "", "Shift+S"]);
});

test("a key that two commands have belongs to the one that the worker chose it for, and is shown only there", () => {
  const brush: CommandEntry = { id: "paint-brush", command: { kind: "tool", id: "paint-brush" }, group: "shapes", keys: ["T"], does: () => "" };
  const table = [brush, ...COMMANDS];
  const keys = new Keys(table);
  expect(keys.commandOf(key("t"))).toEqual({ kind: "tool", id: "paint-brush" });
  expect([keys.first("paint-brush"), keys.first("tags"), keys.others(brush, "T").map(({ id }) => id)]).toEqual(["T", "", ["tags"]]);
  const chosen = new Keys(table, { tags: ["T"] });
  expect(chosen.commandOf(key("t"))).toEqual({ kind: "tags" });
  expect([chosen.first("paint-brush"), chosen.first("tags")]).toEqual(["", "T"]);
});

test("choices for the tools of other elements are kept; what is no choice is not", () => {
  const kept = { undo: ["U"], "paint-brush": ["Shift+B"], "a thing": ["B"], tags: "T", fit: [1] };
  expect(readKeyChoices(kept)).toEqual({ undo: ["U"], "paint-brush": ["Shift+B"] });
});

test("no two commands have the same key", () => {
  const all = COMMANDS.flatMap(({ keys }) => keys);
  expect(all.filter((name, index) => all.indexOf(name) !== index)).toEqual([]);
});

test("letters of other scripts count as the Latin letter of their key", () => {
  expect(keyName(key("ㅋ", { code: "KeyZ" }))).toBe("Z");
  expect(keyName(key("Process", { code: "KeyZ", ctrlKey: true }))).toBe("Ctrl+Z");
  expect(keyName(key("é", { code: "Digit2" }))).toBe("É");
});
