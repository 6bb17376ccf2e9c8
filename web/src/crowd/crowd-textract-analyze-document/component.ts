import { html, nothing, type PropertyValues, svg, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import { rectToView, type Size, type View } from "../../core/geometry.js";
import type { Rect } from "../../core/shapes.js";
import { firstReview, type Pair, pairsOf, parseBlocks, parseWantedKeys, type Review, reviewedBlocks } from "../../formats/key_values.js";
import { t } from "../../language/index.js";
import { base, buttons, fields } from "../../ui/controls.js";
import { Instructions, instructionStyles } from "../../workspace/instructions.js";
import { layoutStyles } from "../../workspace/layout.js";
import { SmallWindow } from "../../workspace/small_window.js";
import type { ImageStage, Overlay } from "../../workspace/stage/component.js";
import { renderZoomTools, toolBarStyles } from "../../workspace/tool_bar.js";
import { TaskField } from "../task_field.js";
import { styles } from "./styles.js";

/** The key of the answer that Augmented AI documents. */
const NAME = "AWS/Textract/AnalyzeDocument/Forms/V1";
const KEY_COLOUR = "#1f77b4";
const VALUE_COLOUR = "#2ca02c";

/**
 * @summary Reviews the key-value pairs that a model found in a scanned form.
 * @attr name - the key in the answer
 * @attr src - the image's address
 * @attr header - the task in one sentence
 * @attr initial-value - the blocks of the model
 * @attr keys - keys that the document should have: `[{importantFormKey: 'Address', importantFormKeyAliases: ['Addr.']}]`
 * @attr block-types - only `['KEY_VALUE_SET']`
 * @attr no-key-edit - the keys cannot be corrected
 * @attr no-geometry-edit - has no effect: places can never be changed
 * @slot short-instructions - taken from the child `<short-instructions>`
 * @slot full-instructions - taken from the child `<full-instructions header="...">`
 * @event crowd-change - the worker changed something
 */
export class CrowdTextractAnalyzeDocument extends TaskField {
  static override styles = [base, buttons, fields, layoutStyles, toolBarStyles, instructionStyles, styles];

  @property() src = "";
  @property() header = "";
  /** Relaxed JSON, as the attribute holds it. */
  @property({ attribute: "initial-value" }) initialValue = "[]";
  @property() keys = "";
  @property({ type: Boolean, attribute: "no-key-edit" }) noKeyEdit = false;

  @state() private reviews: readonly Review[] = [];
  @state() private current = 0;
  @state() private asked = false;

  private blocks: readonly Readonly<Record<string, unknown>>[] = [];
  private pairs: readonly Pair[] = [];
  private dataProblem: string | null = null;
  private readonly smallWindow = new SmallWindow(this);
  private readonly instructions = new Instructions(this, this.smallWindow, () => {});
  private readonly draw = (view: View): Overlay => ({ shapes: svg``, tags: this.drawPlaces(view) });

  constructor() {
    super();
    this.name = NAME;
  }

  /** The accepted pairs, as blocks. */
  override get value(): object {
    return { blocks: reviewedBlocks(this.blocks, this.pairs, this.reviews) };
  }

  protected override answerProblem(): string | null {
    const open = this.firstOpen;
    return open === null ? null : t("{{key}}: type its value, or choose “Key not found”.", { key: this.reviews[open]?.key ?? "" });
  }

  override showProblem(): void {
    this.asked = true;
    if (this.firstOpen !== null) this.show(this.firstOpen);
    this.focus();
  }

  override saveState(): unknown {
    return this.reviews;
  }

  override restoreState(saved: unknown): void {
    const fits = Array.isArray(saved) && saved.length === this.pairs.length && saved.every(isReview);
    if (fits) this.reviews = saved as readonly Review[];
  }

  override focus(): void {
    this.renderRoot.querySelectorAll(".pair")[this.current]?.querySelector<HTMLElement>("input.input")?.focus();
  }

  protected override willUpdate(changes: PropertyValues<this>): void {
    if (changes.has("initialValue") || changes.has("keys")) this.readPairs();
  }

  protected override renderTask(): TemplateResult {
    return html`<div class="bar">
        <div class="heading">${this.instructions.renderButton()}<h1 title=${this.header}>${this.header}</h1></div>
        <div class="zoom-tools" role="group" aria-label=${t("Zoom")}>${renderZoomTools(this.stage?.phase === "ready" ? this.stage : null)}</div>
      </div>
      ${this.instructions.renderPane()}
      <tp-image-stage src=${this.src} label=${t("Document to review. {{header}}", { header: this.header })} .overlay=${this.draw} panning
        @tp-stage-phase=${() => this.requestUpdate()} @tp-stage-view=${() => this.requestUpdate()}></tp-image-stage>
      <aside class="right annotation-area" aria-label=${t("Keys and values")}>
        <div class="section-title">${t("Keys and values")}<span class="count">${this.pairs.length}</span></div>
        <ol class="pairs scroll">${this.pairs.map((pair, index) => this.renderPair(pair, index))}</ol>
      </aside>
      ${this.instructions.renderDialog()}`;
  }

  private renderPair(pair: Pair, index: number): TemplateResult | typeof nothing {
    const review = this.reviews[index];
    if (review === undefined) return nothing;
    const isOpen = this.asked && isOpenReview(review);
    const isCurrent = index === this.current ? "current" : "";
    return html`<li class="pair ${isCurrent} ${isOpen ? "open" : ""}" @focusin=${() => this.show(index)} @click=${() => this.show(index)}>
      ${this.noKeyEdit || pair.isMissing ? html`<span class="key">${review.key}</span>` : this.renderText(t("Key"), review.key, false, (key) => this.change(index, { key }))}
      ${pair.isMissing ? nothing : this.renderVerdict(index, review)}
      ${this.renderText(t("Value of {{key}}", { key: review.key }), review.isBlank ? "" : review.value, review.verdict === "no" || review.isBlank, (value) =>
        this.change(index, pair.isMissing ? { value, verdict: value === "" ? null : "yes" } : { value }))}
      ${pair.isMissing
        ? this.renderBox(t("Key not found"), review.verdict === "no", false, (on) => this.change(index, { verdict: on ? "no" : review.value === "" ? null : "yes" }))
        : this.renderBox(t("Value is blank"), review.isBlank, review.verdict === "no", (isBlank) => this.change(index, { isBlank }))}
    </li>`;
  }

  private renderText(label: string, text: string, isOff: boolean, write: (text: string) => void): TemplateResult {
    return html`<label class="field"><span class="label">${label}</span><input class="input" .value=${text} ?disabled=${isOff}
      @input=${(event: Event) => write((event.target as HTMLInputElement).value)}></label>`;
  }

  private renderVerdict(index: number, { key, verdict }: Review): TemplateResult {
    const option = (value: "yes" | "no", text: string): TemplateResult => html`<label><input type="radio" name="valid-${index}"
      .checked=${verdict === value} @change=${() => this.change(index, { verdict: value })}>${text}</label>`;
    return html`<fieldset><legend class="visually-hidden">${t("Is {{key}} a key with this value?", { key })}</legend>
      ${option("yes", t("Yes, a pair"))}${option("no", t("No"))}</fieldset>`;
  }

  private renderBox(text: string, isOn: boolean, isOff: boolean, write: (isOn: boolean) => void): TemplateResult {
    return html`<label class="blank"><input type="checkbox" .checked=${isOn} ?disabled=${isOff}
      @change=${(event: Event) => write((event.target as HTMLInputElement).checked)}>${text}</label>`;
  }

  private drawPlaces(view: View): TemplateResult {
    const { image } = this.stage ?? {};
    if (image === null || image === undefined) return html``;
    return html`${this.pairs.map((pair, index) => [
      drawPlace(pair.keyPlace, KEY_COLOUR, index === this.current, view, image),
      drawPlace(pair.valuePlace, VALUE_COLOUR, index === this.current, view, image),
    ])}`;
  }

  /** What the requester has to correct; the worker can only decline the task. */
  override get setupProblem(): string | null {
    return this.src === "" ? t("it has no src attribute") : this.dataProblem;
  }

  private get firstOpen(): number | null {
    const at = this.reviews.findIndex(isOpenReview);
    return at < 0 ? null : at;
  }

  private get stage(): ImageStage | null {
    return this.renderRoot?.querySelector("tp-image-stage") ?? null;
  }

  private readPairs(): void {
    const blocks = parseBlocks(this.initialValue);
    const wanted = parseWantedKeys(this.keys);
    this.dataProblem = !blocks.ok ? t("its initial-value is {{problem}}", { problem: blocks.problem })
      : !wanted.ok ? t("its keys are {{problem}}", { problem: wanted.problem }) : null;
    this.blocks = blocks.ok ? blocks.value : [];
    this.pairs = pairsOf(this.blocks, wanted.ok ? wanted.value : []);
    this.reviews = this.pairs.map(firstReview);
  }

  private show(index: number): void {
    if (index === this.current) return;
    this.current = index;
    const { image } = this.stage ?? {};
    const place = this.pairs[index]?.valuePlace ?? this.pairs[index]?.keyPlace;
    if (image !== null && image !== undefined && place) this.stage?.reveal(inPixels(place, image));
    this.stage?.refresh();
  }

  private change(index: number, change: Partial<Review>): void {
    this.reviews = this.reviews.map((review, at) => (at === index ? { ...review, ...change } : review));
    this.changed();
  }
}

function drawPlace(place: Rect | null, colour: string, isCurrent: boolean, view: View, image: Size): TemplateResult | typeof nothing {
  if (place === null) return nothing;
  const { left, top, width, height } = rectToView(view, inPixels(place, image));
  return html`<div style="position: absolute; left: 0; top: 0; transform: translate(${left}px, ${top}px); width: ${width}px; height: ${height}px;
    border: ${isCurrent ? 3 : 1}px solid ${colour}; background: color-mix(in srgb, ${colour} ${isCurrent ? 18 : 6}%, transparent)"></div>`;
}

function inPixels({ left, top, width, height }: Rect, image: Size): Rect {
  return { left: left * image.width, top: top * image.height, width: width * image.width, height: height * image.height };
}

function isOpenReview({ verdict }: Review): boolean {
  return verdict === null;
}

function isReview(saved: unknown): boolean {
  if (typeof saved !== "object" || saved === null) return false;
  const { key, value, verdict, isBlank } = saved as Record<string, unknown>;
  return typeof key === "string" && typeof value === "string" && [null, "yes", "no"].includes(verdict as string) && typeof isBlank === "boolean";
}
