/** The list of labels, from which the worker chooses the one for the next shape, and hides or locks all shapes of one. */
import { css, type CSSResultGroup, html, nothing, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import { repeat } from "lit/directives/repeat.js";
import { t } from "../language/index.js";
import { icon } from "../ui/icons.js";
import { NARROW, SHORT, SMALL } from "../ui/media.js";
import type { LabelStyle } from "../ui/palette.js";
import { renderSwatch } from "../ui/swatch.js";
import { ALL_ARROWS, moveFocus } from "./arrow_focus.js";
import { type LabelSearch, labelSearchStyles } from "./label_search.js";

/** Hides and locks all shapes of a label. */
export interface LabelMarks {
  readonly isHidden: (label: string) => boolean;
  readonly isLocked: (label: string) => boolean;
  readonly hide: (label: string) => void;
  readonly lock: (label: string) => void;
}

export interface LabelList {
  readonly labels: readonly string[];
  readonly chosen: string;
  /** What is shown for a label; without it the label itself. */
  readonly nameOf?: (label: string) => string;
  readonly search: LabelSearch;
  /** The key that moves the focus to the search. */
  readonly searchKey: string;
  /** Null where the shapes, not the labels, have colours. */
  readonly styleOf: (label: string) => LabelStyle | null;
  /** How many shapes have each label. */
  readonly tallies: ReadonlyMap<string, number>;
  readonly keyOf: (index: number) => string | null;
  readonly choose: (label: string) => void;
  /** Absent where labels are not hidden and locked. */
  readonly marks?: LabelMarks;
  /** Changes whenever a label is hidden, locked, or has another key. */
  readonly version: unknown;
  /** In a narrow window: all labels are shown, not a strip of them. */
  readonly isOpen: boolean;
  readonly isStrip: boolean;
  readonly toggle: () => void;
}

/** A strip of more labels needs a way to show all of them. */
const OPENS_FROM_LABELS = 4;

export function renderLabelList(list: LabelList): TemplateResult {
  const { labels, chosen, search, searchKey, tallies, version, isOpen, isStrip } = list;
  const filter = isStrip ? "" : search.filter;
  return html`<div class="labels-pane ${isOpen ? "open" : ""}"><div class="section-title" id="labels-title">${t("Labels")}</div>
    ${search.isOfUse(labels) ? search.render(labels, searchKey) : nothing}
    <div class="labels scroll" role="radiogroup" aria-labelledby="labels-title" @keydown=${(event: KeyboardEvent) => moveFocus(event, ".label", ALL_ARROWS)}>${guard(
      [labels, chosen, filter, search.active(labels), tallies, version],
      () => renderLabels(list, filter),
    )}</div>
    ${labels.length >= OPENS_FROM_LABELS ? renderOpener(list) : nothing}</div>`;
}

/** Scrolls the list to the chosen label. */
export function showChosenLabel(root: ParentNode): void {
  root.querySelector(".label[aria-checked=true]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function renderOpener({ isOpen, toggle }: LabelList): TemplateResult {
  return html`<button class="icon-button opener" title=${t("All labels")} aria-label=${t("All labels")} aria-expanded=${isOpen}
    @click=${toggle}>${icon(isOpen ? "down" : "up")}</button>`;
}

function renderLabels(list: LabelList, filter: string): unknown {
  const { labels, search } = list;
  const places = new Map(labels.map((label, index) => [label, index]));
  const shown = filter === "" ? labels : search.found(labels);
  if (shown.length === 0) return html`<p class="none">${t("No label has “{{text}}” in its name.", { text: filter })}</p>`;
  const stop = shown.includes(list.chosen) ? list.chosen : shown[0];
  return repeat(shown, (label) => label, (label) => renderLabel(list, label, places.get(label) ?? 0, label === stop));
}

function renderLabel(list: LabelList, label: string, index: number, isStop: boolean): TemplateResult {
  const { chosen, search, styleOf, tallies, keyOf, choose, marks, labels } = list;
  const name = list.nameOf?.(label) ?? label;
  const tally = tallies.get(label) ?? 0;
  const key = keyOf(index);
  const style = styleOf(label);
  const [hidden, locked] = [marks?.isHidden(label) ?? false, marks?.isLocked(label) ?? false];
  return html`<div class="label-line ${hidden ? "off" : ""}"><button class="row label" role="radio" aria-checked=${label === chosen} tabindex=${isStop ? 0 : -1}
      title=${name} ?data-active=${label === search.active(labels)} @click=${() => choose(label)}>
      ${style === null ? nothing : renderSwatch(style)}
      <span class="name">${name}</span>
      ${hidden ? html`<span class="state" title=${t("Hidden")}>${icon("hidden", 13)}</span>` : nothing}
      ${locked ? html`<span class="state" title=${t("Locked")}>${icon("lock", 13)}</span>` : nothing}
      ${tally > 0 ? html`<span class="tally" title=${t("{{number}} drawn", { number: tally })}>${tally}</span>` : nothing}
      ${key === null ? nothing : html`<kbd>${key}</kbd>`}</button>
    ${tally > 0 && marks !== undefined ? renderActions(marks, label, hidden, locked) : nothing}</div>`;
}

function renderActions({ hide, lock }: LabelMarks, label: string, hidden: boolean, locked: boolean): TemplateResult {
  const hides = hidden ? t("Show {{label}}", { label }) : t("Hide {{label}}", { label });
  const locks = locked ? t("Unlock {{label}}", { label }) : t("Lock {{label}}", { label });
  return html`<span class="actions">
    <button class="icon-button" tabindex="-1" title=${hides} aria-label=${hides} @click=${() => hide(label)}>${icon(hidden ? "hidden" : "eye", 15)}</button>
    <button class="icon-button" tabindex="-1" title=${locks} aria-label=${locks} @click=${() => lock(label)}>${icon(locked ? "lock" : "unlock", 15)}</button></span>`;
}

export const labelListStyles: CSSResultGroup = [labelSearchStyles, css`
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
  .label-line {
    position: relative;
    border-radius: var(--tp-radius-md);
    content-visibility: auto;
    contain-intrinsic-size: auto 32px;
  }
  .off .name {
    color: var(--tp-text-muted);
  }
  .actions {
    position: absolute;
    top: 0;
    right: 2px;
    bottom: 0;
    display: none;
    align-items: center;
    background: var(--tp-surface-hover);
    border-radius: var(--tp-radius-md);
  }
  .actions .icon-button {
    width: 26px;
    height: 26px;
  }
  @media (hover: hover) {
    .label-line:hover .actions {
      display: flex;
    }
  }
  /* A finger cannot hover, and has no keys. */
  @media (hover: none) {
    .label-line {
      display: flex;
      align-items: center;
    }
    .label-line .row {
      flex: 1;
      min-width: 0;
    }
    .label-line kbd {
      display: none;
    }
    .label-line .actions {
      position: static;
      display: flex;
      background: none;
    }
    .label-line .actions .icon-button {
      width: 40px;
      height: 40px;
    }
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
    .label-line {
      content-visibility: visible;
    }
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
    /* The strip has room for the names only. */
    .labels-pane:not(.open) .label-line .actions,
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
    .label-line {
      flex: none;
    }
    .labels .row {
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
`];
