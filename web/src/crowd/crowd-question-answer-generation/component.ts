import { css, type CSSResultGroup, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import { IndexedText } from "../../core/indexed_text.js";
import {
  isBlank, type Limits, parseLimits, parseTags, problemOf, type QuestionAnswer, type QuestionAnswers, type QuestionLimits, readPairs, writePairs,
} from "../../formats/question_answers.js";
import { t } from "../../language/index.js";
import { NARROW } from "../../ui/media.js";
import { textStageStyles } from "../../workspace/text/text_workspace.js";
import { renderTextBar } from "../../workspace/text/text_bar.js";
import { readTextChoices } from "../../workspace/text/text_preferences.js";
import { TextStage, type TextStageHost } from "../../workspace/text/text_stage.js";
import { KeptInstructions } from "../kept_instructions.js";
import { TaskField } from "../task_field.js";
import { TextSource } from "../text_source.js";
import { pairListStyles, renderPairList } from "./pair_list.js";

const NO_LIMITS: Limits = { least: 1, most: Infinity };

/**
 * @summary Questions and answers about a text, with tags and the parts of the text that they refer to.
 * @attr name - names the element in saved work
 * @attr text - the text, or the address of an object that has it
 * @attr min-questions - the least number of questions
 * @attr max-questions - the largest number of questions
 * @attr question-min-words - the least number of words of a question
 * @attr question-max-words - the largest number of words of a question
 * @attr answer-min-words - the least number of words of an answer
 * @attr answer-max-words - the largest number of words of an answer
 * @attr question-tags - tags to choose from: `["Who", "Why"]`
 * @attr allow-custom-question-tags - `true` for tags of the worker's own
 * @slot short-instructions - taken from the child `<short-instructions>`
 * @slot full-instructions - taken from the child `<full-instructions header="...">`
 * @event crowd-change - a question, an answer, a tag or a reference changed
 */
export class CrowdQuestionAnswerGeneration extends TaskField implements TextStageHost {
  static override styles: CSSResultGroup = [
    textStageStyles,
    pairListStyles,
    css`
      aside.right {
        width: clamp(280px, 32vw, 440px);
      }
      .waiting {
        margin: 0;
        padding: var(--tp-space-6);
      }
      @media ${NARROW} {
        aside.right {
          width: auto;
          height: 48vh;
          border-top: 1px solid var(--tp-border);
        }
      }
    `,
  ];

  @property() text: string | null = null;
  @property({ attribute: "min-questions" }) minQuestions: string | null = null;
  @property({ attribute: "max-questions" }) maxQuestions: string | null = null;
  @property({ attribute: "question-min-words" }) questionMinWords: string | null = null;
  @property({ attribute: "question-max-words" }) questionMaxWords: string | null = null;
  @property({ attribute: "answer-min-words" }) answerMinWords: string | null = null;
  @property({ attribute: "answer-max-words" }) answerMaxWords: string | null = null;
  /** Relaxed JSON, as the attribute holds it. */
  @property({ attribute: "question-tags" }) questionTags: string | null = null;
  @property({ attribute: "allow-custom-question-tags" }) allowCustomQuestionTags: string | null = null;

  @state() private pairs: readonly QuestionAnswer[] = [];
  @state() private asked = false;

  private newest = 0;
  private readonly source = new TextSource(this, (text) => this.showText(text));
  /** A saved state that came before its text. */
  private waiting: unknown = null;
  private readonly kept = new KeptInstructions(this, (choices, keys) => {
    this.stage.restore(readTextChoices(choices));
    this.stage.restoreKeys(keys);
  });
  private readonly stage = new TextStage(
    this,
    {
      selectionChanged: () => this.followSelection(),
      labelChosen: (id) => this.showPair(id),
      keep: (choice) => this.kept.keep(choice),
      keepKeys: (keys) => this.kept.keepKeys(keys),
    },
    new Set(["nothing-to-label", "find-label"]),
  );

  constructor() {
    super();
    this.stage.editor.store.subscribe(({ origin }) => {
      this.requestUpdate();
      if (origin !== "pre-annotation") this.changed();
    });
    this.setPairs([this.newPair()]);
  }

  get header(): string {
    return t("Write questions and answers about the text");
  }

  /** The answer so far, without questions that are not begun. */
  override get value(): QuestionAnswers {
    return writePairs(this.pairs, this.stage.editor.spans, this.stage.editor.text);
  }

  override get isUnwrapped(): boolean {
    return true;
  }

  override get setupProblem(): string | null {
    if (this.name === "") return t("it has no name attribute");
    if (this.text === null) return t("it has no text attribute");
    if (this.source.setupProblem !== null) return this.source.setupProblem;
    const tags = parseTags(this.questionTags);
    if (!tags.ok) return t("its question-tags attribute is {{problem}}", { problem: tags.problem });
    const wrong = this.limitAttributes.find(([, least, most]) => !parseLimits(least, most).ok);
    if (wrong === undefined) return null;
    const [what, least, most] = wrong;
    const parsed = parseLimits(least, most);
    return parsed.ok ? null : t("its limits of {{what}} are {{problem}}", { what, problem: parsed.problem });
  }

  protected override answerProblem(): string | null {
    return this.source.problem ?? this.pairProblem?.text ?? null;
  }

  override showProblem(): void {
    this.asked = true;
    const id = this.pairProblem?.id ?? null;
    if (id === null) return;
    this.choose(id);
    void this.updateComplete.then(() => this.pairElement(id)?.querySelector<HTMLElement>("textarea")?.focus());
  }

  override saveState(): unknown {
    return this.waiting ?? this.value;
  }

  override restoreState(saved: unknown): void {
    // Without the text, its parts cannot be found.
    this.waiting = this.source.text === null ? saved : null;
    if (this.waiting !== null) return;
    const { pairs, spans } = readPairs(saved, this.stage.editor.text, () => this.newId());
    this.setPairs(pairs.length > 0 ? pairs : [this.newPair()]);
    this.stage.editor.store.load(spans);
  }

  override focus(): void {
    this.stage.focus();
  }

  protected override willUpdate(changes: PropertyValues<this>): void {
    if (changes.has("text")) this.source.set(this.text);
  }

  protected override renderTask(): TemplateResult {
    const { stage } = this;
    const tags = parseTags(this.questionTags);
    return html`${renderTextBar({ header: this.header, stage, listButton: nothing, instructionsButton: this.kept.instructions.renderButton() })}
      ${this.kept.instructions.renderPane()}
      ${this.source.problem === null ? stage.render() : html`<p class="text-stage waiting" role="status">${this.source.problem}</p>`}
      <aside class="right" aria-label=${t("Questions and answers")}>${renderPairList({
        pairs: this.pairs,
        editor: stage.editor,
        keys: stage.keys,
        limits: this.limits,
        tags: tags.ok ? tags.value : [],
        allowsOwnTags: this.allowCustomQuestionTags !== null && this.allowCustomQuestionTags !== "false",
        problem: this.asked ? this.pairProblem : null,
        change: (pair) => this.change(pair),
        choose: (id) => this.choose(id),
        remove: (pair) => this.removePair(pair),
        add: () => this.addPair(),
      })}</aside>
      ${this.kept.instructions.renderDialog()}
      ${stage.renderShortcuts()}
      ${stage.announcements.renderLiveRegion()}`;
  }

  private showText(text: string): void {
    this.stage.show(new IndexedText(text));
    if (this.waiting !== null) this.restoreState(this.waiting);
  }

  private get limitAttributes(): readonly (readonly [what: string, least: string | null, most: string | null])[] {
    return [
      [t("questions"), this.minQuestions, this.maxQuestions],
      [t("words of questions"), this.questionMinWords, this.questionMaxWords],
      [t("words of answers"), this.answerMinWords, this.answerMaxWords],
    ];
  }

  private get limits(): QuestionLimits {
    const [questions, questionWords, answerWords] = this.limitAttributes.map(([, least, most]) => {
      const parsed = parseLimits(least, most);
      return parsed.ok ? parsed.value : NO_LIMITS;
    });
    return { questions: questions ?? NO_LIMITS, questionWords: questionWords ?? NO_LIMITS, answerWords: answerWords ?? NO_LIMITS };
  }

  private get pairProblem(): { text: string; id: string | null } | null {
    return problemOf(this.pairs, this.stage.editor.spans, this.limits);
  }

  private newId(): string {
    this.newest += 1;
    return `q${this.newest}`;
  }

  private newPair(): QuestionAnswer {
    return { id: this.newId(), question: "", answer: "", tags: [] };
  }

  /** The questions are the labels of the marked parts of the text. */
  private setPairs(pairs: readonly QuestionAnswer[]): void {
    this.pairs = pairs;
    this.stage.editor.labels = pairs.map(({ id }, index) => ({
      label: id,
      short: String(index + 1),
      long: t("Question {{number}}", { number: index + 1 }),
    }));
  }

  private change(pair: QuestionAnswer): void {
    this.pairs = this.pairs.map((each) => (each.id === pair.id ? pair : each));
    this.changed();
  }

  private choose(id: string): void {
    if (this.stage.editor.chosenLabel === id) return;
    this.stage.editor.choice.choose(id);
    this.requestUpdate();
  }

  private addPair(): void {
    const pair = this.newPair();
    this.setPairs([...this.pairs, pair]);
    this.choose(pair.id);
    void this.updateComplete.then(() => this.pairElement(pair.id)?.querySelector<HTMLElement>("textarea")?.focus());
  }

  private removePair(pair: QuestionAnswer): void {
    const { editor, announcements } = this.stage;
    const at = this.pairs.indexOf(pair);
    const spans = editor.store.shapes.filter((span) => span.label === pair.id);
    const rest = this.pairs.filter(({ id }) => id !== pair.id);
    for (const { id } of spans) editor.store.remove(id);
    this.setPairs(rest.length > 0 ? rest : [this.newPair()]);
    this.changed();
    announcements.show(t("Question deleted"), () => {
      announcements.dismiss();
      this.putBack(pair, at);
      for (const span of spans) editor.store.add(span);
    });
  }

  /** Also when the worker has written another question meanwhile. */
  private putBack(pair: QuestionAnswer, at: number): void {
    const others = this.pairs.filter((each) => !isBlank(each, this.stage.editor.spans));
    this.setPairs([...others.slice(0, at), pair, ...others.slice(at)]);
    this.changed();
  }

  private followSelection(): void {
    const span = this.stage.editor.selection.shape;
    if (span === undefined) return;
    this.choose(span.label);
    this.showPair(span.label);
  }

  private showPair(id: string): void {
    void this.updateComplete.then(() => this.pairElement(id)?.scrollIntoView({ block: "nearest" }));
  }

  private pairElement(id: string): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(`.pair[data-pair="${id}"]`);
  }
}
