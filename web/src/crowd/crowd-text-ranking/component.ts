import { css, type CSSResultGroup, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import { NO_RANKING, type Ranking, unranked } from "../../core/ranking.js";
import type { Parsed } from "../../formats/relaxed_json.js";
import { parseDimensions, parseResponses, type RankingDimension, readRankings, type TextRankingAnswer, writeRankings } from "../../formats/text_ranking.js";
import { t } from "../../language/index.js";
import { base, buttons } from "../../ui/controls.js";
import type { TrigpointDialog } from "../../ui/dialog/component.js";
import { NARROW } from "../../ui/media.js";
import { Announcements } from "../../workspace/announcements.js";
import { instructionStyles } from "../../workspace/instructions.js";
import { renderIconButton } from "../../workspace/icon_button.js";
import { type Command, type Keys, readKeyChoices } from "../../workspace/keys.js";
import { layoutStyles } from "../../workspace/layout.js";
import { Shortcuts, shortcutStyles } from "../../workspace/shortcuts.js";
import { toolBarStyles } from "../../workspace/tool_bar.js";
import { FieldKeys } from "../field_keys.js";
import { KeptInstructions } from "../kept_instructions.js";
import { TaskField } from "../task_field.js";
import { TextSource } from "../text_source.js";
import { RankingList, rankingListStyles } from "./ranking_list.js";
import { rankingShortcuts } from "./ranking_shortcuts.js";

/**
 * @summary Ranks responses to a text in one or more dimensions. Its answer is not under its name, as that of AWS's element.
 * @attr name - names the element in saved work
 * @attr text - what the responses answer, or the address of an object that has it
 * @attr responses - the texts to rank: `["one", "another"]`
 * @attr ordinal-ranking-dimensions - `[{"name": "Clarity", "allowTie": true}]`
 * @slot short-instructions - taken from the child `<short-instructions>`
 * @slot full-instructions - taken from the child `<full-instructions header="...">`
 * @event crowd-change - a rank changed
 */
export class CrowdTextRanking extends TaskField {
  static override styles: CSSResultGroup = [
    base, buttons, layoutStyles, toolBarStyles, instructionStyles, shortcutStyles, rankingListStyles,
    css`
      .texts {
        grid-area: stage;
        padding: var(--tp-space-5) var(--tp-space-6);
        background: var(--tp-surface-sunken);
      }
      .texts h2 {
        margin: 0 0 var(--tp-space-2);
        color: var(--tp-text-muted);
        font-size: var(--tp-text-xs);
        font-weight: var(--tp-weight-semibold);
      }
      .prompt {
        max-width: 72ch;
        margin-bottom: var(--tp-space-6);
      }
      .prompt,
      .words {
        font-size: var(--tp-text-lg);
        overflow-wrap: anywhere;
        white-space: pre-wrap;
      }
      .prompt h2 {
        white-space: normal;
      }
      .responses {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(100%, 340px), 1fr));
        gap: var(--tp-space-4);
        align-items: start;
      }
      .response {
        display: flex;
        gap: var(--tp-space-3);
        padding: var(--tp-space-4);
        border: 1px solid var(--tp-border);
        border-radius: var(--tp-radius-lg);
        background: var(--tp-surface);
      }
      .response.hovered {
        border-color: var(--tp-accent-500);
        box-shadow: 0 0 0 1px var(--tp-accent-500);
      }
      .letter {
        flex: none;
        font-weight: var(--tp-weight-semibold);
      }
      .words {
        min-width: 0;
      }
      aside.right {
        width: clamp(220px, 24vw, 340px);
        overflow: auto;
      }
      @media ${NARROW} {
        .texts {
          padding: var(--tp-space-3);
        }
        .prompt {
          margin-bottom: var(--tp-space-4);
        }
        .prompt,
        .words {
          font-size: var(--tp-text-md);
        }
        .response {
          padding: var(--tp-space-3);
        }
        .responses {
          gap: var(--tp-space-3);
        }
        aside.right {
          width: auto;
          max-height: 36vh;
          border-top: 1px solid var(--tp-border);
        }
      }
    `,
  ];

  /** The text, or a signed link to it. */
  @property() text: string | null = null;
  /** Relaxed JSON, as the attribute holds it. */
  @property() responses: string | null = null;
  /** Relaxed JSON, as the attribute holds it. */
  @property({ attribute: "ordinal-ranking-dimensions" }) ordinalRankingDimensions: string | null = null;

  @state() private rankings: ReadonlyMap<string, Ranking> = new Map();
  @state() private hovered: number | null = null;
  @state() private asked = false;

  private readonly source = new TextSource(this, () => this.requestUpdate());
  private readonly announcements = new Announcements(this);
  private readonly kept = new KeptInstructions(this, (_, keys) => this.shortcuts.restore(readKeyChoices(keys)));
  private readonly shortcuts: Shortcuts<Command, Keys> = new Shortcuts(this, rankingShortcuts, (keys) => this.kept.keepKeys(keys));
  private readonly list = new RankingList(this, {
    change: (dimension, ranking) => this.rank(dimension, ranking),
    hover: (response) => (this.hovered = response),
    nameOf: letterOf,
    announce: (text) => this.announcements.speak(text),
  });

  constructor() {
    super();
    new FieldKeys(this, (event) => this.handleKey(event));
  }

  /** The answer so far; a response without a rank has null. */
  override get value(): TextRankingAnswer {
    return writeRankings(this.dimensions, this.rankings, this.texts.length);
  }

  override get isUnwrapped(): boolean {
    return true;
  }

  override get setupProblem(): string | null {
    if (this.name === "") return t("it has no name attribute");
    const wrong = (attribute: string, text: string | null, parse: (text: string) => Parsed<unknown>): string | null => {
      if (text === null) return t("it has no {{attribute}} attribute", { attribute });
      const parsed = parse(text);
      return parsed.ok ? null : t("its {{attribute}} attribute is {{problem}}", { attribute, problem: parsed.problem });
    };
    return this.source.setupProblem ?? wrong("responses", this.responses, parseResponses) ?? wrong("ordinal-ranking-dimensions", this.ordinalRankingDimensions, parseDimensions);
  }

  protected override answerProblem(): string | null {
    if (this.source.problem !== null) return this.source.problem;
    for (const { name } of this.dimensions) {
      const left = unranked(this.rankings.get(name) ?? NO_RANKING, this.texts.length);
      if (left.length > 0) {
        return t("Rank all responses for “{{dimension}}”. Not ranked yet: {{letters}}.", { dimension: name, letters: left.map(letterOf).join(", ") });
      }
    }
    return null;
  }

  override showProblem(): void {
    this.asked = true;
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(".left .chip")?.focus());
  }

  override saveState(): TextRankingAnswer {
    return this.value;
  }

  override restoreState(saved: unknown): void {
    this.rankings = readRankings(saved, this.dimensions, this.texts.length);
  }

  protected override willUpdate(changes: PropertyValues<this>): void {
    if (changes.has("text")) this.source.set(this.text);
  }

  protected override renderTask(): TemplateResult {
    const { texts } = this;
    const prompt = this.source.text ?? this.source.problem ?? "";
    const { instructions } = this.kept;
    return html`<div class="bar"><div class="heading">${instructions.renderButton()}<h1>${t("Rank the responses")}</h1></div>
        <span class="help">${renderIconButton({
          icon: "keyboard", label: t("Keyboard and mouse"), keys: this.shortcuts.keys.first("help"), run: () => this.showShortcuts(),
        })}</span></div>
      ${instructions.renderPane()}
      <div class="texts scroll" tabindex="0" role="region" aria-label=${t("Texts")}>
        ${prompt === "" ? nothing : html`<div class="prompt"><h2>${t("Text")}</h2><div dir="auto">${prompt}</div></div>`}
        <div class="responses">${texts.map((response, index) => html`<article class="response ${index === this.hovered ? "hovered" : ""}"
          aria-label=${t("Response {{letter}}", { letter: letterOf(index) })}><span class="letter">${letterOf(index)}</span><div class="words" dir="auto">${response}</div></article>`)}</div>
      </div>
      <aside class="right scroll" aria-label=${t("Ranks")}>${this.dimensions.map((dimension) =>
        this.list.render({ ...dimension, ranking: this.rankings.get(dimension.name) ?? NO_RANKING }, texts.length, this.asked))}</aside>
      ${instructions.renderDialog()}
      <tp-dialog class="shortcuts-dialog" header=${t("Keyboard and mouse")}>${this.shortcuts.render()}</tp-dialog>
      ${this.announcements.renderLiveRegion()}`;
  }

  private get texts(): readonly string[] {
    const parsed = this.responses === null ? null : parseResponses(this.responses);
    return parsed?.ok === true ? parsed.value : [];
  }

  private get dimensions(): readonly RankingDimension[] {
    const parsed = this.ordinalRankingDimensions === null ? null : parseDimensions(this.ordinalRankingDimensions);
    return parsed?.ok === true ? parsed.value : [];
  }

  /** Enter submits a task that is this element alone. */
  private handleKey(event: KeyboardEvent): boolean {
    const command = this.setupProblem === null ? this.shortcuts.keys.commandOf(event)?.kind : undefined;
    if (command === "help") this.showShortcuts();
    else if (command === "submit" && this.hasAttribute("fills")) this.submit();
    else return false;
    return true;
  }

  private showShortcuts(): void {
    this.renderRoot.querySelector<TrigpointDialog>(".shortcuts-dialog")?.show();
  }

  private rank(dimension: string, ranking: Ranking): void {
    this.rankings = new Map(this.rankings).set(dimension, ranking);
    this.changed();
  }
}

/** Letters, because numbers are ranks: A to Z, then 27 and on. */
function letterOf(response: number): string {
  return response < 26 ? String.fromCharCode(65 + response) : String(response + 1);
}
