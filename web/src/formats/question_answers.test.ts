import { expect, test } from "vitest";
import { IndexedText } from "../core/indexed_text.js";
import type { SpanShape } from "../core/spans.js";
import { countWords, parseLimits, parseTags, problemOf, type QuestionAnswer, type QuestionLimits, readPairs, writePairs } from "./question_answers.js";

const TEXT = new IndexedText("👋 Bob met Zoe.");
const LIMITS: QuestionLimits = {
  questions: { least: 1, most: 2 },
  questionWords: { least: 2, most: 4 },
  answerWords: { least: 1, most: Infinity },
};
const PAIR: QuestionAnswer = { id: "q1", question: "Who met Zoe? ", answer: "Bob", tags: ["Who"] };
const BLANK: QuestionAnswer = { id: "q2", question: " ", answer: "", tags: [] };
const SPANS: SpanShape[] = [{ id: "s1", label: "q1", start: 3, end: 6 }];

test("the answer has the questions, their tags and the parts of the text in code points", () => {
  const answer = writePairs([PAIR, BLANK], SPANS, TEXT);
  expect(answer).toEqual({
    questionAnswerPairs: [
      { question: "Who met Zoe?", answer: "Bob", questionTags: ["Who"], textReferences: [{ startOffset: 2, endOffset: 5, text: "Bob" }] },
    ],
  });
  const { pairs, spans } = readPairs(JSON.parse(JSON.stringify(answer)), TEXT, () => "n1");
  expect(pairs).toEqual([{ id: "n1", question: "Who met Zoe?", answer: "Bob", tags: ["Who"] }]);
  expect(spans.map(({ label, start, end }) => [label, start, end])).toEqual([["n1", 3, 6]]);
  expect(readPairs({ questionAnswerPairs: [7, { textReferences: [{ startOffset: 99 }] }] }, TEXT, () => "n").spans).toEqual([]);
  expect(readPairs("x", TEXT, () => "n").pairs).toEqual([]);
});

test("problems are named by the number of the question, blank ones count only when they are needed", () => {
  const problem = (...pairs: QuestionAnswer[]): string | null => problemOf(pairs, SPANS, LIMITS)?.text ?? null;
  expect(problem(PAIR, BLANK)).toBeNull();
  expect(problem(BLANK)).toBe("Write at least 1 question with its answer.");
  expect(problem({ ...PAIR, question: "Who?" })).toBe("Question 1 needs at least 2 words.");
  expect(problem(BLANK, { ...PAIR, question: "a b c d e" })).toBe("Question 2 has more than 4 words.");
  expect(problem({ ...PAIR, answer: "" })).toBe("Answer 1 needs at least 1 word.");
  expect(problem(PAIR, PAIR, PAIR)).toBe("Write at most 2 questions.");
  expect(problemOf([BLANK], SPANS, LIMITS)?.id).toBe("q2");
});

test("words are counted with and without blanks between them", () => {
  expect(countWords("  Why don't  well-known\nthings…  work? ")).toBe(5);
  expect(countWords("")).toBe(0);
  expect(countWords("我们 在 北京大学")).toBeGreaterThanOrEqual(3);
});

test("attributes are read, or refused in words", () => {
  expect(parseLimits(null, null)).toEqual({ ok: true, value: { least: 1, most: Infinity } });
  expect(parseLimits("2", "5")).toEqual({ ok: true, value: { least: 2, most: 5 } });
  expect(parseLimits("5", "2")).toEqual({ ok: false, problem: "not possible: at least 5, at most 2" });
  expect(parseLimits("x", null)).toEqual({ ok: false, problem: "not a whole number: x" });
  expect(parseTags('["Who", "Why", "Who"]')).toEqual({ ok: true, value: ["Who", "Why"] });
  expect(parseTags(null)).toEqual({ ok: true, value: [] });
  expect(parseTags("{}").ok).toBe(false);
});
