/** The look of buttons, keys, fields and dialogs inside shadow roots: sheets for `static styles`. */
import { css } from "lit";
import { SMALL } from "./media.js";

export const base = css`
  :host {
    box-sizing: border-box;
    font: var(--tp-weight-normal) var(--tp-text-md) / var(--tp-leading) var(--tp-font);
    color: var(--tp-text);
    -webkit-font-smoothing: antialiased;
  }
  :host([hidden]) {
    display: none !important;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  .icon {
    display: block;
    flex: none;
  }
  .visually-hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    margin: -1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  :focus {
    outline: none;
  }
  /* With forced colours there are no shadows, and a transparent outline is visible. */
  :focus-visible {
    outline: 2px solid transparent;
    outline-offset: -2px;
    box-shadow: var(--tp-focus-ring);
  }
  @media (forced-colors: active) {
    :is([aria-pressed="true"], [aria-checked="true"]):not(:focus-visible) {
      outline: 2px solid Highlight;
      outline-offset: -2px;
    }
    :is([aria-pressed="true"], [aria-checked="true"]):focus-visible {
      outline: 5px double Highlight;
    }
  }
`;

export const buttons = css`
  button {
    font: inherit;
    color: inherit;
    margin: 0;
    padding: 0;
    border: 0;
    background: none;
    text-align: inherit;
    cursor: pointer;
    -webkit-tap-highlight-color: transparent;
  }
  button:disabled {
    cursor: default;
  }
  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: var(--tp-space-2);
    height: var(--tp-control-md);
    padding: 0 var(--tp-space-4);
    border-radius: var(--tp-radius-md);
    border: 1px solid var(--tp-border-strong);
    background: var(--tp-surface);
    box-shadow: var(--tp-shadow-sm);
    font-size: var(--tp-text-sm);
    font-weight: var(--tp-weight-medium);
    white-space: nowrap;
    transition: background var(--tp-duration) var(--tp-ease), border-color var(--tp-duration) var(--tp-ease);
  }
  .button:hover:not(:disabled) {
    background: var(--tp-surface-hover);
  }
  .button:active:not(:disabled) {
    background: var(--tp-surface-active);
  }
  .button:disabled {
    color: var(--tp-gray-400);
    box-shadow: none;
  }
  .button.primary {
    border-color: transparent;
    background: var(--tp-accent-600);
    color: #fff;
  }
  .button.primary:hover:not(:disabled) {
    background: var(--tp-accent-fill-hover);
  }
  .button.primary:disabled {
    background: var(--tp-gray-300);
    color: #fff;
  }
  .button.link {
    height: auto;
    padding: 0;
    border: 0;
    background: none;
    box-shadow: none;
    color: var(--tp-link);
  }
  .button.link:disabled {
    color: var(--tp-gray-400);
  }
  .button.link:hover:not(:disabled) {
    background: none;
    text-decoration: underline;
    text-underline-offset: 3px;
  }
  .icon-button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    flex: none;
    width: var(--tp-hit);
    height: var(--tp-hit);
    border-radius: var(--tp-radius-md);
    color: var(--tp-text-muted);
    transition: background var(--tp-duration) var(--tp-ease), color var(--tp-duration) var(--tp-ease);
  }
  .icon-button:hover:not(:disabled) {
    background: var(--tp-surface-hover);
    color: var(--tp-text);
  }
  .icon-button:disabled {
    color: var(--tp-gray-300);
  }
  .icon-button[aria-pressed="true"] {
    background: var(--tp-accent-50);
    color: var(--tp-accent-700);
  }
  :is(.button, .icon-button):focus-visible {
    box-shadow: var(--tp-focus-ring);
  }
  kbd {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    min-width: 20px;
    height: 20px;
    padding: 0 5px;
    border: 1px solid var(--tp-border-strong);
    border-bottom-width: 2px;
    border-radius: var(--tp-radius-sm);
    background: var(--tp-surface);
    color: var(--tp-text-muted);
    font: var(--tp-weight-medium) var(--tp-text-2xs) / 1 var(--tp-font);
  }
`;

export const fields = css`
  .field {
    display: flex;
    flex-direction: column;
    gap: var(--tp-space-1);
  }
  .label {
    font-size: var(--tp-text-sm);
    font-weight: var(--tp-weight-medium);
  }
  .required {
    color: var(--tp-danger-600);
  }
  .input {
    width: 100%;
    padding: 6px 10px;
    border: 1px solid var(--tp-border-strong);
    border-radius: var(--tp-radius-md);
    background: var(--tp-surface);
    color: var(--tp-text);
    font: inherit;
    transition: border-color var(--tp-duration) var(--tp-ease);
  }
  .input::placeholder {
    color: var(--tp-gray-400);
  }
  .input:hover:not(:disabled) {
    border-color: var(--tp-gray-400);
  }
  .input:focus {
    border-color: var(--tp-accent-500);
    box-shadow: 0 0 0 3px var(--tp-accent-100);
  }
  .input:disabled {
    background: var(--tp-surface-sunken);
    color: var(--tp-text-faint);
  }
  .input[aria-invalid="true"] {
    border-color: var(--tp-danger-600);
  }
  .problem {
    display: flex;
    align-items: center;
    gap: 6px;
    color: var(--tp-danger-600);
    font-size: var(--tp-text-sm);
  }
  .hint {
    color: var(--tp-text-faint);
    font-size: var(--tp-text-xs);
  }
  input[type="checkbox"],
  input[type="radio"] {
    flex: none;
    width: 16px;
    height: 16px;
    margin: 0;
    accent-color: var(--tp-accent-600);
  }
  input:is([type="checkbox"], [type="radio"]):focus-visible {
    border-radius: var(--tp-radius-sm);
  }
`;

export const dialogs = css`
  dialog {
    width: min(760px, calc(100vw - 48px));
    max-height: calc(100vh - 64px);
    padding: 0;
    border: 0;
    border-radius: var(--tp-radius-lg);
    background: var(--tp-surface-raised);
    color: inherit;
    box-shadow: var(--tp-shadow-lg);
  }
  dialog[open] {
    display: flex;
    flex-direction: column;
  }
  dialog::backdrop {
    background: rgb(23 27 35 / 0.4);
  }
  .dialog-head {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: var(--tp-space-4);
    padding: var(--tp-space-4) var(--tp-space-4) var(--tp-space-3) var(--tp-space-6);
    border-bottom: 1px solid var(--tp-border);
  }
  .dialog-head h2 {
    margin: 0;
    font-size: var(--tp-text-lg);
    font-weight: var(--tp-weight-semibold);
    line-height: var(--tp-leading-tight);
  }
  .dialog-body {
    padding: var(--tp-space-5) var(--tp-space-6) var(--tp-space-6);
    overflow: auto;
  }
  .dialog-body:focus-visible {
    box-shadow: none;
  }
  @media ${SMALL} {
    dialog {
      width: calc(100vw - 16px);
      max-width: none;
      max-height: calc(100dvh - 16px);
    }
    .dialog-head {
      padding: var(--tp-space-1) var(--tp-space-1) var(--tp-space-1) var(--tp-space-4);
    }
    .dialog-body {
      padding: var(--tp-space-4);
    }
  }
`;
