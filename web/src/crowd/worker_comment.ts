/** The comment of a worker about their choice. A template asks for it with a `<worker-comment>` among the children. */
import { css, html, nothing, type TemplateResult } from "lit";
import { t } from "../language/index.js";
import { icon } from "../ui/icons.js";

/** As many as the server accepts. */
const MAX_LENGTH = 2000;

export interface WorkerComment {
  /** The `<worker-comment>` of the template; null without one. */
  readonly region: Element | null;
  readonly text: string;
  readonly isOpen: boolean;
  readonly open: () => void;
  readonly write: (text: string) => void;
}

/** A link that opens a text field; the field is open at once when there is a comment. */
export function renderComment({ region, text, isOpen, open, write }: WorkerComment): TemplateResult | typeof nothing {
  if (region === null) return nothing;
  if (!isOpen && text === "") {
    const link = region.getAttribute("link-text") || t("Add a comment");
    return html`<div class="comment"><button type="button" class="button link" @click=${open}>${icon("plus", 14)}${link}</button></div>`;
  }
  const input = (event: Event): void => write((event.target as HTMLTextAreaElement).value);
  return html`<div class="comment"><label class="field"><span class="label">${region.getAttribute("header") || t("Add a comment")}</span>
    <textarea class="input" rows="3" maxlength=${MAX_LENGTH} placeholder=${region.getAttribute("placeholder") ?? ""}
      .value=${text} @input=${input}></textarea></label>
    <div class="hint"><slot name="worker-comment"></slot></div></div>`;
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
