import { css } from "lit";
import { SMALL } from "../../ui/media.js";

export const styles = css`
  :host {
    display: inline-block;
  }
  .page {
    padding-top: var(--tp-space-4);
  }
  [hidden] {
    display: none !important;
  }
  ::slotted(:is(short-summary, detailed-instructions)) {
    display: block;
  }
  .examples {
    display: grid;
    grid-auto-columns: 1fr;
    grid-auto-flow: column;
    gap: var(--tp-space-4);
  }
  section {
    padding: var(--tp-space-3) var(--tp-space-4);
    border: 1px solid var(--tp-border);
    border-top: 3px solid var(--ink);
    border-radius: var(--tp-radius-md);
  }
  .good {
    --ink: var(--tp-success-600);
  }
  .bad {
    --ink: var(--tp-danger-600);
  }
  h3 {
    display: flex;
    align-items: center;
    gap: var(--tp-space-2);
    margin: 0;
    color: var(--ink);
    font-size: var(--tp-text-md);
  }
  ::slotted(:is(positive-example, negative-example)) {
    display: block;
    margin-top: var(--tp-space-3);
    overflow-wrap: anywhere;
  }
  @media ${SMALL} {
    .examples {
      grid-auto-flow: row;
    }
  }
`;
