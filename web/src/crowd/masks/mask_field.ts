/** The part that crowd-semantic-segmentation and crowd-instance-segmentation share. */
import type { CSSResultGroup, PropertyValues } from "lit";
import type { Size } from "../../core/geometry.js";
import type { Pixels } from "../../core/raster/grid.js";
import type { MaskShape } from "../../core/raster/paint.js";
import type { Rect } from "../../core/shapes.js";
import { type InitialMask, parseInitialMask } from "../../formats/initial_mask.js";
import type { LabelledColour } from "../../formats/labelled_colours.js";
import { colourOfNewInstance, instanceFormat, labelColours, type MaskTask, semanticFormat } from "../../formats/masks.js";
import { t } from "../../language/index.js";
import { type MaskRules, MaskTool } from "../../tools/masks/mask_tool.js";
import { readSettings } from "../../tools/masks/settings.js";
import { workspaceStyles } from "../../workspace/image_workspace.js";
import type { WorkspacePreferences } from "../../workspace/preferences.js";
import type { ShownShape } from "../../workspace/shape_kind.js";
import type { PaintedPart } from "../../workspace/stage/painting.js";
import { ImageField } from "../image_field.js";
import { pageProposes } from "../frame_link.js";
import { findObject } from "./assistant.js";
import { maskControlStyles, maskSwitches, renderMaskControls } from "./controls.js";
import { readInitialPicture } from "./initial_picture.js";
import { MASK_KIND, type MaskKind, maskRow, maskShortcuts, NO_LINES } from "./kind.js";
import { askModel } from "./model.js";
import { MaskPainter } from "./painter.js";

/** The server takes answers of 8 MiB; the rest is for the other fields of the form. */
const MOST_CHARACTERS = 7_900_000;

/** What was there before the worker painted anything: the initial value, also while it is still loading. */
const UNTOUCHED = { untouched: true } as const;

/** What the kind and the tool must know of the element, which does not exist yet when they are made. */
class Parts {
  field: MaskField | null = null;
  tool: MaskTool | null = null;
  visible: Rect = { left: 0, top: 0, width: 0, height: 0 };
  given: readonly LabelledColour[] = [];
  readonly painter = new MaskPainter();
}

export abstract class MaskField extends ImageField<MaskShape> {
  static override styles: CSSResultGroup = [workspaceStyles, maskControlStyles];

  private readonly parts: Parts;
  private initial: InitialMask | null = null;
  /** The mask to correct: there is none, it is not shown yet, it is shown, or it cannot be shown. */
  private phase: "none" | "waiting" | "loading" | "shown" | "failed" = "none";
  private failure = "";
  private isRestored = false;
  private preferences: WorkspacePreferences = {};
  private colouredLabels: readonly string[] = [];

  constructor(private readonly perObject: boolean) {
    const parts = new Parts();
    super(maskKind(parts, perObject));
    this.parts = parts;
    parts.field = this;
  }

  override get setupProblem(): string | null {
    const parsed = this.initialValue === null ? null : parseInitialMask(this.initialValue);
    return super.setupProblem ?? (parsed?.ok === false ? t("its initial-value is {{problem}}", { problem: parsed.problem }) : null);
  }

  /** Why nothing can be painted yet; null when it can. */
  get obstacle(): string | null {
    if (this.phase === "waiting" || this.phase === "loading") return t("The mask to correct is still loading.");
    return this.phase === "failed" ? t("The mask to correct cannot be shown: {{reason}}. Please try again later, or decline this task.", { reason: this.failure }) : null;
  }

  protected override answerProblem(): string | null {
    return this.obstacle ?? super.answerProblem() ?? this.sizeProblem();
  }

  override saveState(): object {
    const isUntouched = !this.isRestored && this.phase !== "none" && this.phase !== "shown";
    return isUntouched ? UNTOUCHED : super.saveState();
  }

  override restoreState(saved: unknown): void {
    if (typeof saved === "object" && saved !== null && "untouched" in saved) {
      this.workspace.drafts.restoreInitial();
      return;
    }
    this.isRestored = true;
    super.restoreState(saved);
  }

  override preferencesChanged(preferences: WorkspacePreferences): void {
    this.preferences = preferences;
    super.preferencesChanged({ ...preferences, toolSettings: this.parts.tool?.settings });
  }

  /** The worker chose another tool, or changed its settings. */
  settingsChanged(): void {
    this.preferencesChanged(this.preferences);
    this.requestUpdate();
  }

  get image(): Size {
    return this.workspace.image ?? { width: 1, height: 1 };
  }

  async pixels(rect: Rect, mostPixels: number): Promise<Pixels> {
    const { stage } = this.workspace;
    if (stage === null) throw new Error("There is no image.");
    return stage.pixels(rect, mostPixels);
  }

  get isDrawing(): boolean {
    return this.workspace.editor.mode === "draw";
  }

  /** The colour of what the next stroke paints. */
  colourOf(target: MaskShape | null): string {
    const { editor } = this.workspace;
    if (target !== null) return editor.styleOf(target.label, target).colour;
    return this.perObject ? colourOfNewInstance(editor.store.shapes) : editor.styleOf(editor.chosenLabel).colour;
  }

  protected override restorePreferences(saved: unknown): void {
    this.parts.tool?.restore(readSettings((saved as { toolSettings?: unknown } | undefined)?.toolSettings));
    super.restorePreferences(saved);
  }

  protected override willUpdate(changes: PropertyValues<this>): void {
    super.willUpdate(changes);
    if (changes.has("initialValue")) this.takeInitialValue();
    if (this.labels !== this.colouredLabels) this.colourLabels();
  }

  protected override updated(changes: PropertyValues<this>): void {
    super.updated(changes);
    if (this.phase === "waiting" && this.workspace.image !== null) void this.showInitialMask(this.workspace.image);
  }

  private takeInitialValue(): void {
    const parsed = this.initialValue === null ? null : parseInitialMask(this.initialValue);
    this.initial = parsed?.ok === true ? parsed.value : null;
    this.phase = this.initial === null ? "none" : "waiting";
    this.parts.given = this.perObject ? [] : (this.initial?.colours ?? []);
    this.colouredLabels = [];
  }

  private colourLabels(): void {
    this.colouredLabels = this.labels;
    if (!this.perObject) this.workspace.editor.labelColours = labelColours({ labels: this.labels, given: this.parts.given });
  }

  private async showInitialMask(image: Size): Promise<void> {
    const { initial } = this;
    if (initial === null) return;
    this.phase = "loading";
    try {
      const reader = await readInitialPicture(initial, image);
      if (initial !== this.initial) return;
      const { shapes, failures } = reader.finish(this.labels, this.perObject);
      this.phase = "shown";
      this.workspace.drafts.setInitial(shapes, failures, { keepsShapes: this.isRestored });
      this.workspace.reportFailures();
    } catch (problem) {
      this.phase = "failed";
      this.failure = problem instanceof Error ? problem.message : String(problem);
      this.workspace.warn(this.obstacle ?? "");
    }
    this.requestUpdate();
  }

  private sizeProblem(): string | null {
    const { labeledImage } = (this.value ?? {}) as { labeledImage?: { pngImageData: string } };
    const characters = labeledImage?.pngImageData.length ?? 0;
    if (characters <= MOST_CHARACTERS) return null;
    return t("This mask has too much detail: {{size}} MB, at most {{most}} MB can be submitted. Fill holes, or erase specks.", {
      size: (characters / 1e6).toFixed(1),
      most: (MOST_CHARACTERS / 1e6).toFixed(1),
    });
  }
}

function maskKind(parts: Parts, perObject: boolean): MaskKind {
  const task: MaskTask = {
    get labels() {
      return parts.field?.labels ?? [];
    },
    get given() {
      return parts.given;
    },
  };
  return {
    ...MASK_KIND,
    coloursEachShape: perObject,
    name: perObject ? "instance" : "region",
    get nouns() {
      return perObject ? { one: t("instance"), many: t("instances") } : { one: t("region"), many: t("regions") };
    },
    get hint() {
      const { obstacle } = parts.field ?? {};
      if (typeof obstacle === "string") return obstacle;
      return perObject ? t("Choose a label, and paint the first object.") : t("Choose a label, and paint what has it.");
    },
    get gestures() {
      return maskShortcuts();
    },
    format: perObject ? instanceFormat : semanticFormat(task),
    row: maskRow,
    drawing: { ...NO_LINES, paint: (context, shapes, part) => paint(parts, context, shapes, part) },
    createTool(host) {
      parts.tool = new MaskTool(host, maskRules(parts, perObject));
      return parts.tool;
    },
    switches: () => (parts.tool === null ? [] : maskSwitches({ tool: parts.tool, keyOf: () => "" })),
    controls: (row) => {
      const { tool, field } = parts;
      if (tool === null || field === null) throw new Error("The controls are rendered before the tool is there.");
      return renderMaskControls({ tool, perObject, ...row, isDrawing: field.isDrawing, colour: field.colourOf(tool.target) });
    },
  };
}

function maskRules(parts: Parts, perObject: boolean): MaskRules {
  return {
    perObject,
    get visible() {
      return parts.visible;
    },
    get obstacle() {
      return parts.field?.obstacle ?? null;
    },
    pixels: (rect, mostPixels) => {
      if (parts.field === null) throw new Error("The tool is used before its element is there.");
      return parts.field.pixels(rect, mostPixels);
    },
    findObject,
    get askModel() {
      return pageProposes() ? askModel : null;
    },
    colourOfNew: (shapes) => (perObject ? colourOfNewInstance(shapes) : undefined),
    settingsChanged: () => parts.field?.settingsChanged(),
  };
}

function paint(parts: Parts, context: CanvasRenderingContext2D, shapes: readonly ShownShape<MaskShape>[], part: PaintedPart): void {
  const { painter, tool, field } = parts;
  if (tool === null || field === null) return;
  parts.visible = part.visible;
  painter.paint(context, part, {
    image: field.image,
    shapes,
    sketch: tool.sketch,
    sketchColour: field.colourOf(tool.target),
    spares: (shape) => tool.isKept(shape),
    onlyEmpty: tool.settings.onlyEmpty,
    targetId: tool.target?.id ?? null,
    outlines: tool.settings.outlines,
  });
}
