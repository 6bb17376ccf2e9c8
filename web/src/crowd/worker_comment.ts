/** The comment of a worker about their choice. A template asks for it with a `<worker-comment>` among the children. */
import { css, html, type LitElement, nothing, type ReactiveController, type TemplateResult } from "lit";
import { t } from "../language/index.js";
import { icon } from "../ui/icons.js";

/** As many as the server accepts. */
const MAX_LENGTH = 2000;
const TAG = "worker-comment";

export class WorkerComment implements ReactiveController {
  private isOpen = false;
  /** The parser upgrades the element before its content is there. */
  private readonly contentChanges = new MutationObserver(() => this.host.requestUpdate());

  constructor(private readonly host: LitElement) {
    host.addController(this);
  }

  hostConnected(): void {
    this.contentChanges.observe(this.host, { childList: true });
  }

  hostDisconnected(): void {
    this.contentChanges.disconnect();
  }

  /** A link that opens a text field; the field is open at once when there is a comment. Nothing where none is asked for. */
  render(text: string, write: (text: string) => void): TemplateResult | typeof nothing {
    const region = this.host.querySelector(`:scope > ${TAG}`);
    if (region === null) return nothing;
    region.slot = TAG;
    if (!this.isOpen && text === "") {
      const link = region.getAttribute("link-text") || t("Add a comment");
      return html`<div class="comment"><button type="button" class="button link" @click=${this.open}>${icon("plus", 14)}${link}</button></div>`;
    }
    const input = (event: Event): void => write((event.target as HTMLTextAreaElement).value);
    return html`<div class="comment"><label class="field"><span class="label">${region.getAttribute("header") || t("Add a comment")}</span>
      <textarea class="input" rows="3" maxlength=${MAX_LENGTH} placeholder=${region.getAttribute("placeholder") ?? ""}
        .value=${text} @input=${input}></textarea></label>
      <div class="hint"><slot name=${TAG}></slot></div></div>`;
  }

  private readonly open = async (): Promise<void> => {
    this.isOpen = true;
    this.host.requestUpdate();
    await this.host.updateComplete;
    this.host.renderRoot.querySelector<HTMLElement>(".comment textarea")?.focus();
  };
}

export const commentStyles = css`
  .comment {
    flex: none;
    padding: var(--tp-space-3) var(--tp-space-4);
    border-top: 1px solid var(--tp-border);
  }
  .comment textarea {
    width: 100%;
    resize: vertical;
  }
`;
