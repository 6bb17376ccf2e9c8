import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import { drawingOf } from "./icon_sets.js";

/** `data:` needs no slash that would tell it from a set's name. */
const ADDRESS = /[/.]|^data:/;

/**
 * @summary An icon of the iron-icons sets, or a picture from an address.
 * @attr icon - a name such as `search` or `maps:directions`, or the address of a picture
 * @attr src - the address of a picture, in place of a name
 */
export class IronIcon extends LitElement {
  static override styles = css`
    :host {
      display: inline-flex;
      flex: none;
      align-items: center;
      justify-content: center;
      width: var(--iron-icon-width, 24px);
      height: var(--iron-icon-height, 24px);
      vertical-align: middle;
      color: var(--iron-icon-fill-color, inherit);
    }
    :host([hidden]) {
      display: none !important;
    }
    :host([unknown]) {
      width: auto;
    }
    svg,
    img {
      display: block;
      width: 100%;
      height: 100%;
      fill: currentcolor;
      object-fit: contain;
    }
    .name {
      padding: 0 4px;
      border: 1px solid currentcolor;
      border-radius: 3px;
      font-size: 11px;
      line-height: 1.4;
      white-space: nowrap;
    }
  `;

  @property() icon = "";
  @property() src = "";
  @state() private drawing: SVGGElement | null = null;
  /** Reflected, because its name needs more room than a drawing. */
  @property({ type: Boolean, reflect: true }) private unknown = false;

  protected override willUpdate(changes: PropertyValues<this>): void {
    if (changes.has("icon")) void this.findDrawing(this.icon);
  }

  protected override render(): TemplateResult | typeof nothing {
    const address = this.src !== "" ? this.src : ADDRESS.test(this.icon) ? this.icon : "";
    if (address !== "") return html`<img src=${address} alt="">`;
    if (this.unknown) return html`<span class="name">${this.icon}</span>`;
    if (this.drawing === null) return nothing;
    return html`<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">${this.drawing}</svg>`;
  }

  private async findDrawing(icon: string): Promise<void> {
    if (icon === "" || ADDRESS.test(icon)) {
      this.unknown = false;
      return;
    }
    let drawing: SVGGElement | null = null;
    try {
      drawing = await drawingOf(icon);
    } catch {
      // the set cannot be loaded: the name is better than nothing
    }
    if (icon !== this.icon) return; // another name came meanwhile
    this.drawing = drawing;
    this.unknown = drawing === null;
  }
}
