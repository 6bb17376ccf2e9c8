import { css } from "lit";
import { NARROW } from "../../ui/media.js";

export const styles = css`
  aside.right {
    width: clamp(260px, 28vw, 380px);
  }
  @media ${NARROW} {
    aside.right {
      width: auto;
      max-height: 46vh;
      border-top: 1px solid var(--tp-border);
    }
  }
  .pairs {
    flex: 1;
    margin: 0;
    padding: 0 var(--tp-space-3) var(--tp-space-3);
    list-style: none;
  }
  .pair {
    display: grid;
    gap: var(--tp-space-2);
    margin-bottom: var(--tp-space-3);
    padding: var(--tp-space-3);
    border: 1px solid var(--tp-border);
    border-radius: var(--tp-radius-md);
  }
  .pair.current {
    border-color: var(--tp-accent-500);
    box-shadow: inset 0 0 0 1px var(--tp-accent-500);
  }
  .pair.open {
    border-color: var(--tp-danger-600);
  }
  .key {
    font-weight: var(--tp-weight-semibold);
    overflow-wrap: anywhere;
  }
  fieldset {
    display: flex;
    flex-wrap: wrap;
    gap: 0 var(--tp-space-4);
    margin: 0;
    padding: 0;
    border: 0;
  }
  .pair fieldset label,
  .blank {
    display: inline-flex;
    align-items: center;
    gap: var(--tp-space-2);
    min-height: var(--tp-hit);
  }
  .bar .heading h1 {
    white-space: normal;
  }
`;
