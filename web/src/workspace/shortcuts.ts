/** The keys and gestures of the workspace, for the shortcuts dialog. */
import { css, html, type TemplateResult } from "lit";
import { SMALL } from "../ui/media.js";
import { capital, type Nouns } from "./nouns.js";

export interface Shortcut {
  readonly keys: readonly string[];
  readonly does: string;
}

interface Group {
  readonly title: string;
  readonly shortcuts: readonly Shortcut[];
}

/** The shortcuts dialog's content; `gestures` are those of the drawing tool. */
export function renderShortcuts({ one, many }: Nouns, gestures: readonly Shortcut[], canResize: boolean): TemplateResult {
  const resize: Shortcut[] = canResize ? [{ keys: ["Alt + arrows"], does: `Resize the ${one} by 1 px (Shift: 10 px)` }] : [];
  const groups: readonly Group[] = [
    {
      title: capital(many),
      shortcuts: [
        ...gestures,
        { keys: ["Tab", "Shift + Tab"], does: `Next, previous ${one}` },
        { keys: ["← ↑ → ↓"], does: `Move the ${one} by 1 px (Shift: 10 px)` },
        ...resize,
        { keys: ["Delete"], does: `Delete the ${one}` },
        { keys: ["Esc"], does: "Stop drawing, or deselect" },
      ],
    },
    {
      title: "Labels and task",
      shortcuts: [
        { keys: ["1", "–", "9"], does: `Choose a label; relabel the selected ${one}` },
        { keys: ["N"], does: "Nothing to label" },
        { keys: ["Z", "Ctrl + Z"], does: "Undo" },
        { keys: ["Y", "Ctrl + Y"], does: "Redo" },
        { keys: ["Enter"], does: "Submit" },
        { keys: ["?"], does: "Show these shortcuts" },
      ],
    },
    {
      title: "View",
      shortcuts: [
        { keys: ["Wheel"], does: "Zoom at the pointer" },
        { keys: ["+", "−"], does: "Zoom in, out" },
        { keys: ["0"], does: "Fit the image" },
        { keys: ["Space + drag"], does: "Move the image (also middle button)" },
        { keys: ["← ↑ → ↓"], does: `Move the image when no ${one} is selected` },
        { keys: ["D", "V", "H"], does: "Draw, select, move the image" },
      ],
    },
    {
      title: "Touch",
      shortcuts: [
        { keys: ["One finger"], does: `Draw a ${one}; tap to select one` },
        { keys: ["Two fingers"], does: "Zoom and move the image" },
        { keys: ["Hold"], does: `Move the ${one} under the finger` },
      ],
    },
  ];
  return html`<div class="shortcuts">${groups.map(renderGroup)}</div>`;
}

function renderGroup({ title, shortcuts }: Group): TemplateResult {
  return html`<section><h3>${title}</h3><dl>${shortcuts.map(
    ({ keys, does }) => html`<div><dt>${keys.map((key) => (key === "–" ? html`<span>–</span>` : html`<kbd>${key}</kbd>`))}</dt>
      <dd>${does}</dd></div>`,
  )}</dl></section>`;
}

export const shortcutStyles = css`
  .shortcuts {
    display: grid;
    grid-template-columns: 1fr 1fr;
    gap: var(--tp-space-5) var(--tp-space-8);
  }
  .shortcuts section:first-child {
    grid-row: span 3;
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
  @media ${SMALL} {
    .shortcuts {
      grid-template-columns: minmax(0, 1fr);
    }
    .shortcuts dt {
      flex-basis: 116px;
      flex-wrap: wrap;
    }
  }
  @media (pointer: coarse) {
    .shortcuts section:last-child {
      order: -1;
    }
  }
`;
