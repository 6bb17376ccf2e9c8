import { expect, test } from "vitest";
import { t } from "./index.js";

test("an English text is its own translation, with its values as they are", () => {
  expect(t("Undo")).toBe("Undo");
  expect(t("{{label}}: not drawn. Why?", { label: "<b> & 'c'" })).toBe("<b> & 'c': not drawn. Why?");
});

test("a text with a number has the form of that number", () => {
  expect([0, 1, 2].map((count) => t("{{count}} points", { count }))).toEqual(["0 points", "1 point", "2 points"]);
});
