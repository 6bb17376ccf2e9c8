/** The list of labels, from which the worker chooses the one for the next shape. */
import { css, html, nothing, type TemplateResult } from "lit";
import { labelStyle } from "../ui/palette.js";
import { renderSwatch } from "../ui/swatch.js";

export interface LabelList {
  readonly labels: readonly string[];
  readonly chosen: string;
  /** What the worker typed to find a label. */
  readonly filter: string;
  readonly tallyOf: (label: string) => number;
  readonly choose: (label: string) => void;
  readonly setFilter: (filter: string) => void;
}

const FILTER_FROM_LABELS = 12;
const DIGIT_KEYS = 9;

export function renderLabelList(list: LabelList): TemplateResult {
  return html`<div class="section-title" id="labels-title">Labels</div>
    ${list.labels.length > FILTER_FROM_LABELS ? renderFilter(list) : nothing}
    <div class="labels scroll" role="radiogroup" aria-labelledby="labels-title">${renderLabels(list)}</div>`;
}

function renderFilter({ filter, setFilter }: LabelList): TemplateResult {
  return html`<div class="filter"><input class="input" type="search" placeholder="Find a label" aria-label="Find a label"
    .value=${filter} @input=${(event: Event) => setFilter((event.target as HTMLInputElement).value)}></div>`;
}

function renderLabels({ labels, chosen, filter, tallyOf, choose }: LabelList): unknown {
  const wanted = filter.trim().toLowerCase();
  return labels.map((label, index) => {
    if (!label.toLowerCase().includes(wanted)) return nothing;
    const tally = tallyOf(label);
    return html`<button class="row label" role="radio" aria-checked=${label === chosen} title=${label}
      @click=${() => choose(label)}>
      ${renderSwatch(labelStyle(index))}
      <span class="name">${label}</span>
      ${tally > 0 ? html`<span class="tally" title="${tally} drawn">${tally}</span>` : nothing}
      ${index < DIGIT_KEYS ? html`<kbd>${index + 1}</kbd>` : nothing}</button>`;
  });
}

export const labelListStyles = css`
  .labels {
    flex: none;
    max-height: 45%;
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
`;
