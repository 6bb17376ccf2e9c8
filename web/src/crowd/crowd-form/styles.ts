import { css } from "lit";
import { NARROW, SHORT, SMALL } from "../../ui/media.js";

export const styles = css`
  :host {
    display: block;
  }
  form {
    display: flex;
    flex-direction: column;
    min-height: 100vh;
    margin: 0;
  }
  /* Below what scripts append to the form. */
  form > footer {
    order: 1;
  }
  .content {
    flex: 1;
    width: 100%;
    max-width: 1080px;
    margin: 0 auto;
    padding: var(--tp-space-6);
  }
  /* A widget that is the whole task gets the whole frame. */
  :host([workspace]) form {
    height: 100vh;
    min-height: 480px;
  }
  :host([workspace]) .content {
    display: flex;
    flex-direction: column;
    min-height: 0;
    max-width: none;
    padding: 0;
  }
  .short {
    margin-bottom: var(--tp-space-4);
    padding: var(--tp-space-4);
    border: 1px solid var(--tp-border);
    border-radius: var(--tp-radius-md);
    background: var(--tp-surface);
  }
  .short[hidden] {
    display: none;
  }
  footer {
    position: sticky;
    bottom: 0;
    z-index: 2;
    display: flex;
    align-items: center;
    justify-content: flex-end;
    gap: var(--tp-space-3);
    flex: none;
    min-height: 54px;
    padding: var(--tp-space-2) var(--tp-space-4);
    border-top: 1px solid var(--tp-border);
    background: var(--tp-surface);
  }
  .message {
    display: flex;
    align-items: center;
    gap: var(--tp-space-2);
    margin-right: auto;
    color: var(--tp-danger-600);
    font-size: var(--tp-text-sm);
    font-weight: var(--tp-weight-medium);
  }
  .message.done {
    color: var(--tp-success-600);
  }
  .key-hint {
    display: inline-flex;
    align-items: center;
    gap: 6px;
    color: var(--tp-text-faint);
    font-size: var(--tp-text-xs);
  }
  pre {
    margin: 0;
    padding: var(--tp-space-4);
    overflow: auto;
    border-radius: var(--tp-radius-md);
    background: var(--tp-surface-sunken);
    font: var(--tp-text-xs) / 1.5 var(--tp-font-mono);
  }
  @media ${SMALL} {
    :host([workspace]) form {
      position: relative;
      height: 100dvh;
      min-height: 280px;
    }
    .content {
      padding: var(--tp-space-4);
    }
    .key-hint {
      display: none;
    }
  }
  @media ${NARROW} {
    footer {
      flex-wrap: wrap;
      gap: var(--tp-space-2) 0;
      padding: var(--tp-space-2);
    }
    .message:has(*) {
      flex: 1 0 100%;
    }
    footer crowd-button {
      flex: 1;
    }
    footer crowd-button::part(base) {
      width: 100%;
    }
  }
  /* Below the labels of the image element, which leaves room for it. */
  @media ${SHORT} {
    :host([workspace]) footer {
      position: absolute;
      right: 0;
      bottom: 0;
      flex-direction: column;
      align-items: stretch;
      gap: var(--tp-space-2);
      width: 208px;
      min-height: 60px;
      border-left: 1px solid var(--tp-border);
    }
    :host([workspace]) footer crowd-button::part(base) {
      width: 100%;
    }
    /* Over the image: above the button it would cover what is to be ticked. */
    :host([workspace]) .message:has(*) {
      position: absolute;
      right: calc(100% + var(--tp-space-2));
      bottom: var(--tp-space-2);
      width: max-content;
      max-width: calc(100vw - 208px - 16px);
      margin: 0;
      padding: var(--tp-space-2) var(--tp-space-3);
      border-radius: var(--tp-radius-md);
      background: var(--tp-surface);
      box-shadow: var(--tp-shadow-md);
    }
  }
  .explain {
    margin: 0 0 var(--tp-space-3);
    color: var(--tp-text-muted);
  }
`;
