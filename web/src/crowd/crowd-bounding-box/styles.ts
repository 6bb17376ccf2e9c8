import { css } from "lit";

export const styles = css`
  :host {
    display: flex;
    flex-direction: column;
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
  .bar {
    display: flex;
    align-items: center;
    flex: none;
    gap: var(--tp-space-3);
    min-height: 46px;
    padding: 0 var(--tp-space-3);
    border-bottom: 1px solid var(--tp-border);
  }
  .bar h1 {
    flex: 1;
    min-width: 0;
    margin: 0;
    overflow: hidden;
    font-size: var(--tp-text-md);
    font-weight: var(--tp-weight-semibold);
    line-height: var(--tp-leading-tight);
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .tools {
    display: flex;
    align-items: center;
    gap: 2px;
  }
  .tools .gap {
    width: 1px;
    height: 18px;
    margin: 0 var(--tp-space-2);
    background: var(--tp-border);
  }
  .zoom {
    min-width: 50px;
    height: 30px;
    padding: 0 6px;
    border-radius: var(--tp-radius-md);
    color: var(--tp-text-muted);
    font-size: var(--tp-text-xs);
    font-variant-numeric: tabular-nums;
    text-align: center;
  }
  .zoom:hover:not(:disabled) {
    background: var(--tp-surface-hover);
    color: var(--tp-text);
  }
  .panes {
    display: flex;
    flex: 1;
    min-height: 0;
  }
  tp-image-stage {
    flex: 1;
  }
  aside {
    display: flex;
    flex-direction: column;
    flex: none;
    min-height: 0;
    background: var(--tp-surface);
  }
  aside[hidden] {
    display: none;
  }
  aside.left {
    width: clamp(196px, 19vw, 272px);
    border-right: 1px solid var(--tp-border);
  }
  aside.right {
    width: clamp(204px, 18vw, 256px);
    border-left: 1px solid var(--tp-border);
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
  .instructions {
    flex: 1;
    padding: var(--tp-space-1) var(--tp-space-4) var(--tp-space-4);
    color: var(--tp-text);
  }
  .full {
    flex: none;
    padding: var(--tp-space-3) var(--tp-space-4);
    border-top: 1px solid var(--tp-border);
  }
  .full .button {
    width: 100%;
    padding: 0 var(--tp-space-2);
  }
  @media (max-width: 1200px) {
    .full .button .icon {
      display: none;
    }
  }
  .labels {
    flex: none;
    max-height: 45%;
    padding: 0 var(--tp-space-2) var(--tp-space-2);
  }
  .filter {
    margin: 0 var(--tp-space-3) var(--tp-space-2);
  }
  .filter .input {
    padding: 4px 8px;
    font-size: var(--tp-text-sm);
  }
  .row {
    position: relative;
    display: flex;
    align-items: center;
    gap: var(--tp-space-2);
    width: 100%;
    min-height: 32px;
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
  .label[aria-checked="true"] {
    background: var(--tp-accent-50);
    font-weight: var(--tp-weight-semibold);
    box-shadow: inset 0 0 0 1px var(--tp-accent-200);
  }
  .label[aria-checked="true"] kbd {
    border-color: var(--tp-accent-200);
    color: var(--tp-accent-700);
  }
  .swatch {
    flex: none;
    width: 12px;
    height: 12px;
    border-radius: 3px;
    box-shadow: inset 0 0 0 1px rgb(0 0 0 / 0.14);
  }
  .boxes-title {
    border-top: 1px solid var(--tp-border);
  }
  .boxes {
    flex: 1;
    padding: 0 var(--tp-space-2) var(--tp-space-2);
  }
  .box {
    padding-right: 2px;
  }
  .box[data-selected] {
    background: var(--tp-accent-50);
  }
  .box .pick {
    display: flex;
    align-items: center;
    gap: var(--tp-space-2);
    flex: 1;
    min-width: 0;
    min-height: 32px;
    border-radius: var(--tp-radius-sm);
  }
  .box .icon-button {
    width: 26px;
    height: 26px;
    opacity: 0;
  }
  .box:is(:hover, [data-selected], :focus-within) .icon-button {
    opacity: 1;
  }
  .box .icon-button:hover {
    background: var(--tp-danger-50);
    color: var(--tp-danger-600);
  }
  .box select {
    flex: 1;
    min-width: 0;
    height: 26px;
    padding: 0 2px;
    border: 1px solid var(--tp-accent-200);
    border-radius: var(--tp-radius-sm);
    background: var(--tp-surface);
    color: inherit;
    font: inherit;
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
  .toast {
    bottom: var(--tp-space-4);
    left: 50%;
    display: flex;
    align-items: center;
    gap: var(--tp-space-3);
    max-width: calc(100% - 32px);
    padding: var(--tp-space-2) var(--tp-space-2) var(--tp-space-2) var(--tp-space-4);
    border-radius: var(--tp-radius-md);
    background: var(--tp-gray-900);
    color: #fff;
    font-size: var(--tp-text-sm);
    box-shadow: var(--tp-shadow-lg);
    transform: translateX(-50%);
  }
  .toast button {
    padding: 3px 10px;
    border-radius: var(--tp-radius-sm);
    background: rgb(255 255 255 / 0.14);
    font-weight: var(--tp-weight-medium);
  }
  .toast button:hover {
    background: rgb(255 255 255 / 0.24);
  }
  .toast .icon-button {
    width: 24px;
    height: 24px;
    padding: 0;
    background: none;
    color: inherit;
  }
  .setup-problem {
    margin: var(--tp-space-6);
    padding: var(--tp-space-4);
    border: 1px solid var(--tp-danger-200);
    border-radius: var(--tp-radius-md);
    background: var(--tp-danger-50);
  }
  .shortcuts {
    display: grid;
    grid-template-columns: 1fr 1fr;
    gap: var(--tp-space-5) var(--tp-space-8);
  }
  .shortcuts section:first-child {
    grid-row: span 2;
  }
  .shortcuts h3 {
    margin: 0 0 var(--tp-space-2);
    color: var(--tp-text-muted);
    font-size: var(--tp-text-xs);
    font-weight: var(--tp-weight-semibold);
  }
  .shortcuts dl {
    margin: 0;
  }
  .shortcuts dl > div {
    display: flex;
    align-items: baseline;
    gap: var(--tp-space-3);
    padding: 5px 0;
    font-size: var(--tp-text-sm);
  }
  .shortcuts dt {
    display: flex;
    align-items: center;
    flex: 0 0 132px;
    gap: var(--tp-space-1);
  }
  .shortcuts dt kbd {
    white-space: nowrap;
  }
  .shortcuts dd {
    margin: 0;
    color: var(--tp-text-muted);
  }
`;
