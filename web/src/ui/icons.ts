/** The icons: 16 px outlines in the current text colour, drawn here, so that nothing is loaded. */
import { svg, type SVGTemplateResult, type TemplateResult, html } from "lit";

const PATHS = {
  draw: svg`<path d="M2.5 5V2.5H5M11 2.5h2.5V5M2.5 11v2.5H5M8 5.2v5.6M5.2 8h5.6"/><path d="M13.5 8v0M8 13.5v0M7.4 2.5h1.2M2.5 7.4v1.2"/>`,
  select: svg`<path d="M3 2.6 13.2 6.8 8.8 8.6 7 13.2Z"/>`,
  pan: svg`<path d="M8 1.8v12.4M1.8 8h12.4M6.3 3.5 8 1.8l1.7 1.7M6.3 12.5 8 14.2l1.7-1.7M3.5 6.3 1.8 8l1.7 1.7M12.5 6.3 14.2 8l-1.7 1.7"/>`,
  undo: svg`<path d="M5.5 3 2.5 6l3 3"/><path d="M2.5 6h6.75a4.25 3.5 0 0 1 0 7H6"/>`,
  redo: svg`<path d="m10.5 3 3 3-3 3"/><path d="M13.5 6H6.75a4.25 3.5 0 0 0 0 7H10"/>`,
  plus: svg`<path d="M8 3v10M3 8h10"/>`,
  minus: svg`<path d="M3 8h10"/>`,
  fit: svg`<path d="M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10"/>`,
  keyboard: svg`<rect x="1.5" y="3.8" width="13" height="8.4" rx="1.6"/><path d="M4.4 6.6v0M7 6.6v0M9.4 6.6v0M11.8 6.6v0M5 9.5h6"/>`,
  trash: svg`<path d="M2.8 4.4h10.4M6.3 4.2V2.6h3.4v1.6M4.2 4.6l.6 8.8h6.4l.6-8.8M6.7 7v4M9.3 7v4"/>`,
  list: svg`<path d="M6 4h7.5M6 8h7.5M6 12h7.5M2.8 4v0M2.8 8v0M2.8 12v0"/>`,
  up: svg`<path d="m3.5 10 4.5-4.5 4.5 4.5"/>`,
  down: svg`<path d="m3.5 6 4.5 4.5 4.5-4.5"/>`,
  eye: svg`<path d="M1.6 8C3 5.2 5.3 3.8 8 3.8S13 5.2 14.4 8C13 10.8 10.7 12.2 8 12.2S3 10.8 1.6 8Z"/><circle cx="8" cy="8" r="1.9"/>`,
  hidden: svg`<path d="M6.2 4.1A6.6 6.6 0 0 1 8 3.8c2.7 0 5 1.4 6.4 4.2a9 9 0 0 1-1.8 2.4M10.6 11.7a6.4 6.4 0 0 1-2.6.5c-2.7 0-5-1.4-6.4-4.2A9 9 0 0 1 4.2 5M6.6 6.7a1.9 1.9 0 0 0 2.7 2.7M2.4 2.4l11.2 11.2"/>`,
  lock: svg`<rect x="3.2" y="7" width="9.6" height="6.6" rx="1.4"/><path d="M5.4 7V5a2.6 2.6 0 0 1 5.2 0v2M8 9.6v1.4"/>`,
  unlock: svg`<rect x="3.2" y="7" width="9.6" height="6.6" rx="1.4"/><path d="M5.4 7V4.6a2.6 2.6 0 0 1 5-.9M8 9.6v1.4"/>`,
  more: svg`<path d="M3.4 8v0M8 8v0M12.6 8v0" stroke-width="2.2"/>`,
  close: svg`<path d="m4 4 8 8M12 4l-8 8"/>`,
  panel: svg`<rect x="2" y="2.8" width="12" height="10.4" rx="1.6"/><path d="M6.2 3v10"/>`,
  book: svg`<path d="M8 4.2C6.6 3 4.6 2.7 2.5 2.9v9.4c2.1-.2 4.1.1 5.5 1.3 1.4-1.2 3.4-1.5 5.5-1.3V2.9C11.4 2.7 9.4 3 8 4.2v9.3"/>`,
  info: svg`<circle cx="8" cy="8" r="6.2"/><path d="M8 7.4v3.6M8 5v0"/>`,
  warning: svg`<path d="M8 2.3 14.3 13.2H1.7Z"/><path d="M8 6.4v3.2M8 11.4v0"/>`,
  success: svg`<circle cx="8" cy="8" r="6.2"/><path d="m5.3 8.2 1.9 1.9 3.5-4"/>`,
  tick: svg`<path d="m3.4 8.4 3 3 6.2-6.8" stroke-width="2"/>`,
  find: svg`<circle cx="7" cy="7" r="4.2"/><path d="m10.2 10.2 3.3 3.3"/>`,
  words: svg`<path d="M2.5 11.5h11M2.5 9.8v3.4M13.5 9.8v3.4"/><path d="m3.6 7.6 2-5 2 5M4.3 6h2.6M12.4 4.4v3.2M12.4 6a1.7 1.6 0 1 1-3.4 0 1.7 1.6 0 0 1 3.4 0"/>`,
  image: svg`<rect x="1.8" y="2.8" width="12.4" height="10.4" rx="1.6"/><circle cx="5.4" cy="6.3" r="1.2"/><path d="m2.2 12 3.7-3.4 2.3 2 2.5-2.8 3.5 3.8"/>`,
  freehand: svg`<path d="M2.4 11.2c1.5-4.6 3.2-7 4.7-6.3 2 .9-1.6 5.6.4 6.4 1.6.7 2.6-3.6 4.3-3 1 .3.6 2 1.9 2"/>`,
  corners: svg`<path d="M5.4 3.4h7.2v6.4M10.6 12.6H3.4V6.2"/><path d="M3.4 3.4v0M12.6 12.6v0" stroke-width="3.6"/>`,
  snap: svg`<path d="M3 2.6v5.2a5 5 0 0 0 10 0V2.6h-3v5.2a2 2 0 0 1-4 0V2.6ZM3 5.4h3M10 5.4h3"/>`,
  view: svg`<path d="M2.5 4.5h5M11.5 4.5h2M2.5 11.5h2M8.5 11.5h5"/><circle cx="9.5" cy="4.5" r="1.8"/><circle cx="6.5" cy="11.5" r="1.8"/>`,
  turnLeft: svg`<path d="M4.3 5.4A5 5 0 1 1 3 9.2M4.2 2.2v3.4h3.4"/>`,
  turnRight: svg`<path d="M11.7 5.4A5 5 0 1 0 13 9.2M11.8 2.2v3.4H8.4"/>`,
  next: svg`<circle cx="4.2" cy="8" r="1.7"/><path d="M7.8 8h5.4M10.8 5.4 13.4 8l-2.6 2.6"/>`,
  brush: svg`<path d="M13.4 2.6c-3 1.3-5.6 3.6-7 6l1.8 1.8c2.4-1.4 4.7-4 6-7ZM6 9.2c-1.7.1-2.3 1.2-2.4 2.6-.1.9-.6 1.4-1.4 1.6 2.5.8 5.2.1 5.4-2.6"/>`,
  pen: svg`<path d="M10.8 2.6 13.4 5.2 6 12.6l-3.2.6.6-3.2ZM9.2 4.2l2.6 2.6"/><path d="M9.6 13.4c1.4 0 2.6-.3 3.8-1" stroke-width="2"/>`,
  eraser: svg`<path d="M6.2 13.2 2.6 9.6a1.2 1.2 0 0 1 0-1.7l5.2-5.2a1.2 1.2 0 0 1 1.7 0l3.6 3.6a1.2 1.2 0 0 1 0 1.7l-5.2 5.2ZM5 5.6l5.2 5.2M6.2 13.2h7.2"/>`,
  outline: svg`<path d="M3.4 5.2 8.2 2.8l5 3.6-1.6 6.4-7.2.4Z"/><path d="M3.4 5.2v0M8.2 2.8v0M13.2 6.4v0M11.6 12.8v0M4.4 13.2v0" stroke-width="3"/>`,
  box: svg`<path d="M2.8 4h10.4v8H2.8ZM2.8 9 7.8 4M4.6 12l8-8M9.6 12l3.6-3.6"/>`,
  fill: svg`<path d="m7.4 2.4 5 5-4.6 4.6a1.2 1.2 0 0 1-1.7 0L2.8 8.7a1.2 1.2 0 0 1 0-1.7ZM2.6 7.6h9.6M13.6 10.2c.8 1.2 1.2 1.9 1.2 2.4a1.2 1.2 0 0 1-2.4 0c0-.5.4-1.2 1.2-2.4Z"/>`,
  assistant: svg`<path d="M6.6 3.2c.4 2.7 1.5 3.8 4.2 4.2-2.7.4-3.8 1.5-4.2 4.2-.4-2.7-1.5-3.8-4.2-4.2 2.7-.4 3.8-1.5 4.2-4.2ZM12.4 9.6c.2 1.3.7 1.8 2 2-1.3.2-1.8.7-2 2-.2-1.3-.7-1.8-2-2 1.3-.2 1.8-.7 2-2Z"/>`,
  onlyEmpty: svg`<circle cx="6" cy="8" r="4"/><path d="M9 5.4a4 4 0 1 1 0 5.2" stroke-dasharray="1.6 1.8"/>`,
  holes: svg`<circle cx="8" cy="8" r="5.6"/><circle cx="8" cy="8" r="2" stroke-dasharray="1.4 1.4"/>`,
  rim: svg`<path d="M3 8.6C3 5 5.6 2.8 8.6 2.8S13 5.2 13 8s-1.6 5.2-4.8 5.2S3 11.8 3 8.6Z" stroke-width="2"/>`,
} satisfies Record<string, SVGTemplateResult>;

export type IconName = keyof typeof PATHS;

export function icon(name: IconName, size = 16): TemplateResult {
  return html`<svg class="icon" width=${size} height=${size} viewBox="0 0 16 16" fill="none" stroke="currentColor"
    stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${PATHS[name]}</svg>`;
}
