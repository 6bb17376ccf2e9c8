/** The format of crowd-question-answer-generation: its limits, its answer and its saved state. */
import type { IndexedText } from "../core/indexed_text.js";
import { inTextOrder, type SpanShape } from "../core/spans.js";
import { makeShape } from "../core/shapes.js";
import { t } from "../language/index.js";
import { type Parsed, parseRelaxedJson } from "./relaxed_json.js";
import { readSpans } from "./spans.js";

export interface QuestionAnswer {
  /** The label of the marked parts of the text that belong to it. */
  readonly id: string;
  readonly question: string;
  readonly answer: string;
  readonly tags: readonly string[];
}

/** Numbers of questions, and of words. */
export interface QuestionLimits {
  readonly questions: Limits;
  readonly questionWords: Limits;
  readonly answerWords: Limits;
}

export interface Limits {
  readonly least: number;
  /** Infinity without a limit. */
  readonly most: number;
}

interface WrittenPair {
  readonly question: string;
  readonly answer: string;
  readonly questionTags: readonly string[];
  readonly textReferences: readonly { readonly startOffset: number; readonly endOffset: number; readonly text: string }[];
}

export interface QuestionAnswers {
  readonly questionAnswerPairs: readonly WrittenPair[];
}

const MOST_TAGS = 200;
const WORDS = new Intl.Segmenter(undefined, { granularity: "word" });
/** Writing without blanks between words. */
const NO_BLANKS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** The words between blanks; of writing without blanks, those of a dictionary. */
export function countWords(text: string): number {
  const parts = text.split(/\s+/).filter((part) => part !== "");
  return parts.reduce((sum, part) => sum + (NO_BLANKS.test(part) ? dictionaryWords(part) : 1), 0);
}

/** A limit from two attributes. Those that are no whole numbers from 0 on, or contradict each other, are a problem. */
export function parseLimits(least: string | null, most: string | null): Parsed<Limits> {
  const low = least === null || least === "" ? 1 : Number(least);
  const high = most === null || most === "" ? Infinity : Number(most);
  for (const [text, number] of [[least, low], [most, high]] as const) {
    if (number !== Infinity && !(Number.isInteger(number) && number >= 0)) return { ok: false, problem: t("not a whole number: {{text}}", { text: text ?? "" }) };
  }
  return low > high ? { ok: false, problem: t("not possible: at least {{least}}, at most {{most}}", { least: low, most: high }) } : { ok: true, value: { least: low, most: high } };
}

/** The tags to choose from; none hides them. */
export function parseTags(text: string | null): Parsed<string[]> {
  if (text === null || text.trim() === "") return { ok: true, value: [] };
  const parsed = parseRelaxedJson(text);
  if (!parsed.ok) return parsed;
  const isList = Array.isArray(parsed.value) && parsed.value.every((tag) => typeof tag === "string" && tag !== "");
  if (!isList) return { ok: false, problem: t("not a list of texts such as {{example}}", { example: "['Who', 'Why']" }) };
  const tags = [...new Set(parsed.value as string[])];
  return tags.length <= MOST_TAGS ? { ok: true, value: tags } : { ok: false, problem: t("too many: {{given}}, at most {{most}} are possible", { given: tags.length, most: MOST_TAGS }) };
}

/** A pair that the worker has not begun. Beyond the least number of questions it is not submitted. */
export function isBlank({ id, question, answer, tags }: QuestionAnswer, spans: readonly SpanShape[]): boolean {
  return question.trim() === "" && answer.trim() === "" && tags.length === 0 && !spans.some((span) => span.label === id);
}

/** What is wrong with the first pair that cannot be submitted, and which one it is; null when all can. */
export function problemOf(pairs: readonly QuestionAnswer[], spans: readonly SpanShape[], limits: QuestionLimits): { text: string; id: string | null } | null {
  for (const [index, pair] of pairs.entries()) {
    if (isBlank(pair, spans)) continue;
    const text =
      wordProblem(t("Question {{number}}", { number: index + 1 }), pair.question, limits.questionWords) ??
      wordProblem(t("Answer {{number}}", { number: index + 1 }), pair.answer, limits.answerWords);
    if (text !== null) return { text, id: pair.id };
  }
  const written = pairs.filter((pair) => !isBlank(pair, spans));
  const { least, most } = limits.questions;
  if (written.length < least) {
    const empty = pairs.find((pair) => isBlank(pair, spans));
    return { text: t("Write at least {{count}} questions with their answers.", { count: least }), id: empty?.id ?? null };
  }
  return written.length > most ? { text: t("Write at most {{count}} questions.", { count: most }), id: null } : null;
}

/**
 * Decision: AWS documents no answer of this element. As that of crowd-text-ranking, it has no name around it. References
 * are code points, as those of entities.
 */
export function writePairs(pairs: readonly QuestionAnswer[], spans: readonly SpanShape[], text: IndexedText): QuestionAnswers {
  const written = pairs.filter((pair) => !isBlank(pair, spans));
  return { questionAnswerPairs: written.map((pair) => writePair(pair, spans, text)) };
}

/** Reads a saved answer. */
export function readPairs(saved: unknown, text: IndexedText, newId: () => string): { pairs: QuestionAnswer[]; spans: SpanShape[] } {
  const found = (saved as { questionAnswerPairs?: unknown } | null)?.questionAnswerPairs;
  const pairs: QuestionAnswer[] = [];
  const spans: SpanShape[] = [];
  for (const entry of Array.isArray(found) ? (found as unknown[]) : []) {
    const fields = (typeof entry === "object" && entry !== null ? entry : {}) as Record<string, unknown>;
    const id = newId();
    const words = (value: unknown): string => (typeof value === "string" ? value : "");
    const tags = Array.isArray(fields["questionTags"]) ? fields["questionTags"].filter((tag): tag is string => typeof tag === "string") : [];
    pairs.push({ id, question: words(fields["question"]), answer: words(fields["answer"]), tags });
    const references = Array.isArray(fields["textReferences"]) ? (fields["textReferences"] as object[]) : [];
    const labelled = references.map((reference) => ({ ...reference, label: id }));
    for (const { start, end } of readSpans(labelled, [id], text).shapes) spans.push(makeShape<SpanShape>(id, { start, end }));
  }
  return { pairs, spans };
}

function writePair({ id, question, answer, tags }: QuestionAnswer, spans: readonly SpanShape[], text: IndexedText): WrittenPair {
  const own = inTextOrder(spans.filter((span) => span.label === id));
  return {
    question: question.trim(),
    answer: answer.trim(),
    questionTags: tags,
    textReferences: own.map(({ start, end }) => ({
      startOffset: text.toCodePoints(start),
      endOffset: text.toCodePoints(end),
      text: text.text.slice(start, end),
    })),
  };
}

function wordProblem(what: string, text: string, { least, most }: Limits): string | null {
  const count = countWords(text);
  if (count < least) return t("{{what}} needs at least {{count}} words.", { what, count: least });
  return count > most ? t("{{what}} has more than {{count}} words.", { what, count: most }) : null;
}

function dictionaryWords(text: string): number {
  return [...WORDS.segment(text)].filter(({ isWordLike }) => isWordLike === true).length;
}
