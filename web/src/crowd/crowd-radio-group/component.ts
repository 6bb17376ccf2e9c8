import { css, html, LitElement, type TemplateResult } from "lit";
import { CrowdRadioButton } from "./radio_button.js";

/**
 * @summary Makes the choice among its crowd-radio-buttons exclusive; they carry different names.
 * @slot - the radio buttons
 */
export class CrowdRadioGroup extends LitElement {
  static override styles = css`
    :host {
      display: block;
    }
  `;

  constructor() {
    super();
    this.addEventListener("change", this.handleChange);
    this.addEventListener("keydown", this.handleKeyDown);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (!this.hasAttribute("role")) this.setAttribute("role", "radiogroup");
  }

  protected override render(): TemplateResult {
    return html`<slot></slot>`;
  }

  private get buttons(): CrowdRadioButton[] {
    return [...this.querySelectorAll("*")].filter((element) => element instanceof CrowdRadioButton);
  }

  private readonly handleChange = (event: Event): void => {
    if (!(event.target instanceof CrowdRadioButton) || !event.target.checked) return;
    for (const button of this.buttons) if (button !== event.target) button.checked = false;
  };

  /** The arrow keys move the choice as in a native group, which needs buttons of one tree and one name. */
  private readonly handleKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    const buttons = this.buttons.filter((button) => !button.disabled);
    const at = buttons.findIndex((button) => button === event.target);
    const next = step === undefined || at < 0 ? undefined : buttons[(at + step + buttons.length) % buttons.length];
    if (next === undefined) return;
    event.preventDefault();
    next.focus();
    next.choose();
  };
}
