import { html, LitElement, nothing, type TemplateResult } from "lit";
import { query, state } from "lit/decorators.js";
import { base, buttons } from "../../ui/controls.js";
import type { TrigpointDialog } from "../../ui/dialog/component.js";
import { icon } from "../../ui/icons.js";
import { NO_INSTRUCTIONS } from "../../workspace/instruction_regions.js";
import { CHANGE_EVENT } from "../field.js";
import { hasPage, listenToPage, type PageMessage, sendToPage } from "../frame_link.js";
import { type Arrangement, arrange } from "./arrangement.js";
import { Delivery } from "./delivery.js";
import { answerOf, fieldsIn, type FormField, type FormState, problemOf, restoreState, saveState, showProblemOf } from "./fields.js";
import { styles } from "./styles.js";

/**
 * @summary Holds a task's fields, checks them, and passes the answer to the page around the frame.
 * @event submit - before the answer is collected; `preventDefault()` keeps it from being submitted
 * @slot - the task: crowd elements, plain HTML fields, anything else
 */
export class CrowdForm extends LitElement {
  static override styles = [base, buttons, styles];

  @query("form") private readonly innerForm!: HTMLFormElement;
  @query("tp-dialog.preview") private readonly previewDialog!: TrigpointDialog;
  @query("tp-dialog.instructions") private readonly instructionsDialog!: TrigpointDialog | null;

  @state() private preview = "";
  @state() private arrangement: Arrangement = { ownSubmitButton: true, instructions: NO_INSTRUCTIONS };

  private readonly delivery = new Delivery(this, () => this.saveState());
  private initialState: FormState | null = null;
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
    // The window gets a key last: the elements in the form listen on the document and can handle it first.
    window.addEventListener("keydown", this.handleKeyDown);
    this.contentChanges.observe(this, { childList: true, subtree: true });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stopListening();
    window.removeEventListener("keydown", this.handleKeyDown);
    this.contentChanges.disconnect();
  }

  /** Called once all elements of the document are upgraded and rendered. */
  allElementsReady(): void {
    this.initialState = this.saveState();
    sendToPage({ type: "ready", dirty: false });
  }

  /** Submits like the worker's click: checks the fields, lets `submit` handlers object, and passes the answer on. */
  requestSubmit(): void {
    if (this.delivery.phase !== "open" || this.showFirstProblem()) return;
    if (this.dispatchEvent(new Event("submit", { cancelable: true, bubbles: true }))) this.passAnswerOn();
  }

  /** Submits from a script, like an HTML form's submit(): without a `submit` event, but with the fields checked. */
  submit(): void {
    if (this.delivery.phase === "open" && !this.showFirstProblem()) this.passAnswerOn();
  }

  /** The answer as it would be submitted now. */
  get value(): Record<string, unknown> {
    return answerOf(this.allFields());
  }

  /** JSON for restoreState, now or when the worker resumes the task. */
  saveState(): FormState {
    return saveState(this.allFields());
  }

  restoreState(saved: unknown): void {
    restoreState(this.allFields(), saved);
  }

  protected override firstUpdated(): void {
    this.readContent();
  }

  protected override render(): TemplateResult {
    const { ownSubmitButton, instructions } = this.arrangement;
    return html`<form part="form" novalidate @submit=${this.handleNativeSubmit}>
      <div class="content">
        <div class="short" ?hidden=${!instructions.hasShort && instructions.full === null}>
          <slot name="short-instructions"></slot>
          ${instructions.full === null ? nothing
            : html`<button type="button" class="button link" @click=${() => this.instructionsDialog?.show()}>View full instructions</button>`}
        </div>
        <slot></slot>
      </div>
      ${ownSubmitButton || this.delivery.problem !== null ? this.renderFooter() : nothing}
    </form>
    ${instructions.full === null ? nothing
      : html`<tp-dialog class="instructions" header=${instructions.full.header}><slot name="full-instructions"></slot></tp-dialog>`}
    <tp-dialog class="preview" header="What would be submitted">
      <p class="explain">This is a preview outside of a task: nothing was sent.</p>
      <pre>${this.preview}</pre>
    </tp-dialog>`;
  }

  private renderFooter(): TemplateResult {
    const { phase, problem } = this.delivery;
    return html`<footer part="footer">
      <div class="message ${phase === "submitted" ? "done" : ""}" role="alert">
        ${phase === "submitted" ? html`${icon("success")}Submitted`
          : problem === null ? nothing : html`${icon("warning")}<span>${problem}</span>`}
      </div>
      ${this.arrangement.ownSubmitButton ? html`
        <span class="key-hint"><kbd>${this.hasAttribute("workspace") ? "Enter" : "Ctrl + Enter"}</kbd></span>
        <crowd-button form-action="submit" variant="primary" ?loading=${phase === "submitting"}
          ?disabled=${phase === "submitted"}>Submit</crowd-button>` : nothing}
    </footer>`;
  }

  /** The fields in document order, then those that scripts appended to the inner form. */
  private allFields(): FormField[] {
    return [...fieldsIn(this), ...fieldsIn(this.innerForm)];
  }

  /** Shows why the form cannot be submitted. Returns false when it can. */
  private showFirstProblem(): boolean {
    for (const field of this.allFields()) {
      const problem = problemOf(field);
      if (problem === null) continue;
      this.delivery.setProblem(problem);
      showProblemOf(field);
      return true;
    }
    this.delivery.setProblem(null);
    return false;
  }

  private passAnswerOn(): void {
    if (hasPage()) {
      this.delivery.sendAnswer(this.value);
      return;
    }
    this.preview = JSON.stringify(this.value, null, 2);
    this.previewDialog.show();
  }

  private receive(message: PageMessage): void {
    switch (message.type) {
      case "restore":
        this.restoreState(message.state);
        break;
      case "request-state":
        this.delivery.sendState();
        break;
      case "submit":
        this.requestSubmit();
        break;
      case "submitted":
        this.delivery.confirm();
        break;
      case "error":
        this.delivery.fail(String(message.message));
        break;
    }
  }

  private readContent(): void {
    this.arrangement = arrange(this);
  }

  private readonly handleFormAction = (event: CustomEvent<string>): void => {
    event.stopPropagation();
    if (event.detail === "submit") this.requestSubmit();
    else if (this.initialState !== null) this.restoreState(this.initialState);
  };

  private readonly handleChange = (): void => this.delivery.sendStateSoon();

  private readonly handleKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.defaultPrevented) {
      event.preventDefault();
      this.requestSubmit();
    } else if (event.key === "Escape" && !event.defaultPrevented) {
      sendToPage({ type: "shortcut", key: "Escape" });
    }
  };

  /** A native submit button in the template, or in the inner form, submits this form. */
  private handleNativeSubmit(event: Event): void {
    event.preventDefault();
    event.stopPropagation();
    this.requestSubmit();
  }
}
