/** The link or button that opens a dialog of a template. */
import { html, type TemplateResult } from "lit";

export interface Opener {
  readonly text: string;
  /** `link` or `button`, from the template; anything else is a link. */
  readonly type: string;
  readonly open: () => void;
}

export function renderOpener({ text, type, open }: Opener): TemplateResult {
  return html`<button part="opener" type="button" class="button ${type === "button" ? "" : "link"}" aria-haspopup="dialog"
    @click=${open}>${text}</button>`;
}
