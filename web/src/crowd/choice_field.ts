/** The part that all elements for choosing classes share: categories, the choice, the comment, and the panes around it. */
import { css, type CSSResultGroup, html, nothing, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import { type Choice, choiceAmong, NO_CHOICE, parseExclusion, readChoice } from "../formats/choices.js";
import { labelsFrom, parseLabels } from "../formats/relaxed_json.js";
import { t } from "../language/index.js";
import { base, buttons, fields } from "../ui/controls.js";
import type { TrigpointDialog } from "../ui/dialog/component.js";
import { SMALL } from "../ui/media.js";
import { categoryListStyles, renderCategoryList } from "../workspace/category_list.js";
import { choiceShortcuts } from "../workspace/choice_shortcuts.js";
import { renderIconButton } from "../workspace/icon_button.js";
import { Instructions, instructionStyles } from "../workspace/instructions.js";
import { takesText } from "../workspace/keyboard.js";
import { type Command, type Keys, readKeyChoices } from "../workspace/keys.js";
import { LabelSearch, labelSearchStyles } from "../workspace/label_search.js";
import { layoutStyles } from "../workspace/layout.js";
import { Shortcuts, shortcutStyles } from "../workspace/shortcuts.js";
import { SmallWindow } from "../workspace/small_window.js";
import { toolBarStyles } from "../workspace/tool_bar.js";
import { writeCompact } from "./compact_attribute.js";
import { FieldKeys } from "./field_keys.js";
import { type Kept, KeptChoices } from "./kept_choices.js";
import { TaskField } from "./task_field.js";
import { commentStyles, WorkerComment } from "./worker_comment.js";

export abstract class ChoiceField extends TaskField {
  static override styles: CSSResultGroup = [
    base,
    buttons,
    fields,
    layoutStyles,
    toolBarStyles,
    instructionStyles,
    labelSearchStyles,
    categoryListStyles,
    shortcutStyles,
    commentStyles,
    css`
      aside.right {
        width: clamp(220px, 24vw, 340px);
      }
      @media ${SMALL} {
        aside.right {
          width: auto;
        }
      }
    `,
  ];

  @property() header = "";
  /** Relaxed JSON, as the attribute holds it. */
  @property({ attribute: "exclusion-category" }) exclusionCategory: string | null = null;

  @state() private choice: Choice = NO_CHOICE;
  @state() private asked = false;

  private names: readonly string[] = [];
  private categoriesProblem: string | null = t("it has no categories attribute");
  private readonly kept = new KeptChoices(this, (kept) => this.restoreChoices(kept));
  /** What the worker chose in tasks of this job. */
  private choices: Readonly<Record<string, unknown>> = {};
  private readonly smallWindow = new SmallWindow(this);
  private readonly instructions = new Instructions(this, this.smallWindow, (showsInstructions) => this.keep({ showsInstructions }));
  private readonly comment = new WorkerComment(this);
  private readonly search = new LabelSearch(this, (category) => this.takeFound(category), () => this.focus());
  private readonly shortcuts: Shortcuts<Command, Keys>;

  constructor(
    private readonly multiple: boolean,
    hasImage: boolean,
  ) {
    super();
    const source = () => choiceShortcuts({ multiple, hasImage, isReview: this.isReview, exclusion: this.exclusion });
    this.shortcuts = new Shortcuts(this, source, (keys) => this.kept.keepKeys(keys));
    new FieldKeys(this, (event) => this.handleKey(event));
  }

  protected get keys(): Keys {
    return this.shortcuts.keys;
  }

  /** The labels to choose from. Settable to a list, or to the text of one. */
  @property({ attribute: "categories" })
  set categories(value: unknown) {
    const isEmptied = Array.isArray(value) && value.length === 0; // a script may begin with none
    if (typeof value === "string") writeCompact(this, "categories", value);
    const parsed = typeof value === "string" ? parseLabels(value) : labelsFrom(value);
    this.names = parsed.ok ? parsed.value : [];
    this.categoriesProblem = parsed.ok || isEmptied ? null : t("its categories are {{problem}}", { problem: parsed.problem });
    this.choice = choiceAmong(this.choice, this.names);
  }

  get categories(): readonly string[] {
    return this.names;
  }

  /** The chosen label, or a list of them; null without a choice. */
  override get value(): string | readonly string[] | null {
    return this.multiple ? this.chosen : (this.chosen[0] ?? null);
  }

  override get _submittableValue(): object | undefined {
    if (!this.isAnswered) return undefined;
    const { comment } = this.choice;
    const said = comment.trim() === "" ? {} : { workerComment: comment };
    return this.multiple ? { labels: this.chosen, ...said } : { label: this.chosen[0] ?? null, ...said };
  }

  override get setupProblem(): string | null {
    if (this.name === "") return t("it has no name attribute");
    if (this.categoriesProblem !== null) return this.categoriesProblem;
    const exclusion = this.exclusionCategory === null ? null : parseExclusion(this.exclusionCategory);
    return exclusion === null || exclusion.ok ? null : t("its exclusion-category is {{problem}}", { problem: exclusion.problem });
  }

  protected override answerProblem(): string | null {
    if (this.isAnswered) return null;
    const none = this.exclusion;
    if (none === null) return this.multiple ? t("Choose at least one label.") : t("Choose a label.");
    return this.multiple ? t("Choose at least one label, or “{{none}}”.", { none }) : t("Choose a label, or “{{none}}”.", { none });
  }

  override showProblem(): void {
    this.asked = true;
    this.focus();
  }

  override saveState(): object {
    return this.choice;
  }

  override restoreState(saved: unknown): void {
    this.choice = choiceAmong(readChoice(saved), this.names);
  }

  override focus(): void {
    this.renderRoot.querySelector<HTMLElement>(".category")?.focus();
  }

  /** What is to be classified. */
  protected abstract renderObject(): TemplateResult;

  /** Labels of an earlier job are verified. */
  protected get isReview(): boolean {
    return false;
  }

  /** Buttons in the bar. */
  protected renderTools(): unknown {
    return nothing;
  }

  /** What is between the labels and the comment. */
  protected renderNotes(): unknown {
    return nothing;
  }

  /** Runs the command of a key. Returns false for one that does nothing here: the browser then gets the key. */
  protected run(command: Command): boolean {
    const category = command.kind === "label" ? this.names[command.index] : undefined;
    if (category !== undefined) this.toggle(category);
    else if (command.kind === "nothing-to-label" && this.exclusion !== null) this.toggleNone();
    else if (command.kind === "find-label") return this.search.isOfUse(this.names) && this.search.focus();
    else if (command.kind === "submit") this.submit();
    else if (command.kind === "help") this.showShortcuts();
    else return false;
    return true;
  }

  protected override renderTask(): TemplateResult {
    return html`<div class="bar" @mousedown=${this.keepFocus}>
        <div class="heading">${this.instructions.renderButton()}<h1 title=${this.header}>${this.header}</h1></div>
        ${this.renderTools()}
        <span class="help">${this.renderHelp()}</span>
      </div>
      ${this.instructions.renderPane()}
      ${this.renderObject()}
      <aside class="right annotation-area" aria-label=${t("Labels")} @mousedown=${this.keepFocus}>
        <div class="category-picker-wrapper">${this.renderCategories()}</div>
        ${this.renderNotes()}
        ${this.comment.render(this.choice.comment, (comment) => this.write(comment))}
      </aside>
      ${this.instructions.renderDialog()}
      <tp-dialog class="shortcuts-dialog" header=${t("Keyboard and mouse")}>${this.shortcuts.render()}</tp-dialog>`;
  }

  private renderHelp(): TemplateResult {
    return renderIconButton({ icon: "keyboard", label: t("Keyboard and mouse"), keys: this.keys.first("help"), run: () => this.showShortcuts() });
  }

  private renderCategories(): TemplateResult {
    return renderCategoryList({
      categories: this.names,
      chosen: this.choice.chosen,
      multiple: this.multiple,
      exclusion: this.exclusion,
      none: this.choice.none,
      problem: this.asked && !this.isAnswered ? this.problem() : null,
      search: this.search,
      keys: this.keys,
      toggle: (category) => this.toggle(category),
      toggleNone: () => this.toggleNone(),
    });
  }

  private write(comment: string): void {
    this.choice = { ...this.choice, comment };
    this.changed();
  }

  /** In the order of the categories, whatever the order of the clicks. */
  private get chosen(): string[] {
    return this.names.filter((name) => this.choice.chosen.includes(name));
  }

  private get exclusion(): string | null {
    const parsed = this.exclusionCategory === null ? null : parseExclusion(this.exclusionCategory);
    return parsed !== null && parsed.ok ? parsed.value : null;
  }

  private get isAnswered(): boolean {
    return this.choice.chosen.length > 0 || (this.choice.none && this.exclusion !== null);
  }

  /** Of several choices the next one is searched at once; after the only one the worker can submit. */
  private takeFound(category: string): void {
    this.search.clear();
    this.toggle(category);
    if (!this.multiple) void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(".category[aria-checked=true]")?.focus());
  }

  private toggle(category: string): void {
    const { chosen, comment } = this.choice;
    const others = this.multiple ? chosen.filter((each) => each !== category) : [];
    const isOff = this.multiple && chosen.includes(category);
    this.choose({ chosen: isOff ? others : [...others, category], none: false, comment });
  }

  private toggleNone(): void {
    this.choose({ chosen: [], none: this.multiple ? !this.choice.none : true, comment: this.choice.comment });
  }

  private choose(choice: Choice): void {
    this.choice = choice;
    this.dispatchEvent(new Event("change", { bubbles: true }));
    this.changed();
  }

  private showShortcuts(): void {
    this.renderRoot.querySelector<TrigpointDialog>(".shortcuts-dialog")?.show();
  }

  /** Keeps a choice for the next tasks of the job. */
  protected keep(choice: object): void {
    this.choices = { ...this.choices, ...choice };
    this.kept.keep(this.choices);
  }

  private restoreChoices({ own, keys }: Kept): void {
    if (typeof own === "object" && own !== null) this.choices = { ...this.choices, ...own };
    const { showsInstructions } = this.choices;
    if (typeof showsInstructions === "boolean") this.instructions.show(showsInstructions);
    this.shortcuts.restore(readKeyChoices(keys));
    this.restored(this.choices);
  }

  /** Applies what the worker chose in earlier tasks of the job. */
  protected restored(_choices: Readonly<Record<string, unknown>>): void {}

  private handleKey(event: KeyboardEvent): boolean {
    const command = this.setupProblem === null ? this.keys.commandOf(event) : null;
    return command !== null && this.run(command);
  }

  /** A click on a label leaves the focus where it was, so that Enter submits. */
  private readonly keepFocus = (event: MouseEvent): void => {
    if (!takesText(event.composedPath()[0])) event.preventDefault();
  };
}
