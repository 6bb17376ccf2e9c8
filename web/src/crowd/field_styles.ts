/** The place of a field among the other content of a template. */
import { css } from "lit";

export const fieldHost = css`
  :host {
    display: block;
    margin-block: var(--tp-space-3);
  }
`;

export const choiceHost = css`
  :host {
    display: inline-flex;
    margin: var(--tp-space-1) var(--tp-space-4) var(--tp-space-1) 0;
    vertical-align: middle;
  }
  label {
    display: inline-flex;
    align-items: center;
    gap: var(--tp-space-2);
    cursor: pointer;
  }
  @media (pointer: coarse), (max-width: 860px) {
    label {
      min-height: var(--tp-hit);
    }
  }
  :host([disabled]) label {
    color: var(--tp-text-faint);
    cursor: default;
  }
  .problem {
    margin-left: var(--tp-space-2);
  }
`;
