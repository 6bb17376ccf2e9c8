import { expect, test } from "vitest";
import { commandOf, type Key } from "./keys.js";

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

test.each([key("0", { ctrlKey: true, code: "Digit0" }), key("r", { ctrlKey: true }), key("+", { ctrlKey: true }), key("F5"), key("q")])(
  "%o is left to the browser",
  (event) => {
    expect(commandOf(event)).toBeNull();
  },
);
