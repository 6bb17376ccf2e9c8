/** The format of crowd-text-ranking: its attributes, its answer and its saved state. */
import { joined, placed, type Ranking, ranksOf } from "../core/ranking.js";
import { t } from "../language/index.js";
import { type Parsed, parseRelaxedJson } from "./relaxed_json.js";

export interface RankingDimension {
  readonly name: string;
  /** Responses may share a rank. */
  readonly allowTie: boolean;
}

export interface TextRankingAnswer {
  readonly ordinalRankingDimensions: readonly (RankingDimension & { readonly responseRankings: readonly (number | null)[] })[];
}

const MOST_RESPONSES = 100;
const MOST_DIMENSIONS = 50;

/** `[{"name": "Clarity", "allowTie": true}]` */
export function parseDimensions(text: string): Parsed<RankingDimension[]> {
  const parsed = parseRelaxedJson(text);
  if (!parsed.ok) return parsed;
  const example = "[{'name': 'Clarity', 'allowTie': true}]";
  if (!Array.isArray(parsed.value) || parsed.value.length === 0) return { ok: false, problem: t("not a list of dimensions such as {{example}}", { example }) };
  if (parsed.value.length > MOST_DIMENSIONS) return { ok: false, problem: t("too many: {{given}}, at most {{most}} are possible", { given: parsed.value.length, most: MOST_DIMENSIONS }) };
  const dimensions: RankingDimension[] = [];
  for (const [index, entry] of (parsed.value as unknown[]).entries()) {
    const { name, allowTie } = (typeof entry === "object" && entry !== null ? entry : {}) as Record<string, unknown>;
    if (typeof name !== "string" || name.trim() === "") return { ok: false, problem: t("not complete: dimension {{number}} has no name", { number: index + 1 }) };
    if (dimensions.some((other) => other.name === name)) return { ok: false, problem: t("not clear: two dimensions have the name {{name}}", { name }) };
    dimensions.push({ name, allowTie: allowTie === true || allowTie === "true" });
  }
  return { ok: true, value: dimensions };
}

/** A list of at least two texts. */
export function parseResponses(text: string): Parsed<string[]> {
  const parsed = parseRelaxedJson(text);
  if (!parsed.ok) return parsed;
  if (!Array.isArray(parsed.value) || parsed.value.length < 2) return { ok: false, problem: t("not a list of at least two texts") };
  if (parsed.value.length > MOST_RESPONSES) return { ok: false, problem: t("too many: {{given}}, at most {{most}} are possible", { given: parsed.value.length, most: MOST_RESPONSES }) };
  const at = parsed.value.findIndex((response) => typeof response !== "string");
  return at < 0 ? { ok: true, value: parsed.value as string[] } : { ok: false, problem: t("not all texts: response {{number}} is none", { number: at + 1 }) };
}

/** Decision: AWS does not document the answer. Its notebooks read the ranks there, and its element writes no name around it. */
export function writeRankings(dimensions: readonly RankingDimension[], rankings: ReadonlyMap<string, Ranking>, responses: number): TextRankingAnswer {
  return {
    ordinalRankingDimensions: dimensions.map(({ name, allowTie }) => ({
      name,
      allowTie,
      responseRankings: ranksOf(rankings.get(name) ?? [], responses),
    })),
  };
}

/** Reads a saved answer; what does not fit is left out. */
export function readRankings(saved: unknown, dimensions: readonly RankingDimension[], responses: number): Map<string, Ranking> {
  const found = (saved as TextRankingAnswer | null)?.ordinalRankingDimensions;
  const entries: readonly unknown[] = Array.isArray(found) ? found : [];
  const rankings = new Map<string, Ranking>();
  for (const entry of entries) {
    const { name, responseRankings } = (typeof entry === "object" && entry !== null ? entry : {}) as Record<string, unknown>;
    const dimension = dimensions.find((each) => each.name === name);
    if (dimension === undefined || !Array.isArray(responseRankings)) continue;
    rankings.set(dimension.name, rankingFrom(responseRankings.slice(0, responses), dimension.allowTie));
  }
  return rankings;
}

/** Ranks that leave numbers out, and ties where there must be none, are put in order. */
function rankingFrom(ranks: readonly unknown[], allowTie: boolean): Ranking {
  const ranked = ranks.flatMap((rank, response) => (typeof rank === "number" ? [{ rank, response }] : []));
  let ranking: Ranking = [];
  let last: number | null = null;
  for (const { rank, response } of ranked.sort((a, b) => a.rank - b.rank)) {
    ranking = rank === last && allowTie ? joined(ranking, response, ranking.length - 1) : placed(ranking, response, ranking.length);
    last = rank;
  }
  return ranking;
}
