/** The look of the text and of what is drawn around it. */
import { css } from "lit";
import { NARROW, SMALL } from "../../ui/media.js";

export const textStyles = css`
  .text-stage {
    grid-area: stage;
    position: relative;
    display: flex;
    flex-direction: column;
    min-width: 0;
    min-height: 0;
    background: var(--tp-surface);
  }
  .surface {
    flex: 1;
    overflow-y: scroll;
    overflow-x: hidden;
    cursor: text;
    user-select: none;
    -webkit-user-select: none;
    -webkit-touch-callout: none;
    touch-action: pan-y;
  }
  .surface:focus-visible {
    box-shadow: inset 0 0 0 1px var(--tp-accent-500);
  }
  .page {
    position: relative;
    max-width: 76ch;
    margin: 0 auto;
    padding: var(--tp-space-6) var(--tp-space-8) 30vh;
    font-size: var(--text-size, 16px);
  }
  .paper {
    position: relative;
  }
  .lines {
    position: relative;
    line-height: 2.5;
    overflow-wrap: anywhere;
    white-space: pre-wrap;
    tab-size: 4;
  }
  .line {
    min-height: 1lh;
    text-align: start;
  }
  .layer {
    position: absolute;
    top: 0;
    left: 0;
    width: 0;
    height: 0;
    pointer-events: none;
  }
  .layer > * {
    position: absolute;
  }
  .tint {
    border-radius: 3px 3px 0 0;
    background: color-mix(in srgb, var(--label) 16%, transparent);
  }
  .tint.hovered {
    background: color-mix(in srgb, var(--label) 28%, transparent);
  }
  .tint.selected {
    background: color-mix(in srgb, var(--label) 34%, transparent);
    box-shadow: 0 0 0 1px var(--label);
  }
  .underline {
    background: var(--label);
  }
  .underline.dashed {
    background: repeating-linear-gradient(90deg, var(--label) 0 5px, transparent 5px 8px);
  }
  .tag {
    min-width: 8px;
    padding: 0 4px;
    overflow: hidden;
    border-radius: 0 0 3px 3px;
    font-size: 10px;
    font-weight: var(--tp-weight-semibold);
    text-overflow: ellipsis;
    white-space: nowrap;
    cursor: pointer;
    pointer-events: auto;
  }
  .tag.shown {
    z-index: 1;
    max-width: 240px !important;
    box-shadow: 0 0 0 1px var(--tp-surface);
  }
  .marked {
    background: color-mix(in srgb, var(--tp-accent-500) 30%, transparent);
  }
  .found {
    border-radius: 2px;
    background: color-mix(in srgb, #f0a000 45%, transparent);
    box-shadow: 0 0 0 1px #b47800;
  }
  .caret {
    width: 2px;
    margin-left: -1px;
    background: var(--tp-accent-600);
  }
  .surface:not(:focus) .caret {
    display: none;
  }
  .handle {
    width: 12px;
    margin-left: -6px;
    cursor: col-resize;
    pointer-events: auto;
    touch-action: none;
  }
  .handle::before {
    content: "";
    position: absolute;
    inset: 0 5px;
    background: var(--label);
  }
  .handle::after {
    content: "";
    position: absolute;
    left: 2px;
    width: 8px;
    height: 8px;
    border: 1px solid var(--tp-surface);
    border-radius: 50%;
    background: var(--label);
  }
  .handle.start::after {
    top: -5px;
  }
  .handle.end::after {
    bottom: -5px;
  }
  .marking :is(.tag, .handle) {
    pointer-events: none;
  }
  .size {
    display: grid;
    place-items: center;
    min-width: 32px;
  }
  .toast-place {
    z-index: 3;
  }
  .find {
    display: flex;
    align-items: center;
    flex: none;
    gap: var(--tp-space-1);
    padding: var(--tp-space-2) var(--tp-space-3);
    border-bottom: 1px solid var(--tp-border);
  }
  .find .input {
    flex: 1;
    min-width: 0;
    max-width: 320px;
    padding: 4px 8px;
  }
  .find .count {
    min-width: 64px;
    padding: 0 var(--tp-space-1);
    color: var(--tp-text-muted);
    font-size: var(--tp-text-xs);
    font-variant-numeric: tabular-nums;
  }
  .find .close {
    margin-left: auto;
  }
  ::highlight(tp-found) {
    background: rgb(240 160 0 / 0.3);
  }
  @media (pointer: coarse) {
    .handle {
      width: 36px;
      margin-left: -18px;
    }
    .handle::before {
      inset: 0 17px;
    }
    .handle::after {
      left: 11px;
      width: 14px;
      height: 14px;
    }
    .handle.start::after {
      top: -12px;
    }
    .handle.end::after {
      bottom: -12px;
    }
  }
  @media ${SMALL} {
    .page {
      padding: var(--tp-space-4) var(--tp-space-4) 30vh;
    }
    .find .input {
      min-height: 44px;
      font-size: var(--tp-text-lg);
    }
    .find .count {
      min-width: 48px;
    }
  }
  @media ${NARROW} {
    .zoom-tools {
      display: none;
    }
    .find .button {
      padding: 0 var(--tp-space-2);
    }
  }
  @media (forced-colors: active) {
    .tint,
    .underline,
    .tag,
    .caret,
    .marked,
    .found,
    .handle {
      forced-color-adjust: none;
    }
  }
`;
