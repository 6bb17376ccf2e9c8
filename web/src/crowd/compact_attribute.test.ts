import { expect, test } from "vitest";
import { writeCompact } from "./compact_attribute.js";

/** The attributes of an element, without a document. */
class Attributes extends Map<string, string> {
  writes = 0;

  getAttribute(name: string): string | null {
    return this.get(name) ?? null;
  }

  setAttribute(name: string, value: string): void {
    this.writes += 1;
    this.set(name, value);
  }
}

function compact(written: string, text = written): { value: string | undefined; writes: number } {
  const element = new Attributes([["labels", written]]);
  writeCompact(element, "labels", text);
  return { value: element.get("labels"), writes: element.writes };
}

test.each([
  ["['Cat', 'Dog']", '["Cat","Dog"]'],
  ["[{label: 'Cat', /* a comment */ },]", '[{"label":"Cat"}]'],
  [' [ "it\'s", 1.50 ] ', '["it\'s",1.5]'],
])("%s becomes JSON that scripts can take apart", (written, value) => {
  expect(compact(written)).toEqual({ value, writes: 1 });
});

test("compact JSON is not written again, because each write is read again", () => {
  expect(compact('["Cat"]')).toEqual({ value: '["Cat"]', writes: 0 });
});

test("what cannot be read stays as it is, for the message about it", () => {
  expect(compact("Cat, Dog")).toEqual({ value: "Cat, Dog", writes: 0 });
});

test("a text that a script has set leaves the attribute alone", () => {
  expect(compact("['Cat']", "['Dog']")).toEqual({ value: "['Cat']", writes: 0 });
});
