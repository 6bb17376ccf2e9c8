/** The text workspace as a field of a form. */
import type { PropertyValues, TemplateResult } from "lit";
import { property } from "lit/decorators.js";
import { IndexedText } from "../../core/indexed_text.js";
import { type EntityLabel, readEntityLabels } from "../../formats/entity_labels.js";
import type { EntitiesAnswer } from "../../formats/spans.js";
import { t } from "../../language/index.js";
import type { KeyChoices } from "../../workspace/keys.js";
import type { TextChoices } from "../../workspace/text/text_preferences.js";
import { TextWorkspace, type TextWorkspaceHost, textWorkspaceStyles } from "../../workspace/text/text_workspace.js";
import { KeptChoices } from "../kept_choices.js";
import { TaskField } from "../task_field.js";

/** @summary The part of crowd-entity-annotation that a form collects; it has the instructions of `owner`. */
export class EntityField extends TaskField implements TextWorkspaceHost {
  static override styles = textWorkspaceStyles;

  private readonly workspace: TextWorkspace;

  @property() header = "";
  /** Relaxed JSON, as the attribute holds it. */
  @property({ attribute: "initial-value" }) initialValue: string | null = null;

  private shownText: string | null = null;
  private labelsProblem: string | null = t("it has no labels attribute");
  /** The spans are no longer those of the initial value alone. */
  private isWorkedOn = false;
  private readonly kept = new KeptChoices(this, ({ own, keys }) => {
    this.workspace.restorePreferences(own);
    this.workspace.restoreKeys(keys);
  });

  constructor(private readonly owner: HTMLElement | null = null) {
    super();
    this.workspace = new TextWorkspace(this);
  }

  get instructionsSource(): HTMLElement {
    return this.owner ?? this;
  }

  @property()
  set text(text: string | null) {
    if (text === this.shownText) return;
    this.shownText = text;
    this.workspace.show(new IndexedText(text ?? ""));
  }

  get text(): string | null {
    return this.shownText;
  }

  @property({ attribute: "labels" })
  set labels(value: unknown) {
    const parsed = readEntityLabels(value);
    this.workspace.editor.labels = parsed.ok ? parsed.value : [];
    const isEmptied = Array.isArray(value) && value.length === 0; // a script may begin with none
    if (!parsed.ok) this.labelsProblem = t("its labels are {{problem}}", { problem: parsed.problem });
    else this.labelsProblem = parsed.value.length > 0 || isEmptied ? null : t("its list of labels is empty");
  }

  get labels(): readonly EntityLabel[] {
    return this.workspace.editor.labels;
  }

  override get value(): EntitiesAnswer {
    return this.workspace.drafts.answer();
  }

  override get setupProblem(): string | null {
    if (this.name === "") return t("it has no name attribute");
    if (this.labelsProblem !== null) return this.labelsProblem;
    return this.shownText === null ? t("it has no text attribute") : null;
  }

  /** The field is a part of the element that templates name. */
  protected override get tag(): string {
    return this.instructionsSource.localName;
  }

  protected override answerProblem(): string | null {
    return this.workspace.problem;
  }

  override showProblem(): void {
    this.workspace.showProblem();
  }

  override saveState(): object {
    return this.workspace.drafts.save();
  }

  override restoreState(saved: unknown): void {
    this.isWorkedOn = true;
    this.workspace.drafts.restore(saved);
  }

  override focus(): void {
    this.workspace.focus();
  }

  answerChanged(): void {
    this.isWorkedOn = true;
    this.changed();
  }

  preferencesChanged(choices: TextChoices): void {
    this.kept.keep(choices);
  }

  keysChanged(keys: KeyChoices): void {
    this.kept.keepKeys(keys);
  }

  /** The offsets of the initial value are read once the text and the labels are known, in whatever order they are set. */
  protected override willUpdate(changes: PropertyValues<this>): void {
    const isNew = changes.has("text") || changes.has("initialValue");
    if (!isNew && !(changes.has("labels") && !this.isWorkedOn)) return;
    this.isWorkedOn = false;
    this.workspace.drafts.loadInitialValue(this.initialValue);
    if (this.setupProblem === null) this.workspace.reportFailures();
  }

  protected override renderTask(): TemplateResult {
    return this.workspace.render();
  }
}
