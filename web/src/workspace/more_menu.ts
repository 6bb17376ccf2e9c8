/**
 * The "…" menu: what the tool bar of a small window has no room for, and what without a keyboard has no other way. Its
 * entries have names, because a finger sees no tooltips.
 */
import { css, html, nothing, type TemplateResult } from "lit";
import { t } from "../language/index.js";
import { icon, type IconName } from "../ui/icons.js";
import { SMALL } from "../ui/media.js";
import { keepEscape, placePopover } from "./popover.js";

export interface MenuEntry {
  readonly label: string;
  readonly icon?: IconName | undefined;
  /** Of a switch: it is on. */
  readonly pressed?: boolean | undefined;
  readonly run: () => void;
}

/** The commands that a finger finds nowhere else, in this order. */
export const MENU_COMMANDS: readonly string[] = [
  "select-all", "delete-all", "accept", "next-suggestion", "duplicate", "copy", "cut", "paste", "paste-previous", "raise", "lower",
  "hide", "solo", "hide-all", "tags", "lock", "lock-all", "zoom-to-selection", "actual-size", "redo",
];

export function renderMoreMenu(entries: readonly MenuEntry[], disabled: boolean): TemplateResult {
  return html`<button class="icon-button more-button" title=${t("More tools")} aria-label=${t("More tools")} popovertarget="more-menu"
      ?disabled=${disabled}>${icon("more")}</button>
    <div id="more-menu" popover role="menu" aria-label=${t("More tools")} @toggle=${placePopover} @keydown=${keepEscape}>
      ${disabled ? nothing : entries.map(renderEntry)}</div>`;
}

function renderEntry({ label, icon: name, pressed, run }: MenuEntry): TemplateResult {
  const choose = (event: Event): void => {
    (event.currentTarget as HTMLElement).closest<HTMLElement>("[popover]")?.hidePopover();
    run();
  };
  return html`<button role=${pressed === undefined ? "menuitem" : "menuitemcheckbox"} aria-checked=${pressed ?? nothing} @click=${choose}>
    ${name === undefined ? html`<span class="no-icon"></span>` : icon(name)}<span>${label}</span></button>`;
}

export const moreMenuStyles = css`
  .more-button {
    display: none;
  }
  #more-menu {
    position: fixed;
    width: max-content;
    max-width: min(340px, calc(100vw - 12px));
    max-height: min(70vh, 560px);
    margin: 0;
    padding: var(--tp-space-1);
    overflow-y: auto;
    border: 1px solid var(--tp-border);
    border-radius: var(--tp-radius-lg);
    background: var(--tp-surface);
    color: var(--tp-text);
    box-shadow: var(--tp-shadow-md);
  }
  #more-menu button {
    display: flex;
    align-items: center;
    gap: var(--tp-space-3);
    width: 100%;
    min-height: 44px;
    padding: var(--tp-space-1) var(--tp-space-3);
    border-radius: var(--tp-radius-md);
    font-size: var(--tp-text-sm);
    text-align: start;
  }
  #more-menu button:is(:hover, :focus-visible) {
    background: var(--tp-surface-hover);
  }
  #more-menu [aria-checked="true"] {
    background: var(--tp-accent-50);
    color: var(--tp-accent-700);
  }
  #more-menu .no-icon {
    flex: none;
    width: 16px;
  }
  @media (hover: none) {
    .more-button {
      display: inline-flex;
    }
  }
  @media ${SMALL} {
    .more-button {
      display: inline-flex;
    }
    .tools .options,
    .mask-controls .switches {
      display: none;
    }
  }
`;
