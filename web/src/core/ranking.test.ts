import { describe, expect, test } from "vitest";
import { joined, moved, placed, type Ranking, ranksOf, unranked, without } from "./ranking.js";

const RANKING: Ranking = [[2], [0, 3], [1]];

test("ranks count groups, so that ties share a number and none is left out", () => {
  expect(ranksOf(RANKING, 5)).toEqual([2, 3, 1, 2, null]);
  expect(unranked(RANKING, 5)).toEqual([4]);
});

describe("a response", () => {
  test("gets a rank of its own, before others", () => {
    expect(placed(RANKING, 4, 0)).toEqual([[4], [2], [0, 3], [1]]);
    expect(placed(RANKING, 1, 0)).toEqual([[1], [2], [0, 3]]);
    expect(placed(RANKING, 2, 3)).toEqual([[0, 3], [1], [2]]);
    expect(placed([], 0, 0)).toEqual([[0]]);
  });

  test("shares a rank", () => {
    expect(joined(RANKING, 1, 0)).toEqual([[1, 2], [0, 3]]);
    expect(joined(RANKING, 4, 2)).toEqual([[2], [0, 3], [1, 4]]);
    expect(joined(RANKING, 2, 0)).toEqual(RANKING);
    expect(joined(RANKING, 4, 9)).toEqual(RANKING);
  });

  test("moves by one rank, and out of a shared one first", () => {
    expect(moved(RANKING, 1, -1)).toEqual([[2], [1], [0, 3]]);
    expect(moved(RANKING, 3, -1)).toEqual([[2], [3], [0], [1]]);
    expect(moved(RANKING, 3, 1)).toEqual([[2], [0], [3], [1]]);
    expect(moved(RANKING, 2, -1)).toEqual(RANKING);
    expect(moved(RANKING, 4, 1)).toEqual(RANKING);
  });

  test("loses its rank", () => {
    expect(without(RANKING, 2)).toEqual([[0, 3], [1]]);
  });
});
