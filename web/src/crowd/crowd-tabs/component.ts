import { css, html, LitElement, type TemplateResult } from "lit";
import { state } from "lit/decorators.js";
import { base, buttons } from "../../ui/controls.js";
import { TAB_EVENT } from "../crowd-tab/component.js";
import { renderTabStrip, tabStripStyles } from "../tab_strip.js";

/**
 * @summary Shows one of its crowd-tabs at a time. The fields of all of them belong to the answer.
 * @slot - the crowd-tabs
 */
export class CrowdTabs extends LitElement {
  static override styles = [
    base,
    buttons,
    tabStripStyles,
    css`
      :host {
        display: block;
        margin-block: var(--tp-space-3);
      }
    `,
  ];

  @state() private selectedTab: Element | null = null;

  constructor() {
    super();
    this.addEventListener(TAB_EVENT, this.handleTab as EventListener);
  }

  protected override render(): TemplateResult {
    const { tabs } = this;
    const strip = renderTabStrip({
      titles: tabs.map((tab) => tab.getAttribute("header") ?? ""),
      selected: tabs.findIndex((tab) => tab === this.selectedTab),
      select: (index) => this.show(tabs[index]),
    });
    return html`${strip}<slot @slotchange=${this.readTabs}></slot>`;
  }

  private get tabs(): Element[] {
    return [...this.children].filter((child) => child.localName === "crowd-tab");
  }

  private readonly readTabs = (): void => {
    const isThere = this.selectedTab !== null && this.selectedTab.parentElement === this;
    this.show(isThere ? this.selectedTab : this.tabs[0]);
    this.requestUpdate();
  };

  private show(shown: Element | null | undefined): void {
    this.selectedTab = shown ?? null;
    for (const tab of this.tabs) tab.toggleAttribute("hidden", tab !== shown);
  }

  private readonly handleTab = (event: CustomEvent<"show" | "renamed">): void => {
    const tab = event.target as Element;
    if (tab.parentElement !== this) return; // a tab of tabs in a tab
    if (event.detail === "show") this.show(tab);
    this.requestUpdate();
  };
}
