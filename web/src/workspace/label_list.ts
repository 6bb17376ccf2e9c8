/** The list of labels, from which the worker chooses the one for the next shape. */
import { css, html, nothing, type TemplateResult } from "lit";
import { icon } from "../ui/icons.js";
import { NARROW, SHORT, SMALL } from "../ui/media.js";
import type { LabelStyle } from "../ui/palette.js";
import { renderSwatch } from "../ui/swatch.js";

export interface LabelList {
  readonly labels: readonly string[];
  readonly chosen: string;
  /** What is shown for a label; without it the label itself. */
  readonly nameOf?: (label: string) => string;
  /** What the worker typed to find a label. */
  readonly filter: string;
  readonly styleOf: (label: string) => LabelStyle;
  readonly tallyOf: (label: string) => number;
  readonly choose: (label: string) => void;
  readonly setFilter: (filter: string) => void;
  /** In a narrow window: all labels are shown, not a strip of them. */
  readonly isOpen: boolean;
  readonly toggle: () => void;
}

const FILTER_FROM_LABELS = 12;
const DIGIT_KEYS = 9;
/** A strip of more labels needs a way to show all of them. */
const OPENS_FROM_LABELS = 4;

export function renderLabelList(list: LabelList): TemplateResult {
  return html`<div class="labels-pane ${list.isOpen ? "open" : ""}"><div class="section-title" id="labels-title">Labels</div>
    ${list.labels.length > FILTER_FROM_LABELS ? renderFilter(list) : nothing}
    <div class="labels scroll" role="radiogroup" aria-labelledby="labels-title">${renderLabels(list)}</div>
    ${list.labels.length >= OPENS_FROM_LABELS ? renderOpener(list) : nothing}</div>`;
}

/** Scrolls the list to the chosen label. */
export function showChosenLabel(root: ParentNode): void {
  root.querySelector(".label[aria-checked=true]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function renderOpener({ isOpen, toggle }: LabelList): TemplateResult {
  return html`<button class="icon-button opener" title="All labels" aria-label="All labels" aria-expanded=${isOpen}
    @click=${toggle}>${icon(isOpen ? "down" : "up")}</button>`;
}

function renderFilter({ filter, setFilter }: LabelList): TemplateResult {
  return html`<div class="filter"><input class="input" type="search" placeholder="Find a label" aria-label="Find a label"
    .value=${filter} @input=${(event: Event) => setFilter((event.target as HTMLInputElement).value)}></div>`;
}

function renderLabels({ labels, chosen, filter, styleOf, tallyOf, choose, nameOf = (label) => label }: LabelList): unknown {
  const wanted = filter.trim().toLowerCase();
  return labels.map((label, index) => {
    const name = nameOf(label);
    if (!`${name} ${label}`.toLowerCase().includes(wanted)) return nothing;
    const tally = tallyOf(label);
    return html`<button class="row label" role="radio" aria-checked=${label === chosen} title=${name}
      @click=${() => choose(label)}>
      ${renderSwatch(styleOf(label))}
      <span class="name">${name}</span>
      ${tally > 0 ? html`<span class="tally" title="${tally} drawn">${tally}</span>` : nothing}
      ${index < DIGIT_KEYS ? html`<kbd>${index + 1}</kbd>` : nothing}</button>`;
  });
}

export const labelListStyles = css`
  .labels-pane {
    display: flex;
    flex-direction: column;
    flex: none;
    min-height: 0;
    max-height: 50%;
  }
  .opener {
    display: none;
  }
  .labels {
    padding: 0 var(--tp-space-2) var(--tp-space-2);
  }
  .filter {
    margin: 0 var(--tp-space-3) var(--tp-space-2);
  }
  .filter .input {
    padding: 4px 8px;
    font-size: var(--tp-text-sm);
  }
  .label[aria-checked="true"] {
    background: var(--tp-accent-50);
    font-weight: var(--tp-weight-semibold);
    box-shadow: inset 0 0 0 1px var(--tp-accent-200);
  }
  .label[aria-checked="true"] kbd {
    border-color: var(--tp-accent-200);
    color: var(--tp-accent-700);
  }
  @media ${SMALL} {
    .filter .input {
      min-height: 44px;
      /* Phones zoom into a field with smaller text. */
      font-size: var(--tp-text-lg);
    }
  }
  @media ${NARROW} {
    .labels-pane {
      flex-direction: row;
      flex-wrap: wrap;
      align-items: center;
      max-height: 46vh;
      border-top: 1px solid var(--tp-border);
    }
    .labels-pane .section-title,
    .labels-pane:not(.open) .filter {
      display: none;
    }
    .labels-pane .filter {
      flex: 1;
      margin: var(--tp-space-1) var(--tp-space-2) 0;
    }
    .labels {
      display: flex;
      flex: 1;
      gap: var(--tp-space-1);
      min-width: 0;
      padding: var(--tp-space-1) var(--tp-space-2);
      scrollbar-width: none;
    }
    .labels .row {
      flex: none;
      width: auto;
      max-width: 240px;
      padding: 0 var(--tp-space-3);
      border-radius: var(--tp-radius-full);
      background: var(--tp-surface-sunken);
    }
    .labels .label[aria-checked="true"] {
      background: var(--tp-accent-50);
      box-shadow: inset 0 0 0 2px var(--tp-accent-500);
    }
    .opener {
      display: inline-flex;
      margin-right: var(--tp-space-1);
    }
    .open .labels {
      flex: 1 0 100%;
      flex-wrap: wrap;
      order: 1;
      max-height: calc(46vh - 52px);
    }
    .open .opener {
      margin-left: auto;
    }
  }
  @media ${SHORT} {
    .labels-pane {
      flex: 1;
      max-height: none;
    }
    .labels-pane .section-title {
      display: none;
    }
    .labels {
      padding-top: var(--tp-space-1);
    }
    .labels-pane .filter {
      margin: var(--tp-space-1) var(--tp-space-2) 0;
    }
  }
`;
