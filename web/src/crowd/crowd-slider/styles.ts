import { css } from "lit";

export const styles = css`
  :host {
    --thumb: 20px;
    display: block;
    max-width: 480px;
    margin-block: var(--tp-space-3);
  }
  .row {
    display: flex;
    gap: var(--tp-space-4);
  }
  .track {
    position: relative;
    flex: 1;
    min-width: 0;
  }
  input[type="range"] {
    appearance: none;
    display: block;
    width: 100%;
    height: var(--tp-hit);
    margin: 0;
    border-radius: var(--tp-radius-md);
    background: none;
    cursor: pointer;
  }
  /* The filled part ends under the middle of the thumb. */
  input::-webkit-slider-runnable-track {
    height: 6px;
    border-radius: 3px;
    background: linear-gradient(var(--tp-accent-600) 0 0) 0 / var(--filled) 100% no-repeat,
      linear-gradient(var(--secondary-colour) 0 0) 0 / var(--secondary) 100% no-repeat, var(--tp-border-strong);
  }
  input::-moz-range-track {
    height: 6px;
    border-radius: 3px;
    background: linear-gradient(var(--tp-accent-600) 0 0) 0 / var(--filled) 100% no-repeat,
      linear-gradient(var(--secondary-colour) 0 0) 0 / var(--secondary) 100% no-repeat, var(--tp-border-strong);
  }
  input::-webkit-slider-thumb {
    appearance: none;
    width: var(--thumb);
    height: var(--thumb);
    margin-top: -7px;
    border: 2px solid var(--tp-surface);
    border-radius: 50%;
    background: var(--tp-accent-600);
    box-shadow: 0 0 0 1px var(--tp-accent-600);
  }
  input::-moz-range-thumb {
    width: 16px;
    height: 16px;
    border: 2px solid var(--tp-surface);
    border-radius: 50%;
    background: var(--tp-accent-600);
    box-shadow: 0 0 0 1px var(--tp-accent-600);
  }
  /* No answer yet. */
  .unanswered input {
    --filled: 0% !important;
  }
  .unanswered input::-webkit-slider-thumb {
    background: var(--tp-surface);
  }
  .unanswered input::-moz-range-thumb {
    background: var(--tp-surface);
  }
  input[type="range"]:disabled {
    opacity: 0.5;
    cursor: default;
  }
  .pin {
    position: absolute;
    top: -24px;
    left: var(--at);
    padding: 1px 8px;
    border-radius: var(--tp-radius-sm);
    background: var(--tp-text);
    color: var(--tp-page);
    font-size: var(--tp-text-sm);
    font-variant-numeric: tabular-nums;
    transform: translateX(-50%);
    opacity: 0;
    pointer-events: none;
  }
  .track:is(:hover, :focus-within) .pin {
    opacity: 1;
  }
  .unanswered .pin {
    display: none;
  }
  .number {
    flex: none;
    line-height: var(--tp-hit);
    min-width: 3ch;
    text-align: right;
    font-variant-numeric: tabular-nums;
  }
  input.number {
    align-self: flex-start;
    height: var(--tp-hit);
    padding-block: 0;
    width: 9ch;
    padding-right: 4px;
  }
  .labels {
    position: relative;
    min-height: 1.5em;
    font-size: var(--tp-text-sm);
    color: var(--tp-text-muted);
  }
  .labels[hidden] {
    display: none;
  }
  ::slotted(crowd-slider-label) {
    position: absolute;
    /* Labels at the ends stay over the track; a short one is as wide as the thumb, and so under its middle. */
    left: calc(var(--share) * 100%);
    min-width: var(--thumb);
    transform: translateX(calc(var(--share) * -100%));
    text-align: center;
    cursor: pointer;
  }
  @media (forced-colors: active) {
    input[type="range"] {
      appearance: auto;
    }
    input[type="range"]:focus-visible {
      outline: 2px solid Highlight;
    }
    .pin {
      border: 1px solid;
    }
  }
`;
