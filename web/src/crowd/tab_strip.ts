/** A row of tabs: the arrow keys, Home and End move along it, as on the pages of an operating system. */
import { css, html, type TemplateResult } from "lit";

export interface TabStrip {
  readonly titles: readonly string[];
  readonly selected: number;
  readonly select: (index: number) => void;
}

export function renderTabStrip({ titles, selected, select }: TabStrip): TemplateResult {
  const handleKeyDown = (event: KeyboardEvent): void => {
    const next = targetOf(event.key, selected, titles.length);
    if (next === null) return;
    event.preventDefault();
    select(next);
    (event.currentTarget as Element).querySelectorAll<HTMLElement>("[role=tab]")[next]?.focus();
  };
  return html`<div class="tabs" role="tablist" @keydown=${handleKeyDown}>${titles.map(
    (title, index) => html`<button type="button" class="tab" role="tab" aria-selected=${index === selected}
      tabindex=${index === selected ? 0 : -1} @click=${() => select(index)}>${title}</button>`,
  )}</div>`;
}

function targetOf(key: string, selected: number, count: number): number | null {
  switch (key) {
    case "ArrowRight":
      return (selected + 1) % count;
    case "ArrowLeft":
      return (selected - 1 + count) % count;
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return null;
  }
}

/** For elements that also have the styles `buttons`. */
export const tabStripStyles = css`
  .tabs {
    display: flex;
    gap: var(--tp-space-1);
    overflow-x: auto;
    border-bottom: 1px solid var(--tp-border);
  }
  .tab {
    flex: none;
    min-height: var(--tp-control-lg);
    padding: 0 var(--tp-space-4);
    border-bottom: 3px solid transparent;
    color: var(--tp-text-muted);
    font-weight: var(--tp-weight-medium);
  }
  .tab:hover {
    color: var(--tp-text);
  }
  .tab[aria-selected="true"] {
    border-bottom-color: var(--tp-accent-600);
    color: var(--tp-text);
  }
  .tab:focus-visible {
    border-radius: var(--tp-radius-sm);
    box-shadow: inset 0 0 0 2px var(--tp-accent-500);
  }
  @media (forced-colors: active) {
    .tab[aria-selected="false"] {
      border-bottom-color: Canvas;
    }
    .tab:focus-visible {
      outline: 2px solid Highlight;
      outline-offset: -4px;
    }
  }
`;
