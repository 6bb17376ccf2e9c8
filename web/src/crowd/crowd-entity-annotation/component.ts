import { css, html, type TemplateResult } from "lit";
import { property } from "lit/decorators.js";
import type { EntityLabel } from "../../formats/entity_labels.js";
import type { EntitiesAnswer } from "../../formats/spans.js";
import { CrowdField } from "../field.js";
import { EntityField } from "./entity_field.js";

/** Children with a place of their own. */
const REGIONS = ["short-instructions", "full-instructions"];

/**
 * @summary Labels parts of a text. It has a form of its own, unless a template puts it into a crowd-form.
 * @attr name - the key in the answer
 * @attr header - the task in one sentence
 * @attr text - the text
 * @attr labels - `[{label, shortDisplayName, fullDisplayName, color}]`, or a list of names
 * @attr initial-value - entities to begin with: `[{label, startOffset, endOffset}]`
 * @slot short-instructions - taken from the child `<short-instructions>`
 * @slot full-instructions - taken from the child `<full-instructions header="...">`
 * @event crowd-change - the entities or the "nothing to label" mark changed
 */
export class CrowdEntityAnnotation extends CrowdField {
  static override styles = css`
    :host {
      display: block;
    }
    :host([fills]) {
      display: flex;
      flex: 1;
      min-height: 0;
    }
  `;

  private readonly field = new EntityField(this);
  private isInForm = false;

  constructor() {
    super();
    this.field.append(...REGIONS.map(forwardingSlot));
  }

  /** The form around it sets this when the element is the whole task. */
  @property({ type: Boolean }) fills = false;

  @property() set header(header: string) {
    this.field.header = header;
  }

  get header(): string {
    return this.field.header;
  }

  @property() set text(text: string | null) {
    this.field.text = text;
  }

  get text(): string | null {
    return this.field.text;
  }

  @property({ attribute: "initial-value" }) set initialValue(value: string | null) {
    this.field.initialValue = value;
  }

  get initialValue(): string | null {
    return this.field.initialValue;
  }

  /** Settable to a list, or to the text of one. */
  @property({ attribute: "labels" }) set labels(value: unknown) {
    this.field.labels = value;
  }

  get labels(): readonly EntityLabel[] {
    return this.field.labels;
  }

  /** The current answer. */
  get value(): EntitiesAnswer {
    return this.field.value;
  }

  override get _submittableValue(): EntitiesAnswer {
    return this.field.value;
  }

  override problem(): string | null {
    return this.field.problem();
  }

  override showProblem(): void {
    this.field.showProblem();
  }

  override saveState(): object {
    return this.field.saveState();
  }

  override restoreState(saved: unknown): void {
    this.field.restoreState(saved);
  }

  override focus(): void {
    this.field.focus();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.isInForm = this.closest("crowd-form") !== null;
    this.toggleAttribute("data-fills-page", this.isInForm);
    this.requestUpdate();
  }

  /** The form and its field are rendered too. */
  protected override async getUpdateComplete(): Promise<boolean> {
    const done = await super.getUpdateComplete();
    await this.field.updateComplete;
    return done;
  }

  protected override render(): TemplateResult {
    this.field.name = this.name;
    this.field.toggleAttribute("fills", !this.isInForm || this.fills);
    return this.isInForm ? html`${this.field}` : html`<crowd-form>${this.field}</crowd-form>`;
  }
}

/** Passes the element's instructions on into the field, which shows them. */
function forwardingSlot(name: string): HTMLSlotElement {
  const slot = document.createElement("slot");
  slot.name = name;
  slot.slot = name;
  return slot;
}
