/** The text workspace: the editor of labelled parts of a text, put together from its panes. */
import { type CSSResultGroup, html, type TemplateResult } from "lit";
import type { IndexedText } from "../../core/indexed_text.js";
import type { Origin } from "../../core/store.js";
import { t } from "../../language/index.js";
import { base, buttons, fields } from "../../ui/controls.js";
import { icon } from "../../ui/icons.js";
import type { KeyChoices } from "../keys.js";
import { Instructions, instructionStyles } from "../instructions.js";
import { labelListStyles, renderLabelList, showChosenLabel } from "../label_list.js";
import { LabelSearch } from "../label_search.js";
import { layoutStyles } from "../layout.js";
import { shapeListStyles } from "../shape_list_styles.js";
import { shortcutStyles } from "../shortcuts.js";
import { SmallWindow } from "../small_window.js";
import { toastStyles } from "../announcements.js";
import { toolBarStyles } from "../tool_bar.js";
import { EntityList, entityListStyles } from "./entity_list.js";
import { SpanDrafts } from "./span_drafts.js";
import type { SpanEditor } from "./span_editor.js";
import { textStyles } from "./styles.js";
import { renderTextBar } from "./text_bar.js";
import { readTextChoices, type TextChoices } from "./text_preferences.js";
import { TextStage, type TextStageHost } from "./text_stage.js";

/** The element whose shadow root holds the workspace. */
export interface TextWorkspaceHost extends TextStageHost {
  /** The element whose children are the instructions. */
  readonly instructionsSource: HTMLElement;
  /** The worker changed the answer. */
  answerChanged(): void;
  /** The worker chose something that is kept for the next tasks. */
  preferencesChanged(choices: TextChoices): void;
  /** The worker chose keys, which are kept for all jobs. */
  keysChanged(keys: KeyChoices): void;
}

/** Of all elements with a text to mark. */
export const textStageStyles: CSSResultGroup = [
  base, buttons, fields, layoutStyles, toolBarStyles, instructionStyles, toastStyles, shortcutStyles, textStyles,
];

export const textWorkspaceStyles: CSSResultGroup = [textStageStyles, labelListStyles, shapeListStyles, entityListStyles];

export class TextWorkspace {
  readonly drafts: SpanDrafts;
  private readonly stage: TextStage;
  private readonly smallWindow: SmallWindow;
  private readonly instructions: Instructions;
  private readonly list: EntityList;
  private choices: TextChoices = {};
  private readonly labelSearch: LabelSearch;
  private asked = false;

  constructor(private readonly host: TextWorkspaceHost) {
    this.stage = new TextStage(host, {
      selectionChanged: () => this.list.showSelection(),
      labelChosen: (label) => {
        this.keep({ label });
        void host.updateComplete.then(() => showChosenLabel(host.renderRoot));
      },
      keep: (choice) => this.keep(choice),
      keepKeys: (keys) => host.keysChanged(keys),
      findLabel: () => this.findLabel(),
    });
    this.smallWindow = new SmallWindow(host);
    this.instructions = new Instructions(host, this.smallWindow, (shown) => this.keep({ showsInstructions: shown }), host.instructionsSource);
    this.drafts = new SpanDrafts(this.editor);
    this.labelSearch = new LabelSearch(
      host,
      (label) => {
        this.labelSearch.clear();
        this.editor.toggleLabel(label);
        this.focus();
      },
      () => this.focus(),
      (label) => this.editor.nameOf(label),
    );
    this.list = new EntityList(host, this.editor, this.smallWindow);
    this.editor.store.subscribe(({ origin }) => this.storeChanged(origin));
  }

  get editor(): SpanEditor {
    return this.stage.editor;
  }

  show(text: IndexedText): void {
    this.stage.show(text);
  }

  /** Why the answer cannot be submitted, in words for the worker; null when it can. */
  get problem(): string | null {
    const { store } = this.editor;
    if (store.shapes.length > 0 || store.nothingToLabel) return null;
    return t("Mark at least one part of the text, or tick “Nothing to label”.");
  }

  /** Highlights what is missing for an answer, and moves the focus to the text. */
  showProblem(): void {
    this.asked = this.problem !== null;
    if (this.asked) this.smallWindow.open("shapes");
    this.host.requestUpdate();
    this.focus();
  }

  focus(): void {
    this.stage.focus();
  }

  /** Says which entries of the initial value are missing. */
  reportFailures(): void {
    const { failures } = this.drafts;
    if (failures.length === 0) return;
    console.warn(`${this.host.localName}: initial-value:`, ...failures);
    this.stage.announcements.show(t("{{count}} entities of the initial value cannot be shown", { count: failures.length }));
  }

  /** Applies what the worker chose in earlier tasks. */
  restorePreferences(saved: unknown): void {
    this.choices = { ...this.choices, ...readTextChoices(saved) };
    const { label, showsInstructions } = this.choices;
    if (label !== undefined) this.editor.preferLabel(label);
    if (showsInstructions !== undefined) this.instructions.show(showsInstructions);
    this.stage.restore(this.choices);
  }

  /** Takes over the keys that the worker chose, in any job. */
  restoreKeys(saved: unknown): void {
    this.stage.restoreKeys(saved);
  }

  render(): TemplateResult {
    const { stage } = this;
    return html`${renderTextBar({
        header: this.host.header,
        stage,
        listButton: this.renderListButton(),
        instructionsButton: this.instructions.renderButton(),
      })}
      ${this.instructions.renderPane()}
      ${stage.render()}
      <aside class="right" aria-label=${t("Labels and entities")} @mousedown=${stage.keepFocus}>
        ${this.renderLabels()}
        ${this.list.render({ asked: this.asked, keys: stage.keys, focusText: () => this.focus(), hover: (id) => stage.hover(id) })}</aside>
      ${this.instructions.renderDialog()}
      ${stage.renderShortcuts()}
      ${stage.announcements.renderLiveRegion()}`;
  }

  /** Opens the list of entities, which has no room of its own in a small window. */
  private renderListButton(): TemplateResult {
    const count = this.editor.store.shapes.length;
    return html`<button class="icon-button list-button" title=${t("Entities")} aria-label=${t("List: {{count}} entities", { count })}
      aria-expanded=${this.smallWindow.isOpen("shapes")} @click=${() => this.smallWindow.toggle("shapes")}>${icon("list")}<span class="count" data-count=${count}></span></button>`;
  }

  private findLabel(): boolean {
    return this.labelSearch.isOfUse(this.editor.labels.map(({ label }) => label)) && this.labelSearch.focus();
  }

  private renderLabels(): TemplateResult {
    const { editor, smallWindow } = this;
    const tallies = new Map<string, number>();
    for (const { label } of editor.store.shapes) tallies.set(label, (tallies.get(label) ?? 0) + 1);
    return renderLabelList({
      labels: editor.labels.map(({ label }) => label),
      nameOf: (label) => editor.nameOf(label),
      styleOf: (label) => editor.choice.styleOf(label),
      chosen: editor.chosenLabel,
      search: this.labelSearch,
      searchKey: this.stage.keys.first("find-label"),
      keyOf: (index) => this.stage.keys.ofLabel(index),
      tallies,
      version: this.stage.keys.version,
      choose: (label) => {
        if (smallWindow.isOpen("labels")) smallWindow.open(null);
        editor.toggleLabel(label);
      },
      isOpen: smallWindow.isOpen("labels"),
      isStrip: smallWindow.showsStrip,
      toggle: () => smallWindow.toggle("labels"),
    });
  }

  private keep(choice: TextChoices): void {
    this.choices = { ...this.choices, ...choice };
    this.host.preferencesChanged(this.choices);
  }

  private storeChanged(origin: Origin): void {
    this.host.requestUpdate();
    if (origin === "pre-annotation") return;
    if (this.asked) this.smallWindow.open(null);
    this.asked = false;
    this.stage.announcements.dismiss();
    this.host.answerChanged();
  }
}
