import { expect, test } from "vitest";
import { parseCategories } from "./moderation.js";

test("categories are texts, or objects that stay whole", () => {
  const parsed = parseCategories("['Drugs', {name: 'Gore', parentName: 'Violence',},]");
  expect(parsed).toEqual({
    ok: true,
    value: [
      { name: "Drugs", value: "Drugs" },
      { name: "Gore", value: { name: "Gore", parentName: "Violence" } },
    ],
  });
});

test("of the same name, the first category counts", () => {
  const parsed = parseCategories([{ name: "a", n: 1 }, { name: "a", n: 2 }]);
  expect(parsed).toEqual({ ok: true, value: [{ name: "a", value: { name: "a", n: 1 } }] });
});

test("what is no list of names is a problem", () => {
  for (const text of ["{}", "[1]", "[{label: 'x'}]", "[''] ", "[null]", "not json"]) expect(parseCategories(text).ok).toBe(false);
});
