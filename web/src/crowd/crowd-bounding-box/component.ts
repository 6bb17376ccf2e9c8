import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { property, query, state } from "lit/decorators.js";
import { guard } from "lit/directives/guard.js";
import { repeat } from "lit/directives/repeat.js";
import { grownRect, movedRect, type Size, type View } from "../../core/geometry.js";
import { History } from "../../core/history.js";
import { Selection } from "../../core/selection.js";
import { type BoxShape, newShapeId, type Rect } from "../../core/shapes.js";
import { type Change, ShapeStore } from "../../core/store.js";
import {
  type BoundingBoxAnswer,
  type BoundingBoxState,
  clipBoxes,
  readBoxes,
  readState,
  writeAnswer,
  writeState,
} from "../../formats/bounding_box.js";
import { labelsFrom, parseLabels, parseRelaxedJson } from "../../formats/relaxed_json.js";
import { type RectangleHost, type RectangleMode, RectangleTool } from "../../tools/rectangle.js";
import { base, buttons, fields } from "../../ui/controls.js";
import { icon, type IconName } from "../../ui/icons.js";
import { labelStyle } from "../../ui/palette.js";
import type { TrigpointDialog } from "../dialog/component.js";
import { CrowdField } from "../field.js";
import { FullInstructions, ShortInstructions } from "../instructions/regions.js";
import type { ImageStage, Overlay } from "../stage/component.js";
import { type Command, commandOf } from "./keys.js";
import { drawBoxes } from "./overlay.js";
import { renderShortcuts } from "./shortcuts.js";
import { styles } from "./styles.js";

type Mode = RectangleMode | "pan";

interface Toast {
  readonly text: string;
  readonly undo: boolean;
}

const PAN_STEP = 40;
const TOAST_MS = 8000;
const FILTER_FROM_LABELS = 12;

/**
 * @summary Draws labelled boxes over an image.
 * @attr name - the key in the answer
 * @attr src - the image's address
 * @attr header - the task in one sentence
 * @attr labels - the labels: `['Cat', 'Dog']`
 * @attr initial-value - boxes to begin with: `[{label, left, top, width, height}]`
 * @slot short-instructions - taken from the child `<short-instructions>`
 * @slot full-instructions - taken from the child `<full-instructions header="...">`
 * @event crowd-change - the boxes or the "nothing to label" mark changed
 */
export class CrowdBoundingBox extends CrowdField {
  static override styles = [base, buttons, fields, styles];

  private readonly store = new ShapeStore<BoxShape>();
  private readonly history = new History(this.store);
  private readonly selection = new Selection(this.store, () => this.handleSelection());
  private readonly tool = new RectangleTool(this.toolHost());

  @query("tp-image-stage") private readonly stage!: ImageStage | null;
  @query(".instructions-dialog") private readonly instructionsDialog!: TrigpointDialog;
  @query(".shortcuts-dialog") private readonly shortcutsDialog!: TrigpointDialog;

  @state() private mode: Mode = "draw";
  @state() private holdsPan = false;
  @state() private chosenLabel = "";
  @state() private hoverId: string | null = null;
  @state() private toast: Toast | null = null;
  @state() private announcement = "";
  @state() private askedForBoxes = false;
  @state() private showsInstructions = true;
  @state() private labelFilter = "";
  @state() private regions: { short: boolean; full: FullInstructions | null } = { short: false, full: null };

  @property() src = "";
  @property() header = "";
  /** Relaxed JSON, as the attribute holds it. */
  @property({ attribute: "initial-value" }) initialValue: string | null = null;

  private labelList: readonly string[] = [];
  private labelsProblem: string | null = "it has no labels attribute";
  private initialBoxes: readonly BoxShape[] | null = null;
  private initialFailures: readonly string[] = [];
  private toastTimer: number | undefined;
  /** The parser upgrades this element before its instructions are there. */
  private readonly contentChanges = new MutationObserver(() => this.readRegions());
  private readonly overlay = (view: View): Overlay => drawBoxes(this.scene(), view);

  constructor() {
    super();
    this.store.subscribe(({ origin }) => this.handleStoreChange(origin));
  }

  /** The labels to choose from. Settable to a list, or to the text of one. */
  @property({ attribute: "labels" })
  set labels(value: unknown) {
    const parsed = typeof value === "string" ? parseLabels(value) : labelsFrom(value);
    this.labelList = parsed.ok ? parsed.value : [];
    this.labelsProblem = parsed.ok ? null : `its labels are ${parsed.problem}`;
    if (!this.labelList.includes(this.chosenLabel)) this.chosenLabel = this.labelList[0] ?? "";
  }

  get labels(): readonly string[] {
    return this.labelList;
  }

  /** The answer as it stands; null until the image, whose size is part of it, is loaded. */
  get value(): BoundingBoxAnswer | null {
    return this.image === null ? null : writeAnswer(this.store.shapes, this.image, this.initialBoxes);
  }

  override get _submittableValue(): BoundingBoxAnswer | undefined {
    return this.value ?? undefined;
  }

  override problem(): string | null {
    if (this.setupProblem !== null) return `This task is set up wrongly: ${this.setupProblem}. Please decline it.`;
    if (this.stage?.phase === "error") return "The image cannot be shown. Please try again, or decline this task.";
    if (this.image === null) return "The image is still loading.";
    if (this.store.shapes.length > 0 || this.store.nothingToLabel) return null;
    return "Draw at least one box, or tick “Nothing to label”.";
  }

  override showProblem(): void {
    this.askedForBoxes = this.image !== null && this.store.shapes.length === 0;
    this.stage?.focus();
  }

  override saveState(): BoundingBoxState {
    return writeState(this.store.shapes, this.store.nothingToLabel);
  }

  override restoreState(saved: unknown): void {
    const { boxes, nothingToLabel } = readState(saved, this.labelList);
    this.store.load(this.image === null ? boxes : clipBoxes(boxes, this.image), nothingToLabel);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.dataset["fillsPage"] = "";
    document.addEventListener("keydown", this.handleKeyDown);
    document.addEventListener("keyup", this.handleKeyUp);
    window.addEventListener("blur", this.releasePan);
    window.addEventListener("focus", this.takeFreeFocus);
    this.contentChanges.observe(this, { childList: true, subtree: true, characterData: true });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("keydown", this.handleKeyDown);
    document.removeEventListener("keyup", this.handleKeyUp);
    window.removeEventListener("blur", this.releasePan);
    window.removeEventListener("focus", this.takeFreeFocus);
    this.contentChanges.disconnect();
    clearTimeout(this.toastTimer);
  }

  override focus(): void {
    this.stage?.focus();
  }

  protected override willUpdate(changes: PropertyValues<this>): void {
    if (changes.has("initialValue") && this.initialValue !== null) this.readInitialValue(this.initialValue);
  }

  protected override firstUpdated(): void {
    this.readRegions();
    void this.stage?.updateComplete.then(this.takeFreeFocus);
  }

  // --- what the worker sees ------------------------------------------------------------------------------------------

  protected override render(): TemplateResult {
    if (this.setupProblem !== null) {
      return html`<div class="setup-problem" role="alert"><strong>This task is set up wrongly</strong><br>
        &lt;crowd-bounding-box&gt;: ${this.setupProblem}. Please decline it and tell the requester.</div>`;
    }
    return html`${this.renderBar()}
      <div class="panes">
        ${this.renderInstructions()}
        <tp-image-stage src=${this.src} label="Image to label. ${this.header}" .tool=${this.tool} .overlay=${this.overlay}
          ?panning=${this.mode === "pan" || this.holdsPan}
          @tp-stage-phase=${this.handleStagePhase} @tp-stage-view=${() => this.requestUpdate()}>
          ${this.renderToast()}
        </tp-image-stage>
        ${this.renderSide()}
      </div>
      <tp-dialog class="instructions-dialog" header=${this.regions.full?.header ?? "Instructions"}>
        <slot name="full-instructions"></slot>
      </tp-dialog>
      <tp-dialog class="shortcuts-dialog" header="Keyboard and mouse">
        ${renderShortcuts()}
      </tp-dialog>
      <div class="visually-hidden" aria-live="polite">${this.announcement}</div>`;
  }

  private renderBar(): TemplateResult {
    const ready = this.image !== null;
    const scale = this.stage?.view.scale ?? 1;
    const tool = (name: IconName, label: string, keys: string, run: () => void, { pressed = undefined as boolean | undefined, disabled = false } = {}) =>
      html`<button class="icon-button" title="${label} (${keys})" aria-label=${label} aria-keyshortcuts=${keys}
        aria-pressed=${pressed ?? nothing} ?disabled=${disabled || !ready} @click=${run}>${icon(name)}</button>`;
    return html`<div class="bar" @mousedown=${this.keepFocus}>
      ${this.regions.short || this.regions.full !== null ? html`<button class="icon-button" title="Show or hide the instructions"
        aria-label="Instructions" aria-expanded=${this.showsInstructions} @click=${this.toggleInstructions}>${icon("panel")}</button>` : nothing}
      <h1 title=${this.header}>${this.header}</h1>
      <div class="tools" role="toolbar" aria-label="Tools">
        ${tool("draw", "Draw boxes", "D", () => this.setMode("draw"), { pressed: this.mode === "draw" })}
        ${tool("select", "Select and move boxes", "V", () => this.setMode("select"), { pressed: this.mode === "select" })}
        ${tool("pan", "Move the image", "H", () => this.setMode("pan"), { pressed: this.mode === "pan" })}
        <span class="gap"></span>
        ${tool("undo", "Undo", "Z", this.undo, { disabled: !this.history.canUndo })}
        ${tool("redo", "Redo", "Y", this.redo, { disabled: !this.history.canRedo })}
        <span class="gap"></span>
        ${tool("minus", "Zoom out", "-", () => this.stage?.zoomOut())}
        <button class="zoom" title="Show at 100 %" aria-label="Zoom ${Math.round(scale * 100)} %, show at 100 %" ?disabled=${!ready}
          @click=${() => this.stage?.zoomTo(1)}>${ready ? `${Math.round(scale * 100)} %` : "–"}</button>
        ${tool("plus", "Zoom in", "+", () => this.stage?.zoomIn())}
        ${tool("fit", "Fit the image", "0", () => this.stage?.fit())}
        <span class="gap"></span>
        <button class="icon-button" title="Keyboard and mouse (?)" aria-label="Keyboard and mouse" aria-keyshortcuts="?"
          @click=${() => this.shortcutsDialog.show()}>${icon("keyboard")}</button>
      </div>
    </div>`;
  }

  private renderInstructions(): TemplateResult {
    const { short, full } = this.regions;
    return html`<aside class="left awsui-app-layout__navigation" aria-label="Instructions"
      ?hidden=${!this.showsInstructions || (!short && full === null)}>
      <div class="section-title">Instructions</div>
      <div class="instructions scroll"><slot name="short-instructions"></slot></div>
      ${full === null ? nothing : html`<div class="full">
        <button class="button" @click=${() => this.instructionsDialog.show()}>${icon("book")}View full instructions</button></div>`}
    </aside>`;
  }

  private renderSide(): TemplateResult {
    const boxes = this.store.shapes;
    return html`<aside class="right" aria-label="Labels and boxes" @mousedown=${this.keepFocus}>
      <div class="section-title" id="labels-title">Labels</div>
      ${this.labelList.length > FILTER_FROM_LABELS ? html`<div class="filter"><input class="input" type="search"
        placeholder="Find a label" aria-label="Find a label" .value=${this.labelFilter} @input=${this.handleFilter}></div>` : nothing}
      <div class="labels scroll" role="radiogroup" aria-labelledby="labels-title">${this.renderLabels()}</div>
      <div class="section-title boxes-title">Boxes<span class="count">${boxes.length || nothing}</span></div>
      <div class="boxes scroll">
        ${guard([boxes, this.store.nothingToLabel, this.selection.id, this.selection.fresh, this.labelList], () => this.renderBoxes())}
      </div>
      <label class="nothing ${this.askedForBoxes ? "asked" : ""}">
        <input type="checkbox" .checked=${this.store.nothingToLabel} ?disabled=${this.image === null}
          @change=${this.handleNothing}><span>Nothing to label</span><kbd>N</kbd></label>
    </aside>`;
  }

  private renderLabels(): unknown {
    const wanted = this.labelFilter.trim().toLowerCase();
    return this.labelList.map((label, index) => {
      if (!label.toLowerCase().includes(wanted)) return nothing;
      const tally = this.store.shapes.filter((box) => box.label === label).length;
      return html`<button class="row label" role="radio" aria-checked=${label === this.chosenLabel} title=${label}
        @click=${() => this.chooseLabel(label)}>
        <span class="swatch" style="background: ${labelStyle(index).colour}"></span>
        <span class="name">${label}</span>
        ${tally > 0 ? html`<span class="tally" title="${tally} drawn">${tally}</span>` : nothing}
        ${index < 9 ? html`<kbd>${index + 1}</kbd>` : nothing}</button>`;
    });
  }

  private renderBoxes(): unknown {
    if (this.store.shapes.length === 0) return html`<p class="none">
      ${this.store.nothingToLabel ? "Marked as nothing to label." : "Drag over the image to draw one."}</p>`;
    return repeat(this.store.shapes, (box) => box.id, (box) => this.renderBoxRow(box));
  }

  private renderBoxRow(box: BoxShape): TemplateResult {
    const selected = box.id === this.selection.id;
    const size = `${box.width} × ${box.height}`;
    return html`<div class="row box" ?data-selected=${selected} data-id=${box.id}
      @mouseenter=${() => this.hover(box.id)} @mouseleave=${() => this.hover(null)}>
      ${selected && !this.selection.fresh ? this.renderLabelChoice(box) : html`<button class="pick" aria-pressed=${selected}
        title="Select: ${box.label}, ${size}" @click=${() => this.pick(box)}>
        <span class="swatch" style="background: ${this.styleOf(box.label).colour}"></span><span class="name">${box.label}</span></button>`}
      <span class="tally">${size}</span>
      <button class="icon-button" title="Delete (Delete)" aria-label="Delete box: ${box.label}, ${size}"
        @click=${() => this.deleteBox(box)}>${icon("trash", 15)}</button></div>`;
  }

  private renderLabelChoice(box: BoxShape): TemplateResult {
    return html`<span class="swatch" style="background: ${this.styleOf(box.label).colour}"></span>
      <select aria-label="Label of the selected box" .value=${box.label} @change=${this.handleRelabel}>
        ${this.labelList.map((label) => html`<option ?selected=${label === box.label}>${label}</option>`)}</select>`;
  }

  private renderToast(): TemplateResult | typeof nothing {
    if (this.toast === null) return nothing;
    return html`<div class="toast" role="status"><span>${this.toast.text}</span>
      ${this.toast.undo ? html`<button @click=${this.undo}>Undo</button>` : nothing}
      <button class="icon-button" aria-label="Dismiss" @click=${() => this.showToast(null)}>${icon("close", 14)}</button></div>`;
  }

  private scene(): Parameters<typeof drawBoxes>[0] {
    return {
      boxes: this.store.shapes,
      selectedId: this.selection.id,
      hoverId: this.hoverId,
      preview: this.tool.preview,
      newLabel: this.chosenLabel,
      styleOf: (label) => this.styleOf(label),
    };
  }

  private styleOf(label: string): ReturnType<typeof labelStyle> {
    return labelStyle(this.labelList.indexOf(label));
  }

  // --- facts ---------------------------------------------------------------------------------------------------------

  private get image(): Size | null {
    return this.stage?.phase === "ready" ? this.stage.image : null;
  }

  /** What the requester has to mend; the worker can only decline. */
  private get setupProblem(): string | null {
    if (this.name === "") return "it has no name attribute";
    if (this.labelsProblem !== null) return this.labelsProblem;
    return this.src === "" ? "it has no src attribute" : null;
  }

  private toolHost(): RectangleHost {
    const element = this;
    return {
      get mode() {
        return element.mode === "select" ? "select" : "draw";
      },
      get image() {
        return element.image ?? { width: 1, height: 1 };
      },
      get boxes() {
        return element.store.shapes;
      },
      get selected() {
        return element.selection.shape;
      },
      get selectedIsFresh() {
        return element.selection.fresh;
      },
      mayDraw: () => element.chosenLabel !== "",
      select: (id) => element.selection.select(id),
      create: (rect) => element.create(rect),
      change: (id, rect) => element.changeRect(id, rect),
      previewChanged: () => element.stage?.refresh(),
    };
  }

  // --- commands ------------------------------------------------------------------------------------------------------

  private run(command: Command): boolean {
    switch (command.kind) {
      case "label": {
        const label = this.labelList[command.index];
        if (label !== undefined) this.chooseLabel(label);
        return label !== undefined;
      }
      case "arrow":
        return this.arrow(command.dx, command.dy, command.resize);
      case "mode":
        return this.setMode(command.mode);
      case "cycle":
        return this.cycle(command.step);
      case "undo":
        return this.undo();
      case "redo":
        return this.redo();
      case "delete": {
        const box = this.selection.shape;
        if (box !== undefined) this.deleteBox(box);
        return box !== undefined;
      }
      case "zoom-in":
        this.stage?.zoomIn();
        return true;
      case "zoom-out":
        this.stage?.zoomOut();
        return true;
      case "fit":
        this.stage?.fit();
        return true;
      case "cancel":
        return this.cancel();
      case "submit":
        this.dispatchEvent(new CustomEvent("crowd-form-action", { detail: "submit", bubbles: true, composed: true }));
        return true;
      case "nothing":
        this.markNothing(!this.store.nothingToLabel);
        return true;
      case "help":
        this.shortcutsDialog.show();
        return true;
      case "hold-pan":
        this.holdsPan = true;
        return true;
    }
  }

  private create(rect: Rect): void {
    const box: BoxShape = { id: newShapeId(), label: this.chosenLabel, ...rect };
    this.store.add(box);
    this.selection.select(box.id, { fresh: true });
    this.announce(`${box.label} drawn, ${rect.width} by ${rect.height} pixels`);
  }

  private changeRect(id: string, rect: Rect, mergeKey?: string): void {
    const box = this.store.get(id);
    if (box === undefined) return;
    this.store.update({ ...box, ...rect }, mergeKey);
    this.announce(`${box.label} at ${rect.left}, ${rect.top}, ${rect.width} by ${rect.height} pixels`);
  }

  /** Chooses the label of the next box, and relabels a box that the worker has selected, not just drawn. */
  private chooseLabel(label: string): void {
    this.chosenLabel = label;
    const box = this.selection.fresh ? undefined : this.selection.shape;
    if (box !== undefined) this.store.update({ ...box, label });
    this.announce(box === undefined ? `Label ${label}` : `Box relabelled to ${label}`);
    this.stage?.refresh();
  }

  private arrow(dx: number, dy: number, resize: boolean): boolean {
    const box = this.selection.shape;
    if (this.image === null) return false;
    if (box === undefined) this.stage?.pan(-dx * (Math.abs(dx) > 1 ? 16 : PAN_STEP), -dy * (Math.abs(dy) > 1 ? 16 : PAN_STEP));
    else {
      const rect = resize ? grownRect(box, dx, dy, this.image) : movedRect(box, dx, dy, this.image);
      this.changeRect(box.id, rect, `${resize ? "resize" : "move"}:${box.id}`);
    }
    return true;
  }

  private setMode(mode: Mode): true {
    this.mode = mode;
    this.tool.cancel();
    this.stage?.refreshPointer();
    this.announce({ draw: "Draw boxes", select: "Select boxes", pan: "Move the image" }[mode]);
    return true;
  }

  private cycle(step: 1 | -1): boolean {
    const found = this.selection.cycle(step);
    const box = this.selection.shape;
    if (box !== undefined) {
      this.stage?.reveal(box);
      this.announce(`${box.label}, box ${this.store.shapes.indexOf(box) + 1} of ${this.store.shapes.length}`);
    }
    return found;
  }

  private pick(box: BoxShape): void {
    this.selection.select(box.id);
    this.stage?.reveal(box);
    this.announce(`${box.label} selected`);
  }

  private deleteBox(box: BoxShape): void {
    this.store.remove(box.id);
    this.hover(null);
    this.announce(`${box.label} deleted`);
  }

  private markNothing(marked: boolean): void {
    if (this.image === null) return;
    const removed = this.store.shapes.length;
    this.store.markNothingToLabel(marked);
    if (marked && removed > 0) this.showToast({ text: removed === 1 ? "1 box removed" : `${removed} boxes removed`, undo: true });
    this.announce(marked ? "Nothing to label" : "There is something to label");
  }

  private readonly undo = (): boolean => {
    this.tool.cancel();
    const changes = this.history.undo();
    if (changes.length > 0) this.announce(`Undone: ${describe(changes)}`);
    return true;
  };

  private readonly redo = (): boolean => {
    this.tool.cancel();
    const changes = this.history.redo();
    if (changes.length > 0) this.announce(`Redone: ${describe(changes)}`);
    return true;
  };

  /** Gives up one thing at a time: the drag, the selection, the hand. False when there is none of them. */
  private cancel(): boolean {
    if (this.tool.cancel()) return true;
    if (this.selection.id !== null) {
      this.selection.select(null);
      return true;
    }
    if (this.mode === "draw") return false;
    return this.setMode("draw");
  }

  // --- handlers ------------------------------------------------------------------------------------------------------

  private readonly handleKeyDown = (event: KeyboardEvent): void => {
    const target = event.composedPath()[0];
    if (event.defaultPrevented || this.setupProblem !== null || takesText(target) || document.querySelector("dialog[open]") !== null) return;
    const command = commandOf(event);
    if (command === null || this.belongsToControl(command, target)) return;
    if (this.run(command)) event.preventDefault();
  };

  private readonly handleKeyUp = (event: KeyboardEvent): void => {
    if (event.key === " ") this.releasePan();
  };

  private readonly releasePan = (): void => {
    this.holdsPan = false;
  };

  /** When the page around gives the frame the focus, no element has it: the stage is where the work is. */
  private readonly takeFreeFocus = (): void => {
    if (document.activeElement === null || document.activeElement === document.body) this.focus();
  };

  /** Keys that a focused control needs itself. Tab walks through the boxes from the stage only, and leaves at the end. */
  private belongsToControl(command: Command, target: EventTarget | undefined): boolean {
    if (command.kind === "cycle") return !(target instanceof Element && target.matches(".surface"));
    const pressed = command.kind === "submit" || command.kind === "hold-pan";
    return pressed && target instanceof Element && target.matches("button, a, summary, input, [role=button]");
  }

  /** A click beside the stage must not take the keyboard away from it. */
  private keepFocus(event: MouseEvent): void {
    const target = event.composedPath()[0];
    if (takesText(target)) return;
    event.preventDefault();
    this.stage?.focus();
  }

  private handleStoreChange(origin: string): void {
    this.askedForBoxes = false;
    if (this.toast !== null && origin !== "pre-annotation") this.showToast(null);
    this.requestUpdate();
    this.stage?.refresh();
    if (origin !== "pre-annotation") this.changed();
  }

  private handleSelection(): void {
    this.requestUpdate();
    this.stage?.refresh();
    this.stage?.refreshPointer();
    const { id } = this.selection;
    void this.updateComplete.then(() => this.renderRoot.querySelector(`.box[data-id="${id}"]`)?.scrollIntoView({ block: "nearest" }));
  }

  private handleStagePhase(): void {
    this.requestUpdate();
    if (this.image === null) return;
    this.clipToImage(this.image);
    if (this.initialFailures.length === 0) return;
    console.warn("crowd-bounding-box: initial-value:", ...this.initialFailures);
    this.showToast({ text: `Not shown: ${this.initialFailures.length} of the boxes to begin with`, undo: false });
  }

  private handleNothing(event: Event): void {
    this.markNothing((event.target as HTMLInputElement).checked);
  }

  private handleRelabel(event: Event): void {
    this.chooseLabel((event.target as HTMLSelectElement).value);
    this.stage?.focus();
  }

  private handleFilter(event: Event): void {
    this.labelFilter = (event.target as HTMLInputElement).value;
  }

  private toggleInstructions(): void {
    this.showsInstructions = !this.showsInstructions;
  }

  private hover(id: string | null): void {
    if (this.hoverId === id) return;
    this.hoverId = id;
    this.stage?.refresh();
  }

  private readRegions(): void {
    const children = [...this.children];
    this.regions = {
      short: children.some((child) => child instanceof ShortInstructions && child.hasContent),
      full: children.find((child): child is FullInstructions => child instanceof FullInstructions && child.hasContent) ?? null,
    };
  }

  // --- small things --------------------------------------------------------------------------------------------------

  private readInitialValue(text: string): void {
    const parsed = parseRelaxedJson(text);
    const { boxes, failures } = parsed.ok ? readBoxes(parsed.value, this.labelList) : { boxes: [], failures: [parsed.problem] };
    this.initialBoxes = boxes;
    this.initialFailures = failures;
    this.store.load(boxes);
  }

  /** Boxes from outside may reach over the image's edge, which is known only now. */
  private clipToImage(image: Size): void {
    if (this.initialBoxes !== null) this.initialBoxes = clipBoxes(this.initialBoxes, image);
    const clipped = clipBoxes(this.store.shapes, image);
    if (JSON.stringify(clipped) !== JSON.stringify(this.store.shapes)) this.store.load(clipped, this.store.nothingToLabel);
  }

  private showToast(toast: Toast | null): void {
    clearTimeout(this.toastTimer);
    this.toast = toast;
    if (toast !== null) this.toastTimer = window.setTimeout(() => this.showToast(null), TOAST_MS);
  }

  private announce(text: string): void {
    this.announcement = text;
  }
}

function describe(changes: readonly Change<BoxShape>[]): string {
  const count = (kind: string): number => changes.filter((change) => change.kind === kind).length;
  if (count("add") > 0) return count("add") === 1 ? "one box is back" : `${count("add")} boxes are back`;
  if (count("remove") > 0) return count("remove") === 1 ? "one box is gone" : `${count("remove")} boxes are gone`;
  return count("update") > 0 ? "one box changed" : "“Nothing to label” changed";
}

/** Whether a key typed there is text, not a command. */
function takesText(target: EventTarget | undefined): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button", "submit"].includes(target.type);
}
