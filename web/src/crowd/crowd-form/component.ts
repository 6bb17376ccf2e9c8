import { html, LitElement, nothing, type TemplateResult } from "lit";
import { query, state } from "lit/decorators.js";
import { type AnswerEntry, mergeAnswer } from "../../formats/answer.js";
import { base, buttons } from "../../ui/controls.js";
import { icon } from "../../ui/icons.js";
import type { TrigpointDialog } from "../../ui/dialog/component.js";
import { CHANGE_EVENT, CrowdField } from "../field.js";
import { hasPage, listenToPage, type PageMessage, sendToPage } from "../frame_link.js";
import { FullInstructions, ShortInstructions } from "../../workspace/instruction_regions.js";
import { isNativeField, type NativeField, nativeState, nativeValue, restoreNative } from "./native_fields.js";
import { styles } from "./styles.js";

interface FieldState {
  readonly name: string;
  readonly state: unknown;
}

interface FormState {
  readonly version: 1;
  readonly fields: readonly FieldState[];
}

type Phase = "open" | "submitting" | "submitted";

const STATE_DELAY_MS = 1000;
const NO_ANSWER_AFTER_MS = 60_000;

/**
 * @summary Holds a task's fields, checks them, and hands the answer to the page around the frame.
 * @event submit - before the answer is collected; `preventDefault()` keeps it from being submitted
 * @slot - the task: crowd elements, plain HTML fields, anything else
 */
export class CrowdForm extends LitElement {
  static override styles = [base, buttons, styles];

  @query("form") private readonly innerForm!: HTMLFormElement;
  @query("tp-dialog.preview") private readonly previewDialog!: TrigpointDialog;
  @query("tp-dialog.instructions") private readonly instructionsDialog!: TrigpointDialog | null;

  @state() private phase: Phase = "open";
  @state() private message: string | null = null;
  @state() private preview = "";
  @state() private ownSubmitButton = true;
  @state() private loneInstructions: { short: boolean; full: FullInstructions | null } = { short: false, full: null };

  private initialState: FormState | null = null;
  private stateTimer: number | undefined;
  private answerTimer: number | undefined;
  private stopListening = (): void => {};
  /** The parser upgrades the form before its content is there, and scripts may add to it. */
  private readonly contentChanges = new MutationObserver(() => this.readContent());

  constructor() {
    super();
    this.addEventListener("crowd-form-action", this.handleFormAction as EventListener);
    for (const type of [CHANGE_EVENT, "input", "change"]) this.addEventListener(type, this.handleChange);
  }

  /** The form node in the shadow root; fields appended to it are submitted too. */
  get form(): HTMLFormElement {
    return this.innerForm;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.stopListening = listenToPage((message) => this.receive(message));
    // On the window, the last to hear of a key: widgets listen on the document and come first.
    window.addEventListener("keydown", this.handleKeyDown);
    this.contentChanges.observe(this, { childList: true, subtree: true });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stopListening();
    window.removeEventListener("keydown", this.handleKeyDown);
    this.contentChanges.disconnect();
    clearTimeout(this.stateTimer);
    clearTimeout(this.answerTimer);
  }

  /** Called once all elements of the document are upgraded and rendered. */
  allElementsReady(): void {
    this.initialState = this.saveState();
    sendToPage({ type: "ready", dirty: false });
  }

  /** Submits as the worker's click does: checks the fields, lets `submit` handlers object, hands the answer over. */
  requestSubmit(): void {
    if (this.phase !== "open" || this.showFirstProblem()) return;
    if (this.dispatchEvent(new Event("submit", { cancelable: true, bubbles: true }))) this.handOver();
  }

  /** Submits from a script: as an HTML form's submit(), without a `submit` event; the fields are checked all the same. */
  submit(): void {
    if (this.phase === "open" && !this.showFirstProblem()) this.handOver();
  }

  /** The answer as it would be submitted now. */
  get value(): Record<string, unknown> {
    return mergeAnswer(this.allFields().map((field): AnswerEntry => ({ name: field.name, value: fieldValue(field) })));
  }

  /** JSON that restoreState brings back, now or when the worker resumes the task. */
  saveState(): FormState {
    const fields = this.allFields().filter((field) => field.name !== "");
    return { version: 1, fields: fields.map((field) => ({ name: field.name, state: fieldState(field) })) };
  }

  /** Brings a saved state back; fields are found by name, those of one name in their order. */
  restoreState(saved: unknown): void {
    const states = readFormState(saved);
    for (const field of this.allFields()) {
      const at = states.findIndex((entry) => entry.name === field.name);
      const [entry] = at < 0 ? [] : states.splice(at, 1);
      if (entry !== undefined) restoreField(field, entry.state);
    }
  }


  protected override firstUpdated(): void {
    this.readContent();
  }

  protected override render(): TemplateResult {
    return html`<form part="form" novalidate @submit=${this.handleNativeSubmit}>
      <div class="content">
        <div class="short" ?hidden=${!this.loneInstructions.short && this.loneInstructions.full === null}>
          <slot name="short-instructions"></slot>
          ${this.loneInstructions.full === null ? nothing
            : html`<button type="button" class="button link" @click=${() => this.instructionsDialog?.show()}>View full instructions</button>`}
        </div>
        <slot></slot>
      </div>
      ${this.ownSubmitButton || this.message !== null ? this.renderFooter() : nothing}
    </form>
    ${this.loneInstructions.full === null ? nothing
      : html`<tp-dialog class="instructions" header=${this.loneInstructions.full.header}><slot name="full-instructions"></slot></tp-dialog>`}
    <tp-dialog class="preview" header="What would be submitted">
      <p class="explain">This is a preview outside of a task: nothing was sent.</p>
      <pre>${this.preview}</pre>
    </tp-dialog>`;
  }

  private renderFooter(): TemplateResult {
    return html`<footer part="footer">
      <div class="message ${this.phase === "submitted" ? "done" : ""}" role="alert">
        ${this.phase === "submitted" ? html`${icon("success")}Submitted`
          : this.message === null ? nothing : html`${icon("warning")}<span>${this.message}</span>`}
      </div>
      ${this.ownSubmitButton ? html`
        <span class="key-hint"><kbd>${this.hasAttribute("workspace") ? "Enter" : "Ctrl + Enter"}</kbd></span>
        <crowd-button form-action="submit" variant="primary" ?loading=${this.phase === "submitting"}
          ?disabled=${this.phase === "submitted"}>Submit</crowd-button>` : nothing}
    </footer>`;
  }

  // --- fields --------------------------------------------------------------------------------------------------------

  /** Crowd fields and plain HTML fields, in document order, then those that scripts appended to the inner form. */
  private allFields(): (CrowdField | NativeField)[] {
    const elements = [...this.querySelectorAll("*"), ...this.innerForm.querySelectorAll("input, select, textarea")];
    return elements.filter(
      (element): element is CrowdField | NativeField =>
        element instanceof CrowdField || (isNativeField(element) && element.name !== "" && !element.disabled),
    );
  }

  /** Shows what keeps the form from being submitted, if anything does. */
  private showFirstProblem(): boolean {
    for (const field of this.allFields()) {
      const problem = field instanceof CrowdField ? field.problem() : field.checkValidity() ? null : field.validationMessage;
      if (problem === null) continue;
      this.message = problem;
      if (field instanceof CrowdField) field.showProblem();
      else field.reportValidity();
      return true;
    }
    this.message = null;
    return false;
  }

  private handOver(): void {
    const answer = this.value;
    if (!hasPage()) {
      this.preview = JSON.stringify(answer, null, 2);
      this.previewDialog.show();
      return;
    }
    this.phase = "submitting";
    clearTimeout(this.stateTimer);
    this.stateTimer = undefined;
    sendToPage({ type: "submit", answer });
    this.answerTimer = window.setTimeout(() => this.fail("No answer from the page yet. Please try again."), NO_ANSWER_AFTER_MS);
  }

  private fail(message: string): void {
    clearTimeout(this.answerTimer);
    this.phase = "open";
    this.message = message;
  }

  // --- the page around -----------------------------------------------------------------------------------------------

  private receive(message: PageMessage): void {
    switch (message.type) {
      case "restore":
        this.restoreState(message.state);
        break;
      case "request-state":
        this.sendState();
        break;
      case "submit":
        this.requestSubmit();
        break;
      case "submitted":
        clearTimeout(this.answerTimer);
        this.phase = "submitted";
        this.message = null;
        break;
      case "error":
        this.fail(String(message.message));
        break;
    }
  }

  private sendState(): void {
    clearTimeout(this.stateTimer);
    this.stateTimer = undefined;
    sendToPage({ type: "state", state: this.saveState() });
  }

  // --- handlers ------------------------------------------------------------------------------------------------------

  private readonly handleFormAction = (event: CustomEvent<string>): void => {
    event.stopPropagation();
    if (event.detail === "submit") this.requestSubmit();
    else if (this.initialState !== null) this.restoreState(this.initialState);
  };

  /** The state goes to the page a moment after the last change before it, so that a crash costs a second of work. */
  private readonly handleChange = (): void => {
    if (this.phase === "open") this.message = null;
    if (this.phase !== "open" || this.stateTimer !== undefined) return;
    this.stateTimer = window.setTimeout(() => this.sendState(), STATE_DELAY_MS);
  };

  private readonly handleKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.defaultPrevented) {
      event.preventDefault();
      this.requestSubmit();
    } else if (event.key === "Escape" && !event.defaultPrevented) {
      sendToPage({ type: "shortcut", key: "Escape" });
    }
  };

  /** A native submit button in the template, or in the inner form, means this form. */
  private handleNativeSubmit(event: Event): void {
    event.preventDefault();
    event.stopPropagation();
    this.requestSubmit();
  }

  private readContent(): void {
    this.ownSubmitButton = this.querySelector('crowd-button[form-action="submit"], button[type="submit"], input[type="submit"]') === null;
    const widget = [...this.children].find((child) => child.hasAttribute("data-fills-page"));
    if (widget !== undefined) this.handInstructionsTo(widget);
    const alone = widget !== undefined && this.ownSubmitButton && !this.hasOtherContent(widget);
    this.toggleAttribute("workspace", alone);
    widget?.toggleAttribute("fills", alone);
    this.loneInstructions = {
      short: [...this.children].some((child) => child instanceof ShortInstructions && child.hasContent),
      full: [...this.children].find((child) => child instanceof FullInstructions && child.hasContent) as FullInstructions ?? null,
    };
  }

  private hasOtherContent(widget: Element): boolean {
    const invisible = "script, style, link, meta, template, input[type=hidden], short-instructions, full-instructions";
    return [...this.children].some((child) => child !== widget && !child.matches(invisible));
  }

  /** Instructions beside the widget belong to it: it has the pane for them. */
  private handInstructionsTo(widget: Element): void {
    for (const child of [...this.children]) {
      const isRegion = child instanceof ShortInstructions || child instanceof FullInstructions;
      if (isRegion && widget.querySelector(`:scope > ${child.localName}`) === null) widget.append(child);
    }
  }
}

function fieldValue(field: CrowdField | NativeField): unknown {
  return field instanceof CrowdField ? field._submittableValue : nativeValue(field);
}

function fieldState(field: CrowdField | NativeField): unknown {
  return field instanceof CrowdField ? field.saveState() : nativeState(field);
}

function restoreField(field: CrowdField | NativeField, saved: unknown): void {
  if (field instanceof CrowdField) field.restoreState(saved);
  else restoreNative(field, saved);
}

/** The entries of a saved state; anything that is none is an empty one. */
function readFormState(saved: unknown): FieldState[] {
  const fields = typeof saved === "object" && saved !== null ? (saved as { fields?: unknown }).fields : undefined;
  if (!Array.isArray(fields)) return [];
  return fields.filter((entry): entry is FieldState => typeof entry === "object" && entry !== null && "name" in entry);
}
