/** The part that all image annotation elements share: their attributes, and the workspace as a field of the form. */
import { type PropertyValues, type TemplateResult } from "lit";
import { property } from "lit/decorators.js";
import type { Shape } from "../core/shapes.js";
import { labelsFrom, type Parsed, parseLabels } from "../formats/relaxed_json.js";
import { t } from "../language/index.js";
import { ImageWorkspace, type WorkspaceHost, workspaceStyles } from "../workspace/image_workspace.js";
import type { KeyChoices } from "../workspace/keys.js";
import type { WorkspacePreferences } from "../workspace/preferences.js";
import type { ShapeKind } from "../workspace/shape_kind.js";
import { writeCompact } from "./compact_attribute.js";
import { KeptChoices } from "./kept_choices.js";
import { TaskField } from "./task_field.js";

/** After a field's name: its answer to the image before. */
const PREVIOUS = ":previous";

const NO_LABELS: Parsed<string[]> = { ok: true, value: [] };

export abstract class ImageField<S extends Shape> extends TaskField implements WorkspaceHost {
  static override styles = workspaceStyles;

  protected readonly workspace: ImageWorkspace<S>;

  @property() src = "";
  @property() header = "";
  /** Relaxed JSON, as the attribute holds it. */
  @property({ attribute: "initial-value" }) initialValue: string | null = null;

  private readonly kept = new KeptChoices(this, ({ own, keys, of }) => {
    this.restorePreferences(own);
    this.workspace.restorePrevious(of(this.name + PREVIOUS) ?? null);
    this.workspace.restoreKeys(keys);
  });
  private labelsProblem: string | null = t("it has no labels attribute");

  constructor(kind: ShapeKind<S>) {
    super();
    this.workspace = new ImageWorkspace(this, kind);
  }

  /** The labels to choose from. Settable to a list, or to the text of one. */
  @property({ attribute: "labels" })
  set labels(value: unknown) {
    // A script may begin with no labels and add those that the worker enters, also from a field that is still empty.
    const given = Array.isArray(value) ? value.filter((label) => label !== null && label !== undefined && label !== "") : value;
    const isEmptied = Array.isArray(given) && given.length === 0;
    if (typeof value === "string") writeCompact(this, "labels", value);
    const parsed = isEmptied ? NO_LABELS : typeof given === "string" ? parseLabels(given) : labelsFrom(given);
    this.workspace.editor.labels = parsed.ok ? parsed.value : [];
    this.labelsProblem = parsed.ok ? null : t("its labels are {{problem}}", { problem: parsed.problem });
  }

  get labels(): readonly string[] {
    return this.workspace.editor.labels;
  }

  /** The current answer; null until the image, whose size is part of it, is loaded. */
  get value(): object | null {
    const { image } = this.workspace;
    return image === null ? null : this.workspace.drafts.answer(image);
  }

  override get _submittableValue(): object | undefined {
    return this.value ?? undefined;
  }

  override get setupProblem(): string | null {
    if (this.name === "") return t("it has no name attribute");
    if (this.labelsProblem !== null) return this.labelsProblem;
    return this.src === "" ? t("it has no src attribute") : null;
  }

  protected override answerProblem(): string | null {
    return this.workspace.problem;
  }

  override showProblem(): void {
    this.workspace.showProblem();
  }

  override saveState(): object {
    const unfinished = this.workspace.editor.tool.saveUnfinished();
    return { ...this.workspace.drafts.save(), ...(unfinished === null ? {} : { unfinished }) };
  }

  override restoreState(saved: unknown): void {
    this.workspace.drafts.restore(saved, this.labels, this.workspace.image);
    if (typeof saved === "object" && saved !== null) {
      this.workspace.editor.tool.restoreUnfinished((saved as Record<string, unknown>)["unfinished"]);
    }
  }

  override focus(): void {
    this.workspace.focus();
  }

  answerChanged(): void {
    this.changed();
  }

  preferencesChanged(preferences: WorkspacePreferences): void {
    this.kept.keep(preferences);
  }

  keysChanged(keys: KeyChoices): void {
    this.kept.keepKeys(keys);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("submit", this.keepForNext);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("submit", this.keepForNext);
  }

  /** With the answer, the page gets what the worker may want to copy to the next image. */
  private readonly keepForNext = (): void => {
    if (this.setupProblem === null) this.kept.keepBeside(PREVIOUS, this.saveState());
  };

  protected restorePreferences(saved: unknown): void {
    this.workspace.restorePreferences(saved);
  }

  protected override willUpdate(changes: PropertyValues<this>): void {
    if (changes.has("initialValue") && this.initialValue !== null) {
      this.workspace.loadInitialValue(this.initialValue, this.labels);
    }
  }

  protected override renderTask(): TemplateResult {
    return this.workspace.render();
  }
}
