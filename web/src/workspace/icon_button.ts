/** A button of a bar: an icon, whose name and key are its tooltip. */
import { html, nothing, type TemplateResult } from "lit";
import { icon, type IconName } from "../ui/icons.js";
import { shownKey } from "./shortcuts.js";

export interface IconButton {
  readonly icon: IconName;
  readonly label: string;
  /** The key that does the same; empty without one. */
  readonly keys: string;
  readonly run: () => void;
  readonly pressed?: boolean;
  readonly disabled?: boolean;
}

export function renderIconButton({ icon: name, label, keys, run, pressed, disabled = false }: IconButton): TemplateResult {
  return html`<button class="icon-button" title=${titleWithKey(label, keys)} aria-label=${label} aria-keyshortcuts=${ariaKey(keys)}
    aria-pressed=${pressed ?? nothing} ?disabled=${disabled} @click=${run}>${icon(name)}</button>`;
}

/** "Brush (B)" */
export function titleWithKey(label: string, key: string): string {
  return key === "" ? label : `${label} (${shownKey(key)})`;
}

/** As in the standard of aria-keyshortcuts, where Ctrl has its full name. */
function ariaKey(key: string): string | typeof nothing {
  return key === "" ? nothing : key.replace("Ctrl+", "Control+");
}
