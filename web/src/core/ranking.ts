/** An order of responses in which some may share a rank and some may not have one yet. No DOM. */

/** The responses of each rank, the best first. Responses are numbered from 0. */
export type Ranking = readonly (readonly number[])[];

export const NO_RANKING: Ranking = [];

/** The rank of each of `count` responses, 1 for the best; null for one without a rank. */
export function ranksOf(ranking: Ranking, count: number): (number | null)[] {
  return Array.from({ length: count }, (_, response) => {
    const at = ranking.findIndex((group) => group.includes(response));
    return at < 0 ? null : at + 1;
  });
}

/** The responses without a rank. */
export function unranked(ranking: Ranking, count: number): number[] {
  return ranksOf(ranking, count).flatMap((rank, response) => (rank === null ? [response] : []));
}

/** The ranking with a response at the rank `place` (from 0) of its own; the others move on. */
export function placed(ranking: Ranking, response: number, place: number): Ranking {
  const before = ranking.slice(0, place);
  const after = ranking.slice(place);
  return [...without(before, response), [response], ...without(after, response)];
}

/** The ranking with a response in the same rank as others, by their place. */
export function joined(ranking: Ranking, response: number, place: number): Ranking {
  const group = ranking[place];
  if (group === undefined || group.includes(response)) return ranking;
  const merged = [...group, response].sort((one, other) => one - other);
  return ranking
    .map((each, at) => (at === place ? merged : each.filter((other) => other !== response)))
    .filter((each) => each.length > 0);
}

export function without(ranking: Ranking, response: number): Ranking {
  return ranking.map((group) => group.filter((each) => each !== response)).filter((group) => group.length > 0);
}

/** A response one rank better (-1) or worse (1). One that shares its rank first gets a rank of its own. */
export function moved(ranking: Ranking, response: number, step: 1 | -1): Ranking {
  const at = ranking.findIndex((group) => group.includes(response));
  if (at < 0) return ranking;
  if ((ranking[at]?.length ?? 0) > 1) return placed(ranking, response, step === -1 ? at : at + 1);
  const next = at + step;
  if (next < 0 || next >= ranking.length) return ranking;
  return placed(ranking, response, step === -1 ? next : next + 1);
}
