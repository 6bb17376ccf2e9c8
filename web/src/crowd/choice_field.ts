/** The part that all elements for choosing classes share: categories, the choice, the comment, and the panes around it. */
import { css, type CSSResultGroup, html, nothing, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import { type Choice, choiceAmong, NO_CHOICE, parseExclusion, readChoice } from "../formats/choices.js";
import { labelsFrom, parseLabels } from "../formats/relaxed_json.js";
import { t } from "../language/index.js";
import { base, buttons, fields } from "../ui/controls.js";
import { SMALL } from "../ui/media.js";
import { categoryListStyles, renderCategoryList } from "../workspace/category_list.js";
import { Instructions, instructionStyles } from "../workspace/instructions.js";
import { COMMANDS } from "../workspace/key_table.js";
import { isControl, takesText } from "../workspace/keyboard.js";
import { type Command, type KeyChoices, Keys, readKeyChoices } from "../workspace/keys.js";
import { LabelSearch, labelSearchStyles } from "../workspace/label_search.js";
import { layoutStyles } from "../workspace/layout.js";
import { SmallWindow } from "../workspace/small_window.js";
import { toolBarStyles } from "../workspace/tool_bar.js";
import { writeCompact } from "./compact_attribute.js";
import { CrowdField } from "./field.js";
import { KeptChoices, type Kept } from "./kept_choices.js";
import { commentStyles, renderComment } from "./worker_comment.js";

/** The ids of commands that every choice has. */
const COMMANDS_OF_ALL = ["find-label", "nothing", "submit"];

/** Children with a place of their own. Outside of a classifier they are plain tags, so they are no custom elements. */
const REGIONS = ["classification-target", "worker-comment"];

export abstract class ChoiceField extends CrowdField {
  static override styles: CSSResultGroup = [
    base,
    buttons,
    fields,
    layoutStyles,
    toolBarStyles,
    instructionStyles,
    labelSearchStyles,
    categoryListStyles,
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
  @state() private currentKeys: Keys;
  @state() private asked = false;
  @state() private commentIsOpen = false;
  @state() private commentRegion: Element | null = null;

  private names: readonly string[] = [];
  private categoriesProblem: string | null = t("it has no categories attribute");
  private readonly kept = new KeptChoices(this, (kept) => this.restoreChoices(kept));
  private readonly smallWindow = new SmallWindow(this);
  private readonly instructions = new Instructions(this, this.smallWindow, (shown) => this.kept.keep({ showsInstructions: shown }));
  /** The parser upgrades the element before its content is there. */
  private readonly contentChanges = new MutationObserver(() => this.readContent());

  private readonly search = new LabelSearch(this, (category) => this.takeFound(category), () => this.focus());

  /** `commands` are the ids of further commands that this element runs. */
  constructor(
    private readonly multiple: boolean,
    private readonly commands: readonly string[] = [],
  ) {
    super();
    this.currentKeys = this.keysWith({});
  }

  protected get keys(): Keys {
    return this.currentKeys;
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
  get value(): string | readonly string[] | null {
    return this.multiple ? this.chosen : (this.chosen[0] ?? null);
  }

  override get _submittableValue(): object | undefined {
    if (!this.isAnswered) return undefined;
    const { comment } = this.choice;
    const said = comment.trim() === "" ? {} : { workerComment: comment };
    return this.multiple ? { labels: this.chosen, ...said } : { label: this.chosen[0] ?? null, ...said };
  }

  /** What the requester has to correct; the worker can only decline the task. */
  get setupProblem(): string | null {
    if (this.name === "") return t("it has no name attribute");
    if (this.categoriesProblem !== null) return this.categoriesProblem;
    const exclusion = this.exclusionCategory === null ? null : parseExclusion(this.exclusionCategory);
    return exclusion === null || exclusion.ok ? null : t("its exclusion-category is {{problem}}", { problem: exclusion.problem });
  }

  override problem(): string | null {
    if (this.setupProblem !== null) return t("This task is set up wrongly: {{problem}}. Please decline it.", { problem: this.setupProblem });
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

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("keydown", this.handleKeyDown);
    this.contentChanges.observe(this, { childList: true });
    this.readContent();
    this.dataset["fillsPage"] = "";
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("keydown", this.handleKeyDown);
    this.contentChanges.disconnect();
  }

  /** What is to be classified. */
  protected abstract renderObject(): TemplateResult;

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
    else return false;
    return true;
  }

  protected override render(): TemplateResult {
    if (this.setupProblem !== null) {
      return html`<div class="setup-problem" role="alert"><strong>${t("This task is set up wrongly")}</strong><br>
        ${t("<{{element}}>: {{problem}}. Please decline it and inform the requester.", { element: this.localName, problem: this.setupProblem })}</div>`;
    }
    return html`<div class="bar" @mousedown=${this.keepFocus}>
        <div class="heading">${this.instructions.renderButton()}<h1 title=${this.header}>${this.header}</h1></div>
        ${this.renderTools()}
      </div>
      ${this.instructions.renderPane()}
      ${this.renderObject()}
      <aside class="right annotation-area" aria-label=${t("Labels")} @mousedown=${this.keepFocus}>
        <div class="category-picker-wrapper">${this.renderCategories()}</div>
        ${this.renderNotes()}
        ${this.renderComment()}
      </aside>
      ${this.instructions.renderDialog()}`;
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

  private renderComment(): TemplateResult | typeof nothing {
    return renderComment({
      region: this.commentRegion,
      text: this.choice.comment,
      isOpen: this.commentIsOpen,
      open: () => void this.openComment(),
      write: (comment) => {
        this.choice = { ...this.choice, comment };
        this.changed();
      },
    });
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

  private keysWith(choices: KeyChoices): Keys {
    const ids = [...COMMANDS_OF_ALL, ...this.commands];
    return new Keys(COMMANDS.filter(({ id }) => ids.includes(id)), choices);
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

  private submit(): void {
    this.dispatchEvent(new CustomEvent("crowd-form-action", { detail: "submit", bubbles: true, composed: true }));
  }

  private async openComment(): Promise<void> {
    this.commentIsOpen = true;
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>(".comment textarea")?.focus();
  }

  private readContent(): void {
    for (const child of this.children) if (REGIONS.includes(child.localName)) child.slot = child.localName;
    this.commentRegion = this.querySelector(":scope > worker-comment");
  }

  private restoreChoices({ own, keys }: Kept): void {
    this.currentKeys = this.keysWith(readKeyChoices(keys));
    const shown = typeof own === "object" && own !== null ? (own as { showsInstructions?: unknown }).showsInstructions : undefined;
    if (typeof shown === "boolean") this.instructions.show(shown);
  }

  /** Where a template has further fields, keys count only while the focus is in this one. */
  private readonly handleKeyDown = (event: KeyboardEvent): void => {
    const path = event.composedPath();
    const isOurs = this.hasAttribute("fills") || path.includes(this);
    if (!isOurs || event.defaultPrevented || this.setupProblem !== null || takesText(path[0])) return;
    if (document.querySelector("dialog[open]") !== null || (isControl(path[0]) && [" ", "Enter"].includes(event.key))) return;
    const command = this.keys.commandOf(event);
    if (command !== null && this.run(command)) event.preventDefault();
  };

  /** A click on a label leaves the focus where it was, so that Enter submits. */
  private readonly keepFocus = (event: MouseEvent): void => {
    if (!takesText(event.composedPath()[0])) event.preventDefault();
  };
}
