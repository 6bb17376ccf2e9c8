import { css } from "lit";
import { SMALL } from "../../ui/media.js";

export const styles = css`
  :host {
    position: relative;
    display: block;
    min-width: 0;
    min-height: 0;
    overflow: hidden;
    background: var(--tp-stage);
    background-image: radial-gradient(rgb(23 27 35 / 0.07) 1px, transparent 1px);
    background-size: 16px 16px;
  }
  .surface {
    position: absolute;
    inset: 0;
    overflow: hidden;
    touch-action: none;
    user-select: none;
    -webkit-user-select: none;
    -webkit-touch-callout: none;
  }
  /* An outline of the surface itself would be painted again, with all below it, whenever a shape or a tag changes. */
  .surface:focus-visible {
    outline: none;
    box-shadow: none;
  }
  .surface:focus-visible::after {
    content: "";
    position: absolute;
    inset: 0;
    outline: 2px solid transparent;
    outline-offset: -2px;
    box-shadow: inset 0 0 0 1px var(--tp-accent-500);
    pointer-events: none;
  }
  .plane {
    position: absolute;
    top: 0;
    left: 0;
    transform-origin: 0 0;
    pointer-events: none;
  }
  .plane ::slotted(*) {
    position: absolute;
    top: 0;
    left: 0;
  }
  canvas.large,
  canvas.painting {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
    pointer-events: none;
  }
  img {
    position: absolute;
    top: 0;
    left: 0;
    max-width: none;
    /* Stored pixels are shown as they are stored: coordinates must not depend on an EXIF flag. */
    image-orientation: none;
    /* One pixel of the screen at every zoom. */
    box-shadow: 0 0 0 calc(1px / var(--zoom)) rgb(23 27 35 / 0.12);
  }
  img.hidden {
    visibility: hidden;
  }
  img.pixels {
    image-rendering: pixelated;
  }
  .grid {
    --line: calc(1px / var(--zoom));
    position: absolute;
    inset: 0;
    background:
      linear-gradient(to right, rgb(255 255 255 / 0.55) var(--line), rgb(0 0 0 / 0.45) var(--line) calc(2 * var(--line)), transparent 0),
      linear-gradient(to bottom, rgb(255 255 255 / 0.55) var(--line), rgb(0 0 0 / 0.45) var(--line) calc(2 * var(--line)), transparent 0);
    background-size: var(--step) var(--step);
    pointer-events: none;
  }
  svg.shapes {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
    overflow: hidden;
    pointer-events: none;
  }
  svg.shapes,
  canvas.painting {
    opacity: var(--tp-shapes-opacity, 1);
  }
  svg.shapes .band {
    fill: var(--tp-accent-500);
    fill-opacity: 0.12;
    stroke: #fff;
    stroke-dasharray: 4 3;
    outline: 1px solid var(--tp-accent-600);
  }
  @media (pointer: coarse) {
    svg.shapes [data-handle] {
      transform: scale(1.5);
      transform-box: fill-box;
      transform-origin: center;
    }
  }
  .tags {
    position: absolute;
    inset: 0;
    overflow: hidden;
    pointer-events: none;
  }
  .tag {
    position: absolute;
    top: 0;
    left: 0;
    height: 18px;
    padding: 0 6px;
    overflow: hidden;
    border-radius: 3px 3px 3px 0;
    font-size: var(--tp-text-2xs);
    font-weight: var(--tp-weight-semibold);
    line-height: 18px;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .tag .size,
  .tag .suggested {
    margin-left: 6px;
    font-weight: var(--tp-weight-medium);
    font-variant-numeric: tabular-nums;
  }
  .tag .suggested {
    padding-left: 6px;
    border-left: 1px dashed currentColor;
  }
  /* White with a dark rim is seen on every image. Each line is a layer of the compositor: moving it paints nothing again. */
  .guide {
    position: absolute;
    background: #fff;
    box-shadow: 0 0 0 1px rgb(23 27 35 / 0.45);
    opacity: 0.75;
    pointer-events: none;
    forced-color-adjust: none;
    will-change: transform;
  }
  /* Long enough for a stage that is turned; the pointer is in their middle. */
  .guide.x {
    top: -200vmax;
    left: 0;
    width: 1px;
    height: 400vmax;
  }
  .guide.y {
    top: 0;
    left: -200vmax;
    width: 400vmax;
    height: 1px;
  }
  .guide.x.short {
    top: -20px;
    height: 41px;
  }
  .guide.y.short {
    left: -20px;
    width: 41px;
  }
  .guide[hidden] {
    display: none;
  }
  .readout {
    position: absolute;
    left: var(--tp-space-3);
    bottom: var(--tp-space-3);
    padding: 3px 8px;
    border-radius: var(--tp-radius-sm);
    background: rgb(23 27 35 / 0.72);
    color: #fff;
    font-size: var(--tp-text-2xs);
    font-variant-numeric: tabular-nums;
    pointer-events: none;
  }
  .filters {
    position: absolute;
    width: 0;
    height: 0;
  }
  .map,
  .magnifier {
    position: absolute;
    overflow: hidden;
    border: 2px solid #fff;
    background: var(--tp-stage);
    box-shadow: var(--tp-shadow-md);
  }
  .map {
    right: var(--tp-space-3);
    bottom: var(--tp-space-3);
    box-sizing: content-box;
    border-radius: var(--tp-radius-sm);
    cursor: pointer;
  }
  .map svg {
    position: absolute;
    inset: 0;
  }
  .map polygon {
    fill: rgb(255 255 255 / 0.2);
    stroke: #fff;
    stroke-width: 1.5;
    paint-order: stroke;
    filter: drop-shadow(0 0 1px rgb(0 0 0 / 0.9));
  }
  .magnifier {
    top: 0;
    left: 0;
    width: 112px;
    height: 112px;
    border-radius: 50%;
    pointer-events: none;
  }
  .magnifier::before,
  .magnifier::after {
    content: "";
    position: absolute;
    top: 50%;
    left: 50%;
    z-index: 1;
    width: 17px;
    height: 1px;
    background: #fff;
    mix-blend-mode: difference;
    transform: translate(-50%, -50%);
  }
  .magnifier::after {
    width: 1px;
    height: 17px;
  }
  .cover {
    position: absolute;
    inset: 0;
    display: grid;
    place-content: center;
    justify-items: center;
    gap: var(--tp-space-2);
    padding: var(--tp-space-6);
    text-align: center;
    color: var(--tp-text-muted);
  }
  .cut-off {
    position: absolute;
    top: var(--tp-space-3);
    left: 50%;
    display: flex;
    align-items: center;
    gap: var(--tp-space-2);
    width: max-content;
    max-width: calc(100% - 2 * var(--tp-space-3));
    padding: var(--tp-space-2) var(--tp-space-3);
    border: 1px solid var(--tp-warning-200);
    border-radius: var(--tp-radius-md);
    background: var(--tp-warning-50);
    font-size: var(--tp-text-sm);
    transform: translateX(-50%);
    pointer-events: none;
  }
  .cut-off .icon,
  .cut-off .button {
    flex: none;
  }
  .cut-off .button {
    pointer-events: auto;
  }
  .cover strong {
    color: var(--tp-text);
    font-size: var(--tp-text-lg);
    font-weight: var(--tp-weight-semibold);
  }
  .cover p {
    max-width: 46ch;
    margin: 0;
  }
  .cover .button {
    margin-top: var(--tp-space-2);
    color: var(--tp-text);
  }
  .cover .badge {
    display: grid;
    place-items: center;
    width: 48px;
    height: 48px;
    margin-bottom: var(--tp-space-2);
    border-radius: 50%;
    background: var(--tp-surface);
    color: var(--tp-danger-600);
    box-shadow: var(--tp-shadow-md);
  }
  .spinner {
    width: 28px;
    height: 28px;
    border: 3px solid var(--tp-gray-300);
    border-top-color: var(--tp-accent-600);
    border-radius: 50%;
    animation: turn var(--tp-turn) linear infinite;
  }
  @keyframes turn {
    to {
      transform: rotate(1turn);
    }
  }
  ::slotted(:not([slot])) {
    position: absolute;
    z-index: 1;
  }
  @media ${SMALL} {
    .readout {
      display: none;
    }
  }
`;
