import { expect, test } from "vitest";
import { firstReview, pairsOf, parseBlocks, parseWantedKeys, reviewedBlocks } from "./key_values.js";

const geometry = { boundingBox: { left: 0.1, top: 0.2, width: 0.3, height: 0.05 } };
const BLOCKS = [
  {
    blockType: "KEY_VALUE_SET", id: "k", entityTypes: ["KEY"], confidence: 98, geometry,
    relationships: [{ type: "VALUE", ids: ["v"] }, { type: "CHILD", ids: ["w1"] }],
  },
  { blockType: "KEY_VALUE_SET", id: "v", entityTypes: ["VALUE"], relationships: [{ type: "CHILD", ids: ["w2", "w3", "gone"] }] },
  { blockType: "WORD", id: "w1", text: "Name:" },
  { blockType: "WORD", id: "w2", text: "Jane" },
  { blockType: "SELECTION_ELEMENT", id: "w3", selectionStatus: "SELECTED" },
];
const [FOUND] = pairsOf(BLOCKS, []);

test("the texts and places of a pair come from the blocks that it refers to", () => {
  expect(pairsOf(BLOCKS, [])).toEqual([
    { id: "k", key: "Name:", value: "Jane SELECTED", keyPlace: geometry.boundingBox, valuePlace: null, isMissing: false },
  ]);
});

test("a wanted key that was not found under its name or an alias is a pair to look for", () => {
  const wanted = parseWantedKeys("['name', {importantFormKey: 'Title', importantFormKeyAliases: ['NAME']}, 'Date', {x: 1}]");
  if (!wanted.ok) throw new Error(wanted.problem);
  expect(pairsOf(BLOCKS, wanted.value).map(({ key, isMissing }) => [key, isMissing])).toEqual([["Name:", false], ["Date", true]]);
});

test("an accepted pair keeps its blocks, with the worker's texts", () => {
  if (FOUND === undefined) throw new Error("no pair");
  const [key, value] = reviewedBlocks(BLOCKS, [FOUND], [{ ...firstReview(FOUND), value: "John" }]);
  expect(key).toEqual({ ...BLOCKS[0], text: "Name:" });
  expect(value).toEqual({ ...BLOCKS[1], text: "John" });
});

test("a refused pair is left out, and a blank value is an empty text", () => {
  if (FOUND === undefined) throw new Error("no pair");
  expect(reviewedBlocks(BLOCKS, [FOUND], [{ ...firstReview(FOUND), verdict: "no" }])).toEqual([]);
  expect(reviewedBlocks(BLOCKS, [FOUND], [{ ...firstReview(FOUND), isBlank: true }])[1]?.["text"]).toBe("");
});

test("a pair that the worker found has new blocks that refer to each other", () => {
  const [missing] = pairsOf([], [{ name: "Date", aliases: [] }]);
  if (missing === undefined) throw new Error("no pair");
  expect(reviewedBlocks([], [missing], [firstReview(missing)])).toEqual([]);
  const [key, value] = reviewedBlocks([], [missing], [{ ...firstReview(missing), verdict: "yes", value: "May 5" }]);
  expect(key).toMatchObject({ entityTypes: ["KEY"], text: "Date", relationships: [{ type: "VALUE", ids: [value?.["id"]] }] });
  expect(value).toMatchObject({ blockType: "KEY_VALUE_SET", entityTypes: ["VALUE"], text: "May 5" });
});

test("blocks of any shape are read without an exception", () => {
  const odd = "[{}, {blockType: 'KEY_VALUE_SET', entityTypes: ['KEY'], relationships: [null, {type: 'VALUE', ids: 3}], geometry: 1}]";
  const parsed = parseBlocks(odd);
  if (!parsed.ok) throw new Error(parsed.problem);
  expect(pairsOf(parsed.value, [])).toEqual([{ id: "", key: "", value: "", keyPlace: null, valuePlace: null, isMissing: false }]);
  for (const text of ["{}", "[1]", "x"]) expect(parseBlocks(text).ok).toBe(false);
  expect(parseWantedKeys("{}").ok).toBe(false);
  expect(parseWantedKeys("")).toEqual({ ok: true, value: [] });
});
