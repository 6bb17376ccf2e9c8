/** The look of the workspace as a whole: bar, panes, stage and lists in a grid, and the rows of the lists. */
import { css } from "lit";
import { NARROW, SHORT, SMALL } from "../ui/media.js";

export const layoutStyles = css`
  :host {
    display: grid;
    grid: "bar bar bar" auto "left controls right" auto "left stage right" minmax(0, 1fr) / auto minmax(0, 1fr) auto;
    height: clamp(480px, 82vh, 900px);
    margin-block: var(--tp-space-4);
    overflow: hidden;
    border: 1px solid var(--tp-border);
    border-radius: var(--tp-radius-lg);
    background: var(--tp-surface);
  }
  /* The whole task: the form gives the frame's height. */
  :host([fills]) {
    flex: 1;
    height: auto;
    min-height: 0;
    margin: 0;
    border: 0;
    border-radius: 0;
  }
  tp-image-stage {
    grid-area: stage;
  }
  aside {
    display: flex;
    flex-direction: column;
    min-height: 0;
    background: var(--tp-surface);
  }
  aside[hidden] {
    display: none;
  }
  aside.left {
    grid-area: left;
    width: clamp(196px, 19vw, 272px);
    border-right: 1px solid var(--tp-border);
  }
  aside.right {
    grid-area: right;
    width: clamp(204px, 18vw, 256px);
    border-left: 1px solid var(--tp-border);
  }
  button {
    touch-action: manipulation;
  }
  @media ${SMALL} {
    :host(:not([fills])) {
      height: clamp(300px, 86vh, 900px);
    }
    /* The instructions cover the image until they are closed. */
    aside.left {
      grid-area: stage;
      z-index: 2;
      width: auto;
      border: 0;
    }
    aside kbd {
      display: none;
    }
  }
  @media ${NARROW} {
    :host {
      grid: "heading" auto "stage" minmax(0, 1fr) "controls" auto "tools" auto "right" auto / minmax(0, 1fr);
    }
    aside.right {
      width: auto;
      border: 0;
    }
  }
  @media ${SHORT} {
    :host {
      grid: "bar bar" auto "controls right" auto "stage right" minmax(0, 1fr) / minmax(0, 1fr) 208px;
    }
    aside.right {
      width: auto;
    }
    /* The form's footer with its button is below the labels, so that the image gets the whole height. */
    :host([fills]) aside.right {
      padding-bottom: 60px;
    }
  }
  .section-title {
    display: flex;
    align-items: center;
    flex: none;
    gap: var(--tp-space-2);
    height: 38px;
    padding: 0 var(--tp-space-2) 0 var(--tp-space-4);
    color: var(--tp-text-muted);
    font-size: var(--tp-text-xs);
    font-weight: var(--tp-weight-semibold);
  }
  .section-title .count {
    margin-left: auto;
    padding-right: var(--tp-space-2);
    color: var(--tp-text-faint);
    font-weight: var(--tp-weight-medium);
    font-variant-numeric: tabular-nums;
  }
  .scroll {
    min-height: 0;
    overflow: auto;
    overscroll-behavior: contain;
    scrollbar-width: thin;
    scrollbar-color: var(--tp-gray-300) transparent;
  }
  .row {
    position: relative;
    display: flex;
    align-items: center;
    gap: var(--tp-space-2);
    width: 100%;
    min-height: max(32px, var(--tp-hit));
    padding: 0 var(--tp-space-2);
    border-radius: var(--tp-radius-md);
    font-size: var(--tp-text-sm);
  }
  .row:hover {
    background: var(--tp-surface-hover);
  }
  .row:focus-visible,
  .row :focus-visible {
    box-shadow: inset 0 0 0 2px var(--tp-accent-500);
  }
  .row .name {
    flex: 1;
    min-width: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .row .tally {
    color: var(--tp-text-faint);
    font-size: var(--tp-text-xs);
    font-variant-numeric: tabular-nums;
  }
  .swatch {
    flex: none;
    width: 12px;
    height: 12px;
    border-radius: 3px;
    box-shadow: inset 0 0 0 1px rgb(0 0 0 / 0.14);
    forced-color-adjust: none;
  }
  .setup-problem {
    grid-area: 1 / 1 / -1 / -1;
    align-self: start;
    margin: var(--tp-space-6);
    padding: var(--tp-space-4);
    border: 1px solid var(--tp-danger-200);
    border-radius: var(--tp-radius-md);
    background: var(--tp-danger-50);
  }
`;
