/** The list of questions with their answers, tags, and the parts of the text that they refer to. */
import { css, html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { SpanShape } from "../../core/spans.js";
import { countWords, type Limits, type QuestionAnswer, type QuestionLimits } from "../../formats/question_answers.js";
import { t } from "../../language/index.js";
import { icon } from "../../ui/icons.js";
import { renderSwatch } from "../../ui/swatch.js";
import { titleWithKey } from "../../workspace/icon_button.js";
import type { TextKeys } from "../../workspace/text/keys.js";
import type { SpanEditor } from "../../workspace/text/span_editor.js";

export interface PairList {
  readonly pairs: readonly QuestionAnswer[];
  readonly editor: SpanEditor;
  readonly keys: TextKeys;
  readonly limits: QuestionLimits;
  readonly tags: readonly string[];
  readonly allowsOwnTags: boolean;
  /** The pair that keeps the task from being submitted, and why. */
  readonly problem: { readonly id: string | null; readonly text: string } | null;
  change(pair: QuestionAnswer): void;
  choose(id: string): void;
  remove(pair: QuestionAnswer): void;
  add(): void;
}

const LONGEST_TEXT = 10_000;
const LONGEST_TAG = 100;

export function renderPairList(list: PairList): TemplateResult {
  const { pairs, limits } = list;
  return html`<div class="pairs scroll">${repeat(pairs, ({ id }) => id, (pair, index) => renderPair(list, pair, index))}
    <button type="button" class="button add" ?disabled=${pairs.length >= limits.questions.most} @click=${() => list.add()}>
      ${icon("plus")}${t("Add a question")}</button></div>`;
}

function renderPair(list: PairList, pair: QuestionAnswer, index: number): TemplateResult {
  const { editor, limits, problem } = list;
  const { id } = pair;
  const number = index + 1;
  const key = list.keys.ofLabel(index);
  const isCurrent = editor.chosenLabel === id;
  return html`<section class="pair ${isCurrent ? "current" : ""}" data-pair=${id} aria-label=${t("Question {{number}}", { number })}
    @focusin=${() => list.choose(id)} @click=${() => list.choose(id)}>
    <div class="head">${renderSwatch(editor.choice.styleOf(id))}<strong>${t("Question {{number}}", { number })}</strong>
      ${key === null ? nothing : html`<kbd aria-hidden="true">${key}</kbd>`}
      <button type="button" class="icon-button" title=${t("Delete this question")} aria-label=${t("Delete question {{number}}", { number })}
        @click=${(event: Event) => {
          event.stopPropagation();
          list.remove(pair);
        }}>${icon("trash", 15)}</button></div>
    ${renderText(`${id}-question`, t("Question"), pair.question, limits.questionWords, (question) => list.change({ ...pair, question }))}
    ${renderText(`${id}-answer`, t("Answer"), pair.answer, limits.answerWords, (answer) => list.change({ ...pair, answer }))}
    ${list.tags.length === 0 ? nothing : renderTags(list, pair)}
    ${renderReferences(list, editor.spans.filter((span) => span.label === id), isCurrent)}
    ${problem !== null && problem.id === id ? html`<p class="problem" role="alert">${icon("warning", 14)}${problem.text}</p>` : nothing}
  </section>`;
}

function renderText(id: string, label: string, text: string, limits: Limits, write: (text: string) => void): TemplateResult {
  const count = countWords(text);
  const isOver = count > limits.most;
  return html`<div class="field"><label class="label" for=${id}>${label}</label>
    <textarea class="input" id=${id} rows="2" maxlength=${LONGEST_TEXT} dir="auto" aria-invalid=${isOver} aria-describedby="${id}-hint" .value=${text}
      @input=${(event: Event) => write((event.target as HTMLTextAreaElement).value)}></textarea>
    <span class="hint ${isOver ? "over" : ""}" id="${id}-hint">${wordHint(count, limits)}</span></div>`;
}

function wordHint(count: number, { least, most }: Limits): string {
  if (most !== Infinity) return t("{{number}} of at most {{most}} words", { number: count, most });
  return count < least ? t("{{number}} of at least {{least}} words", { number: count, least }) : t("{{count}} words", { count });
}

function renderTags({ tags, allowsOwnTags, change }: PairList, pair: QuestionAnswer): TemplateResult {
  const toggle = (tag: string): void =>
    change({ ...pair, tags: pair.tags.includes(tag) ? pair.tags.filter((each) => each !== tag) : [...pair.tags, tag] });
  const all = [...tags, ...pair.tags.filter((tag) => !tags.includes(tag))];
  return html`<div class="tags" role="group" aria-label=${t("Tags")}>
    ${all.map((tag) => html`<button type="button" class="choice" aria-pressed=${pair.tags.includes(tag)} @click=${() => toggle(tag)}>${tag}</button>`)}
    ${allowsOwnTags ? html`<input class="input own-tag" maxlength=${LONGEST_TAG} placeholder=${t("Another tag")} aria-label=${t("Another tag; Enter adds it")}
      @keydown=${(event: KeyboardEvent) => addTag(event, pair, change)}>` : nothing}</div>`;
}

function addTag(event: KeyboardEvent, pair: QuestionAnswer, change: (pair: QuestionAnswer) => void): void {
  if (event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const input = event.target as HTMLInputElement;
  const tag = input.value.trim();
  input.value = "";
  if (tag !== "" && !pair.tags.includes(tag)) change({ ...pair, tags: [...pair.tags, tag] });
}

function renderReferences({ editor, keys }: PairList, spans: readonly SpanShape[], isCurrent: boolean): TemplateResult | typeof nothing {
  if (spans.length === 0) return isCurrent ? html`<p class="hint">${t("Mark the parts of the text that it refers to.")}</p>` : nothing;
  return html`<ul class="references">${spans.map((span) => html`<li ?data-selected=${editor.selection.id === span.id}>
    <button type="button" class="quote" dir="auto" @click=${() => editor.pick(span)}>${editor.quote(span)}</button>
    <button type="button" class="icon-button" title=${titleWithKey(t("Delete"), keys.first("delete"))} aria-label=${t("Delete the reference: {{text}}", { text: editor.quote(span) })}
      @click=${() => editor.remove(span)}>${icon("close", 14)}</button></li>`)}</ul>`;
}

export const pairListStyles = css`
  .pairs {
    flex: 1;
    padding: var(--tp-space-3);
  }
  .pair {
    display: flex;
    flex-direction: column;
    gap: var(--tp-space-2);
    margin-bottom: var(--tp-space-3);
    padding: var(--tp-space-2) var(--tp-space-3) var(--tp-space-3);
    border: 1px solid var(--tp-border);
    border-radius: var(--tp-radius-lg);
  }
  .pair.current {
    border-color: var(--tp-accent-500);
    box-shadow: 0 0 0 1px var(--tp-accent-500);
  }
  .head {
    display: flex;
    align-items: center;
    gap: var(--tp-space-2);
  }
  .head .icon-button {
    margin-left: auto;
  }
  .pair textarea {
    display: block;
    resize: vertical;
  }
  .pair .hint {
    margin: 0;
    color: var(--tp-text-muted);
  }
  .pair .hint.over {
    color: var(--tp-danger-600);
  }
  .pair .problem {
    margin: 0;
  }
  .tags {
    display: flex;
    flex-wrap: wrap;
    gap: 6px;
  }
  .choice {
    height: calc(var(--tp-hit) - 2px);
    padding: 0 var(--tp-space-3);
    border: 1px solid var(--tp-border-strong);
    border-radius: var(--tp-radius-full);
    font-size: var(--tp-text-sm);
  }
  .choice[aria-pressed="true"] {
    border-color: var(--tp-accent-600);
    background: var(--tp-accent-50);
    color: var(--tp-accent-700);
    font-weight: var(--tp-weight-medium);
  }
  .own-tag {
    flex: 1;
    min-width: 110px;
    height: calc(var(--tp-hit) - 2px);
    padding: 0 var(--tp-space-3);
    border-radius: var(--tp-radius-full);
    font-size: var(--tp-text-sm);
  }
  .references {
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .references li {
    display: flex;
    align-items: center;
    border-radius: var(--tp-radius-md);
    background: var(--tp-surface-sunken);
    font-size: var(--tp-text-sm);
  }
  .references li + li {
    margin-top: 4px;
  }
  .references li[data-selected] {
    background: var(--tp-accent-50);
  }
  .quote {
    flex: 1;
    min-width: 0;
    min-height: var(--tp-hit);
    padding: 0 var(--tp-space-2);
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .add {
    width: 100%;
  }
`;
