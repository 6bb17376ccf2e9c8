import { html, nothing, type TemplateResult } from "lit";
import { property, query, state } from "lit/decorators.js";
import { ifDefined } from "lit/directives/if-defined.js";
import { t } from "../../language/index.js";
import { base, fields } from "../../ui/controls.js";
import { SLIDER_LABEL_EVENT } from "../crowd-slider-label/component.js";
import { CrowdField } from "../field.js";
import { spokenName } from "../names.js";
import { numberFrom, onStep, type Range, rangeOf, shareOf } from "./range.js";
import { styles } from "./styles.js";

/** Keys with which a worker accepts or changes the number. */
const ANSWERING_KEYS = new Set([
  "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown", "Enter", " ",
]);

/**
 * @summary Chooses a number between two ends.
 * @attr name - the key in the answer
 * @attr min - the smallest number
 * @attr max - the largest number
 * @attr step - the distance between two numbers
 * @attr value - the number at first
 * @attr required - the worker must move or click it, unless it has a `value`
 * @attr disabled - cannot be changed
 * @attr editable - has a field to type the number into
 * @attr pin - shows the number over the handle
 * @attr secondary-progress - a number up to which the track is tinted
 * @slot label - taken from each child `<crowd-slider-label position="...">`
 * @slot - shown below it
 * @event input - the number changes while the handle is moved
 * @event change, crowd-change - the worker chose a number
 */
export class CrowdSlider extends CrowdField {
  static override styles = [base, fields, styles];

  @query("input[type=range]") private readonly control!: HTMLInputElement;
  @state() private shownProblem: string | null = null;
  @state() private hasLabels = false;

  @property({ type: Number }) min = 0;
  @property({ type: Number }) max = 100;
  @property({ type: Number }) step = 1;
  @property({ type: Boolean }) pin = false;
  @property({ type: Boolean }) editable = false;
  @property({ type: Boolean, reflect: true }) required = false;
  @property({ type: Boolean, reflect: true }) disabled = false;
  @property({ type: Number, attribute: "secondary-progress" }) secondaryProgress = 0;

  /** Of the template, a script or the worker; null before any of them chose one. */
  private chosen: number | null = null;

  constructor() {
    super();
    this.addEventListener(SLIDER_LABEL_EVENT, () => this.placeLabels());
    this.addEventListener("click", this.handleLabelClick);
  }

  /** The number; the smallest one before any is chosen. */
  @property()
  set value(value: unknown) {
    this.chosen = numberFrom(value);
  }

  get value(): number {
    return onStep(this.chosen ?? this.range.min, this.range);
  }

  override get _submittableValue(): number {
    return this.value;
  }

  override problem(): string | null {
    return this.isUnanswered ? t("Please move the slider to your answer.") : null;
  }

  override showProblem(): void {
    this.shownProblem = this.problem();
    this.focus();
  }

  override saveState(): unknown {
    return this.chosen;
  }

  override restoreState(saved: unknown): void {
    this.value = saved;
  }

  override focus(options?: FocusOptions): void {
    this.control.focus(options);
  }

  protected override updated(): void {
    this.placeLabels();
  }

  protected override render(): TemplateResult {
    const { min, max, step } = this.range;
    const problem = this.isUnanswered ? this.shownProblem : null;
    return html`<div class="row ${this.isUnanswered ? "unanswered" : ""}" part="base">
        <div class="track" style="--filled: ${this.placeOf(this.value)}; --at: ${this.placeOf(this.value)};
          --secondary: ${this.placeOf(this.secondaryProgress)};
          --secondary-colour: var(--crowd-slider-secondary-color, var(--tp-accent-200))">
          <input type="range" min=${min} max=${max} step=${step} .value=${String(this.value)} ?disabled=${this.disabled}
            aria-label=${ifDefined(this.spokenName)} aria-valuetext=${this.isUnanswered ? t("No answer yet") : nothing}
            aria-invalid=${problem === null ? nothing : "true"}
            @input=${this.handleInput} @change=${this.handleChange} @click=${this.accept} @keydown=${this.handleKeyDown}>
          ${this.pin ? html`<span class="pin" aria-hidden="true">${this.value}</span>` : nothing}
          <div class="labels" ?hidden=${!this.hasLabels}><slot name="label" @slotchange=${this.placeLabels}></slot></div>
        </div>
        ${this.renderNumber()}
      </div>
      <slot></slot>
      ${problem === null ? nothing : html`<span class="problem" role="alert">${problem}</span>`}`;
  }

  private renderNumber(): TemplateResult {
    const { min, max, step } = this.range;
    const shown = this.isUnanswered ? "" : String(this.value);
    if (!this.editable) return html`<output class="number" aria-hidden="true">${shown || "–"}</output>`;
    return html`<input type="number" class="input number" min=${min} max=${max} step=${step} .value=${shown}
      ?disabled=${this.disabled} aria-label=${ifDefined(this.spokenName)} @input=${(event: Event) => event.stopPropagation()}
      @change=${this.handleTyped}>`;
  }

  private get range(): Range {
    return rangeOf(this.min, this.max, this.step);
  }

  private get isUnanswered(): boolean {
    return this.required && !this.disabled && this.chosen === null;
  }

  private get spokenName(): string | undefined {
    return spokenName(this, this.name);
  }

  /** As a length for styles: the middle of the thumb does not reach the ends of the track. */
  private placeOf(value: number): string {
    return `calc(var(--thumb) / 2 + ${shareOf(value, this.range)} * (100% - var(--thumb)))`;
  }

  private readonly placeLabels = (): void => {
    const labels = [...this.children].filter((child) => child.localName === "crowd-slider-label");
    for (const label of labels) {
      const position = numberFrom(label.getAttribute("position")) ?? this.range.min;
      (label as HTMLElement).style.setProperty("--share", String(shareOf(position, this.range)));
    }
    this.hasLabels = labels.length > 0;
  };

  private handleInput(): void {
    this.value = this.control.value;
    this.requestUpdate();
    this.changed();
  }

  private handleChange(event: Event): void {
    // it does not leave the shadow root
    event.stopPropagation();
    this.value = this.control.value;
    this.tellChange();
  }

  private handleTyped(event: Event): void {
    event.stopPropagation();
    const typed = numberFrom((event.target as HTMLInputElement).value);
    if (typed !== null) this.choose(typed);
    this.requestUpdate();
  }

  private handleKeyDown(event: KeyboardEvent): void {
    if (ANSWERING_KEYS.has(event.key)) this.accept();
  }

  /** The number that is shown becomes the answer, also when the worker does not need to move the handle. */
  private accept(): void {
    if (this.chosen === null && !this.disabled) this.choose(this.value);
  }

  private readonly handleLabelClick = (event: Event): void => {
    const label = event.target instanceof Element ? event.target.closest("crowd-slider-label") : null;
    const position = numberFrom(label?.getAttribute("position"));
    if (label?.parentElement === this && position !== null && !this.disabled) this.choose(position);
  };

  private choose(value: number): void {
    this.value = onStep(value, this.range);
    this.tellChange();
  }

  private tellChange(): void {
    this.requestUpdate();
    this.dispatchEvent(new Event("change", { bubbles: true }));
    this.changed();
  }
}
