import { expect, test } from "vitest";
import { parseDimensions, parseResponses, readRankings, writeRankings } from "./text_ranking.js";

const DIMENSIONS = [{ name: "Clarity", allowTie: true }, { name: "Inclusivity", allowTie: false }];

test("the answer has a rank for each response, 1 for the best, equal ones for a tie", () => {
  const rankings = new Map([["Clarity", [[1], [0, 2]]], ["Inclusivity", [[2], [1]]]]);
  const answer = writeRankings(DIMENSIONS, rankings, 3);
  expect(answer).toEqual({
    ordinalRankingDimensions: [
      { name: "Clarity", allowTie: true, responseRankings: [2, 1, 2] },
      { name: "Inclusivity", allowTie: false, responseRankings: [null, 2, 1] },
    ],
  });
  expect(readRankings(JSON.parse(JSON.stringify(answer)), DIMENSIONS, 3)).toEqual(rankings);
});

test("a saved state that does not fit is put in order", () => {
  const saved = { ordinalRankingDimensions: [{ name: "Inclusivity", responseRankings: [7, 7, "x", 1] }, { name: "Other", responseRankings: [1] }, null] };
  expect(readRankings(saved, DIMENSIONS, 4)).toEqual(new Map([["Inclusivity", [[3], [0], [1]]]]));
  expect(readRankings(null, DIMENSIONS, 4).size).toBe(0);
});

test("attributes are read, or refused in words", () => {
  expect(parseDimensions('[{"name":"Clarity","allowTie":true},{"name":"Inclusivity","allowTie":false}]')).toEqual({ ok: true, value: DIMENSIONS });
  expect(parseDimensions("[{}]")).toEqual({ ok: false, problem: "not complete: dimension 1 has no name" });
  expect(parseDimensions("[{name: 'A'}, {name: 'A'}]")).toEqual({ ok: false, problem: "not clear: two dimensions have the name A" });
  expect(parseDimensions("{}").ok).toBe(false);
  expect(parseResponses('["a", "b"]')).toEqual({ ok: true, value: ["a", "b"] });
  expect(parseResponses('["a"]')).toEqual({ ok: false, problem: "not a list of at least two texts" });
  expect(parseResponses('["a", 7]')).toEqual({ ok: false, problem: "not all texts: response 2 is none" });
  expect(parseResponses(JSON.stringify(Array(101).fill("a")))).toEqual({ ok: false, problem: "too many: 101, at most 100 are possible" });
});
