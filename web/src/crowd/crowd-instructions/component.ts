import { html, LitElement, type TemplateResult } from "lit";
import { property, query, state } from "lit/decorators.js";
import { t } from "../../language/index.js";
import { base, buttons } from "../../ui/controls.js";
import type { TrigpointDialog } from "../../ui/dialog/component.js";
import { icon } from "../../ui/icons.js";
import { renderOpener } from "../opener.js";
import { renderTabStrip, tabStripStyles } from "../tab_strip.js";
import { styles } from "./styles.js";

const REGIONS = ["short-summary", "detailed-instructions", "positive-example", "negative-example"] as const;
type Region = (typeof REGIONS)[number];

interface Page {
  readonly title: string;
  readonly content: TemplateResult;
}

/**
 * @summary A link or button that opens instructions in a dialog, with a tab for the summary, the details and the examples.
 * @attr link-text - the text of the link or button
 * @attr link-type - `link` or `button`
 * @slot short-summary - taken from the child `<short-summary>`
 * @slot detailed-instructions - taken from the child `<detailed-instructions>`
 * @slot positive-example - taken from each child `<positive-example>`
 * @slot negative-example - taken from each child `<negative-example>`
 */
export class CrowdInstructions extends LitElement {
  static override styles = [base, buttons, tabStripStyles, styles];

  @query("tp-dialog") private readonly dialog!: TrigpointDialog | null;

  @property({ attribute: "link-text" }) linkText: string | null = null;
  @property({ attribute: "link-type" }) linkType = "link";
  @state() private selected = 0;
  @state() private present: ReadonlySet<Region> = new Set();

  /** The parser upgrades the element before its content is there. */
  private readonly contentChanges = new MutationObserver(() => this.readRegions());

  override connectedCallback(): void {
    super.connectedCallback();
    this.contentChanges.observe(this, { childList: true });
    this.readRegions();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.contentChanges.disconnect();
  }

  open(): void {
    this.dialog?.show();
  }

  close(): void {
    this.dialog?.close();
  }

  protected override render(): TemplateResult {
    const text = this.linkText || t("Click for instructions");
    return html`${renderOpener({ text, type: this.linkType, open: () => this.open() })}
      <tp-dialog header=${t("Instructions")}>${this.renderPages()}<slot></slot></tp-dialog>`;
  }

  private renderPages(): TemplateResult {
    const pages = this.pages();
    const selected = Math.min(this.selected, pages.length - 1);
    if (pages.length === 1) return html`${pages[0]?.content}`;
    const titles = pages.map(({ title }) => title);
    return html`${renderTabStrip({ titles, selected, select: (index) => (this.selected = index) })}
      ${pages.map(({ title, content }, index) => html`<div class="page" role="tabpanel" aria-label=${title}
        ?hidden=${index !== selected}>${content}</div>`)}`;
  }

  /** Only what the template has. */
  private pages(): Page[] {
    const has = (region: Region): boolean => this.present.has(region);
    const pages: Page[] = [];
    if (has("short-summary")) pages.push({ title: t("Summary"), content: html`<slot name="short-summary"></slot>` });
    if (has("detailed-instructions")) {
      pages.push({ title: t("Detailed Instructions"), content: html`<slot name="detailed-instructions"></slot>` });
    }
    if (has("positive-example") || has("negative-example")) {
      pages.push({ title: t("Examples"), content: this.renderExamples() });
    }
    return pages;
  }

  private renderExamples(): TemplateResult {
    return html`<div class="examples">
      <section class="good" ?hidden=${!this.present.has("positive-example")}>
        <h3>${icon("success")}${t("Good examples")}</h3><slot name="positive-example"></slot></section>
      <section class="bad" ?hidden=${!this.present.has("negative-example")}>
        <h3>${icon("close")}${t("Bad examples")}</h3><slot name="negative-example"></slot></section>
    </div>`;
  }

  private readRegions(): void {
    const present = new Set<Region>();
    for (const child of this.children) {
      const region = REGIONS.find((name) => name === child.localName);
      if (region === undefined) continue;
      child.slot = region;
      present.add(region);
    }
    this.present = present;
  }
}
