/** The look of the list of shapes: with a mouse its buttons come under the pointer, with a finger they are always there. */
import { css } from "lit";
import { NARROW, SHORT, SMALL } from "../ui/media.js";

export const shapeListStyles = css`
  .shapes-pane {
    display: flex;
    flex-direction: column;
    flex: 1;
    min-height: 0;
  }
  .suggestion {
    flex: none;
    padding: 0 var(--tp-space-1);
    border: 1px dashed var(--tp-border-strong, currentColor);
    border-radius: var(--tp-radius-sm);
    color: var(--tp-text-muted);
    font-size: var(--tp-text-xs);
    white-space: nowrap;
  }
  .shapes-title {
    border-top: 1px solid var(--tp-border);
  }
  .shapes {
    flex: 1;
    padding: 0 var(--tp-space-2) var(--tp-space-2);
  }
  .shape {
    padding-right: 2px;
  }
  .shape[data-selected] {
    background: var(--tp-accent-50);
  }
  .shape[data-selected] .tally {
    color: var(--tp-text-muted);
  }
  .shape .pick {
    display: flex;
    align-items: center;
    gap: var(--tp-space-2);
    flex: 1;
    min-width: 0;
    min-height: max(32px, var(--tp-hit));
    border-radius: var(--tp-radius-sm);
  }
  .shape {
    content-visibility: auto;
    contain-intrinsic-size: auto 32px;
  }
  .shape .delete:hover:not(:disabled) {
    background: var(--tp-danger-50);
    color: var(--tp-danger-600);
  }
  /* Never without a box, so that keyboards and screen readers find the buttons. */
  .shape .actions {
    display: flex;
    opacity: 0;
  }
  .shape:is(:hover, :focus-within) .actions {
    opacity: 1;
  }
  .shape[data-selected] .actions {
    position: static;
    background: none;
    opacity: 1;
  }
  @media (hover: hover) {
    .shape[data-selected]:not(:hover, :focus-within) .actions .icon-button:not(.delete) {
      display: none;
    }
  }
  .shape[data-selected]:is(:hover, :focus-within) .tally {
    display: none;
  }
  .shape-search {
    display: flex;
    flex: none;
    gap: var(--tp-space-1);
    margin: 0 var(--tp-space-3) var(--tp-space-2);
  }
  .shape-search .input {
    flex: 1;
    min-width: 0;
    padding: 4px 8px;
    font-size: var(--tp-text-sm);
  }
  .shape-search select {
    max-width: 50%;
    border: 1px solid var(--tp-border-strong);
    border-radius: var(--tp-radius-md);
    background: var(--tp-surface);
    color: var(--tp-text-muted);
    font: inherit;
    font-size: var(--tp-text-xs);
  }
  .state {
    display: inline-flex;
    color: var(--tp-text-faint);
  }
  .state.unlisted {
    color: var(--tp-danger-600);
  }
  .shape select {
    flex: 1;
    min-width: 0;
    height: calc(var(--tp-hit) - 4px);
    padding: 0 2px;
    border: 1px solid var(--tp-accent-200);
    border-radius: var(--tp-radius-sm);
    background: var(--tp-surface);
    color: inherit;
    font: inherit;
  }
  /* The choice of a label needs the room; the size is on the image too. */
  .shape:has(select):has(.suggestion) .tally {
    display: none;
  }
  @media (max-width: 1200px) {
    .shape:has(select) .tally {
      display: none;
    }
  }
  .none {
    margin: 0;
    padding: var(--tp-space-1) var(--tp-space-2);
    color: var(--tp-text-faint);
    font-size: var(--tp-text-sm);
  }
  .nothing {
    display: flex;
    align-items: center;
    flex: none;
    gap: var(--tp-space-2);
    min-height: 46px;
    padding: 0 var(--tp-space-3) 0 var(--tp-space-4);
    border-top: 1px solid var(--tp-border);
    font-size: var(--tp-text-sm);
    font-weight: var(--tp-weight-medium);
    cursor: pointer;
  }
  .nothing span {
    flex: 1;
  }
  .nothing.asked {
    background: var(--tp-warning-50);
    box-shadow: inset 0 0 0 1px var(--tp-warning-200);
  }
  /* A finger cannot hover. */
  @media (hover: none) {
    .shape .actions {
      position: static;
      background: none;
      opacity: 1;
    }
    .shape .actions .icon-button {
      width: 40px;
      height: 40px;
    }
    .shape:not([data-selected]) .actions .icon-button:not(.delete) {
      display: none;
    }
    .shape[data-selected] .tally {
      display: none;
    }
  }
  @media ${SMALL} {
    .shapes-pane:not(.open) {
      display: none;
    }
    .shape {
      content-visibility: visible;
    }
    .shape .icon-button {
      width: 44px;
      height: 44px;
    }
    .shape-search select {
      min-height: 44px;
      font-size: var(--tp-text-sm);
    }
    .shape-search .input {
      min-height: 44px;
      font-size: var(--tp-text-lg);
    }
    .shape select {
      height: 44px;
    }
    .nothing {
      min-height: 48px;
    }
  }
  @media ${NARROW} {
    .shapes-pane {
      max-height: 40vh;
    }
  }
  @media ${SHORT} {
    .labels-pane:has(+ .shapes-pane.open) {
      display: none;
    }
    .shapes-title {
      border-top: 0;
    }
  }
`;
