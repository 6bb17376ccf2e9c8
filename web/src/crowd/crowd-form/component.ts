import { html, LitElement, nothing, type TemplateResult } from "lit";
import { query, state } from "lit/decorators.js";
import { t } from "../../language/index.js";
import { base, buttons } from "../../ui/controls.js";
import type { TrigpointDialog } from "../../ui/dialog/component.js";
import { icon } from "../../ui/icons.js";
import { NO_INSTRUCTIONS } from "../../workspace/instruction_regions.js";
import { turn } from "../../workspace/turn.js";
import { CHANGE_EVENT } from "../field.js";
import { defineUsed } from "../definitions.js";
import { UNAVAILABLE_EVENT } from "../unavailable/component.js";
import { findPage, hasPage, listenToPage, type PageMessage, sendToPage } from "../frame_link.js";
import { type Arrangement, arrange, FILLS_PAGE } from "./arrangement.js";
import { Delivery } from "./delivery.js";
import { answerOf, fieldsIn, type FormField, type FormState, problemOf, restoreState, saveState, showProblemOf } from "./fields.js";
import { styles } from "./styles.js";

/** The forms of the document, also those in shadow roots. */
export const connectedForms = new Set<CrowdForm>();

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

  /** A part of the task cannot be shown, so that no answer is complete. */
  @state() private lacksPart = false;

  private readonly delivery = new Delivery(this, () => this.saveState());
  private initialState: FormState | null = null;
  private isAskingHandlers = false;
  private stopListening = (): void => {};
  private contentTimer: number | undefined;
  /** The form is there before its content: the parser and scripts add to it, and elements are defined later. */
  private readonly contentChanges = new MutationObserver(() => this.readContentSoon());

  /** The document's observer does not see what scripts append to the form in the shadow root. */
  private readonly appended = new MutationObserver(() => void defineUsed(this.innerForm));

  constructor() {
    super();
    this.addEventListener("crowd-form-action", this.handleFormAction as EventListener);
    this.addEventListener("submit", this.handleNestedSubmit, { capture: true });
    this.addEventListener(UNAVAILABLE_EVENT, () => (this.lacksPart = true));
    for (const type of [CHANGE_EVENT, "input", "change"]) this.addEventListener(type, this.handleChange);
  }

  /** The form node in the shadow root; fields appended to it are submitted too. Its `submit` is that of this element. */
  get form(): HTMLFormElement {
    if (!this.hasUpdated && this.isConnected) this.performUpdate(); // a script may ask before the first rendering
    return this.innerForm;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    connectedForms.add(this);
    this.stopListening = listenToPage((message) => this.receive(message));
    // The window gets a key last: the elements in the form listen on the document and can handle it first.
    window.addEventListener("keydown", this.handleKeyDown);
    // The document gets a click after the template's own handlers, which may have prevented it.
    document.addEventListener("click", this.handleClick);
    document.addEventListener("crowd-form-action", this.handleOutsideAction);
    this.contentChanges.observe(this, { childList: true, subtree: true, attributeFilter: [FILLS_PAGE] });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    connectedForms.delete(this);
    this.stopListening();
    window.removeEventListener("keydown", this.handleKeyDown);
    document.removeEventListener("click", this.handleClick);
    document.removeEventListener("crowd-form-action", this.handleOutsideAction);
    this.appended.disconnect();
    this.contentChanges.disconnect();
  }

  /** Called once all elements of the document are upgraded and rendered. */
  allElementsReady(): void {
    this.readContent();
    this.initialState = this.saveState();
    sendToPage({ type: "ready", dirty: false });
    // Browsers ignore the attribute in a frame of another origin.
    turn.once(() => this.querySelector<HTMLElement>("[autofocus]")?.focus());
  }

  /** Submits like the worker's click: checks the fields, lets `submit` handlers object, and passes the answer on. */
  requestSubmit(submitter: HTMLElement | null = null): void {
    if (this.delivery.phase !== "open" || this.showFirstProblem()) return;
    // A handler that calls submit() wants the answer to be sent, not to be called again.
    if (this.isAskingHandlers || this.handlersAgree(submitter)) void this.passAnswerOn();
  }

  /** The same: unlike an HTML form's submit(), that of a crowd-form runs the `submit` handlers. Templates rely on it. */
  submit(): void {
    this.requestSubmit();
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
    this.innerForm.submit = () => this.submit(); // the browser's own would replace the page
    this.appended.observe(this.innerForm, { childList: true, subtree: true });
    this.readContent();
  }

  protected override render(): TemplateResult {
    const { ownSubmitButton, instructions } = this.arrangement;
    return html`<form part="form" novalidate @submit=${this.handleNativeSubmit} @change=${this.handleChange}>
      <div class="content">
        <div class="short" ?hidden=${!instructions.hasShort && instructions.full === null}>
          <slot name="short-instructions"></slot>
          ${instructions.full === null ? nothing
            : html`<button type="button" class="button link" @click=${() => this.instructionsDialog?.show()}>${t("View full instructions")}</button>`}
        </div>
        <slot></slot>
      </div>
      ${ownSubmitButton || this.delivery.problem !== null ? this.renderFooter() : nothing}
    </form>
    ${instructions.full === null ? nothing
      : html`<tp-dialog class="instructions" header=${instructions.full.header}><slot name="full-instructions"></slot></tp-dialog>`}
    <tp-dialog class="preview" header=${t("What would be submitted")}>
      <p class="explain">${t("This is a preview outside of a task: nothing was sent.")}</p>
      <pre>${this.preview}</pre>
    </tp-dialog>`;
  }

  private renderFooter(): TemplateResult {
    const { phase, problem } = this.delivery;
    return html`<footer part="footer">
      <div class="message ${phase === "submitted" ? "done" : ""}" role="alert">
        ${phase === "submitted" ? html`${icon("success")}${t("Submitted")}`
          : problem === null ? nothing : html`${icon("warning")}<span>${problem}</span>`}
      </div>
      ${this.arrangement.ownSubmitButton ? html`
        <span class="key-hint"><kbd>${this.hasAttribute("workspace") ? "Enter" : "Ctrl + Enter"}</kbd></span>
        <crowd-button form-action="submit" variant="primary" ?loading=${phase === "submitting"}
          ?disabled=${phase === "submitted" || this.lacksPart}>${t("Submit")}</crowd-button>` : nothing}
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

  /** Handlers on the form node in the shadow root get the event first, then those on this element and around it. */
  private handlersAgree(submitter: HTMLElement | null): boolean {
    const event = new SubmitEvent("submit", { cancelable: true, bubbles: true, composed: true, submitter });
    this.isAskingHandlers = true;
    try {
      return this.innerForm.dispatchEvent(event);
    } finally {
      this.isAskingHandlers = false;
    }
  }

  private async passAnswerOn(): Promise<void> {
    if (this.delivery.phase !== "open") return; // a handler has already submitted
    if (!hasPage()) await this.delivery.wait(findPage());
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

  /** Once for many changes: the observer is called after each element that the parser adds. */
  private readContentSoon(): void {
    this.contentTimer ??= window.setTimeout(() => this.readContent());
  }

  private readContent(): void {
    clearTimeout(this.contentTimer);
    this.contentTimer = undefined;
    this.arrangement = arrange(this);
  }

  private readonly handleFormAction = (event: CustomEvent<string>): void => {
    event.stopPropagation();
    if (event.detail === "submit") this.requestSubmit();
    else if (this.initialState !== null) this.restoreState(this.initialState);
  };

  private readonly handleChange = (): void => this.delivery.sendChangeSoon();

  private readonly handleKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.defaultPrevented) {
      event.preventDefault();
      this.requestSubmit();
    } else if (event.key === "Escape" && !event.defaultPrevented) {
      sendToPage({ type: "shortcut", key: "Escape" });
    }
  };

  /** A native submit button in the inner form, or in a form of the template, submits this form. */
  private readonly handleNativeSubmit = (event: SubmitEvent): void => {
    if (this.isAskingHandlers || event.defaultPrevented) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.requestSubmit(event.submitter);
  };

  /** Browsers stop the event of a form in a form at the outer one. So it is handled at the form, after its own handlers. */
  private readonly handleNestedSubmit = (event: Event): void => {
    if (event.target !== this) event.target?.addEventListener("submit", this.handleNativeSubmit as EventListener, { once: true });
  };

  /** A submit button in this element, or one elsewhere whose `form` attribute names it, belongs to no HTML form. */
  private readonly handleClick = (event: MouseEvent): void => {
    const button = looseSubmitButton(event);
    const isOurs = button !== null && (this.contains(button) || (this.id !== "" && button.getAttribute("form") === this.id));
    if (isOurs && !event.defaultPrevented) this.requestSubmit(button);
  };

  /** A crowd-button outside of any crowd-form acts on the first one. */
  private readonly handleOutsideAction = (event: Event): void => {
    const inside = event.composedPath().some((node) => node instanceof CrowdForm);
    const first = document.querySelector("crowd-form") ?? [...connectedForms][0];
    if (!inside && first === this) this.handleFormAction(event as CustomEvent<string>);
  };
}

/** The native submit button that was clicked, unless it submits an HTML form. */
function looseSubmitButton(event: MouseEvent): HTMLButtonElement | HTMLInputElement | null {
  const [target] = event.composedPath();
  const button = target instanceof Element ? target.closest<HTMLButtonElement | HTMLInputElement>("button, input") : null;
  if (button === null || button.form !== null) return null;
  // A button without a type has always been an ordinary one in a crowd-form.
  const isSubmit = button.type === "submit" && (button.hasAttribute("type") || button.hasAttribute("form"));
  return isSubmit || button.type === "image" ? button : null;
}
