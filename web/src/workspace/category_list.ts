/** The list of labels from which the worker chooses the answer: one, or several. */
import { css, html, nothing, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import { repeat } from "lit/directives/repeat.js";
import { t } from "../language/index.js";
import { icon } from "../ui/icons.js";
import { NARROW, SHORT } from "../ui/media.js";
import { moveFocus, UP_AND_DOWN } from "./arrow_focus.js";
import type { Keys } from "./keys.js";
import type { LabelSearch } from "./label_search.js";

export interface CategoryList {
  readonly categories: readonly string[];
  readonly chosen: readonly string[];
  readonly multiple: boolean;
  /** The text of the category for objects that no label fits; null without one. */
  readonly exclusion: string | null;
  readonly none: boolean;
  /** The worker tried to submit without a choice. */
  readonly problem: string | null;
  readonly search: LabelSearch;
  readonly keys: Keys;
  readonly toggle: (category: string) => void;
  readonly toggleNone: () => void;
}

interface Row {
  readonly name: string;
  readonly checked: boolean;
  readonly multiple: boolean;
  readonly key: string;
  /** Enter in the search takes it. */
  readonly active?: boolean;
  /** The list of one choice is one stop of the Tab key. */
  readonly isStop: boolean;
  readonly toggle: () => void;
}

export function renderCategoryList(list: CategoryList): TemplateResult {
  const { categories, chosen, multiple, problem, search, keys } = list;
  return html`<div class="section-title"><span id="categories-title">${multiple ? t("Choose all that fit") : t("Choose one")}</span>
      ${multiple && chosen.length > 0 ? html`<span class="count">${t("{{number}} chosen", { number: chosen.length })}</span>` : nothing}</div>
    ${search.isOfUse(categories) ? search.render(categories, keys.first("find-label")) : nothing}
    <div class="categories scroll" role=${multiple ? "group" : "radiogroup"} aria-labelledby="categories-title"
      aria-describedby=${problem === null ? nothing : "categories-problem"} @keydown=${(event: KeyboardEvent) => moveFocus(event, ".category", UP_AND_DOWN)}>
      ${guard([categories, chosen, list.none, search.filter, search.active(categories), keys.version], () => renderCategories(list))}
      ${renderExclusion(list)}</div>
    ${problem === null ? nothing : html`<p class="problem" id="categories-problem" role="alert">${icon("warning", 14)}${problem}</p>`}`;
}

function renderCategories({ categories, chosen, none, multiple, search, keys, toggle }: CategoryList): unknown {
  const checked = new Set(chosen);
  const places = new Map(categories.map((category, index) => [category, index]));
  const found = search.found(categories);
  const active = search.active(categories);
  const stop = found.find((name) => checked.has(name)) ?? (none ? undefined : found[0]);
  if (found.length === 0 && categories.length > 0) return html`<p class="none">${t("No label has “{{text}}” in its name.", { text: search.filter })}</p>`;
  return repeat(found, (name) => name, (name) =>
    renderRow({
      name,
      checked: checked.has(name),
      multiple,
      key: keys.ofLabel(places.get(name) ?? 0) ?? "",
      active: name === active,
      isStop: multiple || name === stop,
      toggle: () => toggle(name),
    }),
  );
}

function renderExclusion({ exclusion, none, multiple, keys, toggleNone }: CategoryList): TemplateResult | typeof nothing {
  if (exclusion === null) return nothing;
  return html`<hr>${renderRow({ name: exclusion, checked: none, multiple, key: keys.first("nothing"), isStop: true, toggle: toggleNone })}`;
}

function renderRow({ name, checked, multiple, key, active, isStop, toggle }: Row): TemplateResult {
  return html`<button type="button" class="row category" role=${multiple ? "checkbox" : "radio"} aria-checked=${checked} title=${name}
    ?data-active=${active ?? false} tabindex=${isStop ? 0 : -1} @click=${toggle}><span class="mark ${multiple ? "" : "round"}">${checked && multiple ? icon("tick", 14) : nothing}</span>
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
  .category {
    content-visibility: auto;
    contain-intrinsic-size: auto 32px;
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
    color: var(--tp-on-fill);
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
    border-color: var(--tp-accent-600);
    background: var(--tp-accent-600);
  }
  /* The border is the disc, so that forced colours show it, too. */
  .category[aria-checked="true"] .mark.round {
    border-width: 5px;
    background: var(--tp-on-fill);
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
