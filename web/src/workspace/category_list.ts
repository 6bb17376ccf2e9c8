/** The list of labels from which the worker chooses the answer: one, or several. */
import { css, html, nothing, type TemplateResult } from "lit";
import { icon } from "../ui/icons.js";
import { NARROW, SHORT } from "../ui/media.js";

export interface CategoryList {
  readonly categories: readonly string[];
  readonly chosen: readonly string[];
  readonly multiple: boolean;
  /** The text of the category for objects that no label fits; null without one. */
  readonly exclusion: string | null;
  readonly none: boolean;
  /** The worker tried to submit without a choice. */
  readonly problem: string | null;
  /** What the worker typed to find a label. */
  readonly filter: string;
  readonly toggle: (category: string) => void;
  readonly toggleNone: () => void;
  readonly setFilter: (filter: string) => void;
}

const FILTER_FROM = 12;
const DIGIT_KEYS = 9;

export function renderCategoryList(list: CategoryList): TemplateResult {
  const { multiple, problem } = list;
  return html`<div class="section-title" id="categories-title">${multiple ? "Choose all that fit" : "Choose one"}</div>
    ${list.categories.length > FILTER_FROM ? renderFilter(list) : nothing}
    <div class="categories scroll" role=${multiple ? "group" : "radiogroup"} aria-labelledby="categories-title"
      aria-describedby=${problem === null ? nothing : "categories-problem"}>
      ${renderCategories(list)}${renderExclusion(list)}</div>
    ${problem === null ? nothing : html`<p class="problem" id="categories-problem" role="alert">${icon("warning", 14)}${problem}</p>`}`;
}

function renderFilter({ filter, setFilter }: CategoryList): TemplateResult {
  return html`<div class="filter"><input class="input" type="search" placeholder="Find a label" aria-label="Find a label"
    .value=${filter} @input=${(event: Event) => setFilter((event.target as HTMLInputElement).value)}></div>`;
}

function renderCategories({ categories, chosen, multiple, filter, toggle }: CategoryList): unknown {
  const wanted = filter.trim().toLowerCase();
  return categories.map((category, index) =>
    category.toLowerCase().includes(wanted)
      ? renderRow(category, chosen.includes(category), multiple, () => toggle(category), index < DIGIT_KEYS ? String(index + 1) : "")
      : nothing,
  );
}

function renderExclusion({ exclusion, none, multiple, toggleNone }: CategoryList): TemplateResult | typeof nothing {
  return exclusion === null ? nothing : html`<hr>${renderRow(exclusion, none, multiple, toggleNone, "N")}`;
}

function renderRow(name: string, checked: boolean, multiple: boolean, toggle: () => void, key: string): TemplateResult {
  return html`<button type="button" class="row category" role=${multiple ? "checkbox" : "radio"} aria-checked=${checked} title=${name}
    @click=${toggle}><span class="mark ${multiple ? "" : "round"}">${checked ? icon("success", 14) : nothing}</span>
    <span class="name">${name}</span>${key === "" ? nothing : html`<kbd aria-hidden="true">${key}</kbd>`}</button>`;
}

export const categoryListStyles = css`
  .category-picker-wrapper {
    display: flex;
    flex-direction: column;
    min-height: 0;
  }
  .categories {
    padding: 0 var(--tp-space-2) var(--tp-space-2);
  }
  .categories hr {
    margin: var(--tp-space-2);
    border: 0;
    border-top: 1px solid var(--tp-border);
  }
  .filter {
    margin: 0 var(--tp-space-3) var(--tp-space-2);
  }
  .category {
    padding-block: var(--tp-space-1);
  }
  .row.category .name {
    overflow-wrap: anywhere;
    white-space: normal;
  }
  .mark {
    display: grid;
    place-items: center;
    flex: none;
    width: 16px;
    height: 16px;
    border: 1px solid var(--tp-gray-500);
    border-radius: var(--tp-radius-sm);
    color: var(--tp-accent-700);
  }
  .mark.round {
    border-radius: 50%;
  }
  .category[aria-checked="true"] {
    background: var(--tp-accent-50);
    font-weight: var(--tp-weight-semibold);
    box-shadow: inset 0 0 0 1px var(--tp-accent-200);
  }
  .category[aria-checked="true"] .mark {
    border-color: transparent;
  }
  .category:focus-visible {
    box-shadow: inset 0 0 0 2px var(--tp-accent-500);
  }
  .problem {
    display: flex;
    gap: var(--tp-space-2);
    align-items: center;
    flex: none;
    margin: var(--tp-space-2) var(--tp-space-4);
    color: var(--tp-danger-600);
    font-size: var(--tp-text-sm);
  }
  @media ${NARROW} {
    aside.annotation-area {
      max-height: 46vh;
      overflow: auto;
      border-top: 1px solid var(--tp-border);
    }
    .filter .input {
      min-height: 44px;
      font-size: var(--tp-text-lg);
    }
  }
  @media ${SHORT} {
    aside.annotation-area {
      overflow: auto;
    }
  }
`;
