/** Which keys and gestures does the bounding box tool know? Shown in the shortcuts dialog. */
import { html, type TemplateResult } from "lit";

interface Shortcut {
  readonly keys: readonly string[];
  readonly does: string;
}

const GROUPS: readonly { readonly title: string; readonly shortcuts: readonly Shortcut[] }[] = [
  {
    title: "Boxes",
    shortcuts: [
      { keys: ["Drag"], does: "Draw a box with the chosen label" },
      { keys: ["Shift + drag"], does: "Draw even inside the selected box" },
      { keys: ["Click"], does: "Select a box; click again for the one below" },
      { keys: ["Tab", "Shift + Tab"], does: "Next, previous box" },
      { keys: ["← ↑ → ↓"], does: "Move the box by 1 px (Shift: 10 px)" },
      { keys: ["Alt + arrows"], does: "Resize the box by 1 px (Shift: 10 px)" },
      { keys: ["Delete"], does: "Delete the box" },
      { keys: ["Esc"], does: "Give up drawing, or deselect" },
    ],
  },
  {
    title: "Labels and task",
    shortcuts: [
      { keys: ["1", "–", "9"], does: "Choose a label; relabel the box you selected" },
      { keys: ["N"], does: "Nothing to label" },
      { keys: ["Z", "Ctrl + Z"], does: "Undo" },
      { keys: ["Y", "Ctrl + Y"], does: "Redo" },
      { keys: ["Enter"], does: "Submit" },
      { keys: ["?"], does: "These shortcuts" },
    ],
  },
  {
    title: "View",
    shortcuts: [
      { keys: ["Wheel"], does: "Zoom at the pointer" },
      { keys: ["+", "−"], does: "Zoom in, out" },
      { keys: ["0"], does: "Fit the image" },
      { keys: ["Space + drag"], does: "Move the image (also middle button)" },
      { keys: ["← ↑ → ↓"], does: "Move the image when no box is selected" },
      { keys: ["D", "V", "H"], does: "Draw, select, hand" },
    ],
  },
];

export function renderShortcuts(): TemplateResult {
  return html`<div class="shortcuts">${GROUPS.map(
    ({ title, shortcuts }) => html`<section><h3>${title}</h3><dl>${shortcuts.map(
      ({ keys, does }) => html`<div><dt>${keys.map((key) => (key === "–" ? html`<span>–</span>` : html`<kbd>${key}</kbd>`))}</dt>
        <dd>${does}</dd></div>`,
    )}</dl></section>`,
  )}</div>`;
}
