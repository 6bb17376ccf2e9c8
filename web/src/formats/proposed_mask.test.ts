import { expect, test } from "vitest";
import { readProposedMask } from "./proposed_mask.js";

const GOOD = { rect: { left: 10, top: 20, width: 6, height: 4 }, size: { width: 3, height: 2 }, runs: [1, 2, 2, 1] };

test("runs become pixels, the first run outside of the object", () => {
  const found = readProposedMask(GOOD);
  expect([...(found?.mask ?? [])]).toEqual([0, 1, 1, 0, 0, 1]);
  expect(found?.part).toEqual({ rect: GOOD.rect, size: GOOD.size });
  expect([...(readProposedMask({ ...GOOD, runs: [0, 6] })?.mask ?? [])]).toEqual([1, 1, 1, 1, 1, 1]);
});

test.each([
  ["nothing", null],
  ["too few pixels", { ...GOOD, runs: [1, 2] }],
  ["too many pixels", { ...GOOD, runs: [1, 2, 2, 2] }],
  ["a negative run", { ...GOOD, runs: [7, -1] }],
  ["a run of a fraction", { ...GOOD, runs: [0.5, 5.5] }],
  ["no runs", { ...GOOD, runs: "6" }],
  ["a huge mask", { ...GOOD, size: { width: 100_000, height: 100_000 }, runs: [1e10] }],
  ["a part without size", { ...GOOD, rect: { ...GOOD.rect, width: 0 } }],
  ["a part without place", { ...GOOD, rect: { width: 6, height: 4 } }],
])("%s is no mask", (_, proposal) => {
  expect(readProposedMask(proposal)).toBeNull();
});
