import { css, html, LitElement, type TemplateResult } from "lit";
import { property } from "lit/decorators.js";
import { base } from "../../ui/controls.js";

/**
 * @summary A small round mark over the top right corner of another element.
 * @attr for - the id of the other element; without it, the element around the badge
 * @attr icon - a name of the iron-icons sets, or the address of a picture; it has priority over `label`
 * @attr label - up to three characters
 */
export class CrowdBadge extends LitElement {
  static override styles = [
    base,
    css`
      :host {
        position: absolute;
        left: 0;
        top: 0;
        pointer-events: none;
      }
      .badge {
        display: flex;
        align-items: center;
        justify-content: center;
        min-width: 20px;
        height: 20px;
        padding: 0 5px;
        border: 1px solid transparent;
        border-radius: var(--tp-radius-full);
        background: var(--tp-accent-600);
        color: #fff;
        font-size: var(--tp-text-2xs);
        font-weight: var(--tp-weight-semibold);
        transform: translate(-50%, -50%);
      }
      iron-icon {
        --iron-icon-width: 12px;
        --iron-icon-height: 12px;
        margin-inline: -2px;
      }
    `,
  ];

  @property() for = "";
  @property() icon = "";
  @property() label = "";

  private readonly sizes = new ResizeObserver(() => this.place());
  /** An element in a line of text, such as a span, reports no size. */
  private readonly texts = new MutationObserver(() => this.place());

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener("resize", this.place);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener("resize", this.place);
    this.sizes.disconnect();
    this.texts.disconnect();
  }

  protected override updated(): void {
    this.sizes.disconnect();
    this.texts.disconnect();
    const { marked } = this;
    if (marked !== null) {
      this.sizes.observe(marked);
      this.texts.observe(marked, { childList: true, characterData: true, subtree: true });
    }
    // the content around the element moves it, too
    if (this.offsetParent !== null) this.sizes.observe(this.offsetParent);
    this.place();
  }

  protected override render(): TemplateResult {
    return html`<div class="badge" part="base">${this.icon === "" ? this.label
      : html`<iron-icon icon=${this.icon}></iron-icon>`}</div>`;
  }

  private get marked(): Element | null {
    if (this.for === "") return this.parentElement;
    const root = this.getRootNode();
    return root instanceof Document || root instanceof ShadowRoot ? root.getElementById(this.for) : null;
  }

  private readonly place = (): void => {
    const { marked, offsetParent } = this;
    if (marked === null || offsetParent === null) return;
    const target = marked.getBoundingClientRect();
    const origin = offsetParent.getBoundingClientRect();
    const scrolls = offsetParent === document.body && getComputedStyle(document.body).position === "static";
    const [left, top] = scrolls ? [-window.scrollX, -window.scrollY] : [origin.left + offsetParent.clientLeft - offsetParent.scrollLeft, origin.top + offsetParent.clientTop - offsetParent.scrollTop];
    this.style.transform = `translate(${target.right - left}px, ${target.top - top}px)`;
  };
}
