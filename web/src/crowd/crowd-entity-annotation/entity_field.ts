/** The text workspace as a field of a form. */
import { html, type PropertyValues, type TemplateResult } from "lit";
import { property } from "lit/decorators.js";
import { IndexedText } from "../../core/indexed_text.js";
import { type EntityLabel, readEntityLabels } from "../../formats/entity_labels.js";
import type { EntitiesAnswer } from "../../formats/spans.js";
import { t } from "../../language/index.js";
import type { KeyChoices } from "../../workspace/keys.js";
import type { TextChoices } from "../../workspace/text/text_preferences.js";
import { TextWorkspace, type TextWorkspaceHost, textWorkspaceStyles } from "../../workspace/text/text_workspace.js";
import { CrowdField } from "../field.js";
import { KeptChoices } from "../kept_choices.js";

/** @summary The part of crowd-entity-annotation that a form collects; it has the instructions of `owner`. */
export class EntityField extends CrowdField implements TextWorkspaceHost {
  static override styles = textWorkspaceStyles;

  private readonly workspace: TextWorkspace;

  @property() header = "";
  /** Relaxed JSON, as the attribute holds it. */
  @property({ attribute: "initial-value" }) initialValue: string | null = null;

  private shownText: string | null = null;
  private labelsProblem: string | null = "it has no labels attribute";
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
    if (!parsed.ok) this.labelsProblem = `its labels are ${parsed.problem}`;
    else this.labelsProblem = parsed.value.length > 0 || isEmptied ? null : "its list of labels is empty";
  }

  get labels(): readonly EntityLabel[] {
    return this.workspace.editor.labels;
  }

  get value(): EntitiesAnswer {
    return this.workspace.drafts.answer();
  }

  override get _submittableValue(): EntitiesAnswer {
    return this.value;
  }

  get setupProblem(): string | null {
    if (this.name === "") return "it has no name attribute";
    if (this.labelsProblem !== null) return this.labelsProblem;
    return this.shownText === null ? "it has no text attribute" : null;
  }

  override problem(): string | null {
    const { setupProblem } = this;
    if (setupProblem !== null) return t("This task is set up wrongly: {{problem}}. Please decline it.", { problem: setupProblem });
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

  submit(): void {
    this.dispatchEvent(new CustomEvent("crowd-form-action", { detail: "submit", bubbles: true, composed: true }));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.dataset["fillsPage"] = "";
  }

  /** The offsets of the initial value are read once the text and the labels are known, in whatever order they are set. */
  protected override willUpdate(changes: PropertyValues<this>): void {
    const isNew = changes.has("text") || changes.has("initialValue");
    if (!isNew && !(changes.has("labels") && !this.isWorkedOn)) return;
    this.isWorkedOn = false;
    this.workspace.drafts.loadInitialValue(this.initialValue);
    if (this.setupProblem === null) this.workspace.reportFailures();
  }

  protected override render(): TemplateResult {
    if (this.setupProblem === null) return this.workspace.render();
    return html`<div class="setup-problem" role="alert"><strong>${t("This task is set up wrongly")}</strong><br>
      &lt;${this.instructionsSource.localName}&gt;: ${this.setupProblem}. ${t("Please decline it and inform the requester.")}</div>`;
  }
}
