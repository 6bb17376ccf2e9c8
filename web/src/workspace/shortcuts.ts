/** The panel that lists every key and gesture, and lets workers choose their own keys. */
import { css, html, nothing, type ReactiveControllerHost, type TemplateResult } from "lit";
import { t } from "../language/index.js";
import { SMALL } from "../ui/media.js";
import type { CommandEntry, KeyGroup } from "./key_table.js";
import { type Key, type KeyChoices, type KeyMap, keyName } from "./keys.js";
import type { Nouns } from "./nouns.js";

export interface Shortcut {
  readonly keys: readonly string[];
  readonly does: string;
}

/** A part of the panel: commands of a group, after gestures and keys that cannot be changed. */
export interface ShortcutSection {
  readonly title: string;
  readonly group: KeyGroup | null;
  readonly more: readonly Shortcut[];
  /** Comes first on a screen for fingers. */
  readonly isTouch?: boolean;
}

/** What the panel lists. `C` are the commands of the workspace, `K` its keys. */
export interface ShortcutSource<C, K extends KeyMap<C>> {
  readonly nouns: Nouns;
  readonly entries: readonly CommandEntry<C>[];
  readonly sections: (keys: K) => readonly ShortcutSection[];
  /** Whether a command may have the key. */
  readonly isFree: (event: Key) => boolean;
  readonly keysOf: (entries: readonly CommandEntry<C>[], choices: KeyChoices) => K;
}

type Recording<C> = { readonly entry: CommandEntry<C>; readonly problem: string | null };

export class Shortcuts<C, K extends KeyMap<C>> {
  private choices: KeyChoices = {};
  private current: K | null = null;
  /** What the current keys were made of. */
  private basis = "";
  private isEditing = false;
  private recording: Recording<C> | null = null;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly source: () => ShortcutSource<C, K>,
    /** The worker chose other keys. */
    private readonly chosen: (choices: KeyChoices) => void,
  ) {}

  /** The keys in force. */
  get keys(): K {
    const { entries, keysOf } = this.source();
    const basis = JSON.stringify([entries.map(({ id }) => id), this.choices]);
    if (basis !== this.basis || this.current === null) this.current = keysOf(entries, this.choices);
    this.basis = basis;
    return this.current;
  }

  /** Takes over the keys that the worker chose earlier. */
  restore(choices: KeyChoices): void {
    this.choices = choices;
    this.host.requestUpdate();
  }

  /** All commands that this task has a use for. */
  get entries(): readonly CommandEntry<C>[] {
    return this.source().entries;
  }

  render(): TemplateResult {
    return html`<div class="shortcuts">${this.source().sections(this.keys).map((section) => this.renderSection(section))}</div>
      <div class="key-buttons">${this.renderButtons()}</div>`;
  }

  private renderSection({ title, group, more, isTouch = false }: ShortcutSection): TemplateResult {
    const entries = this.source().entries.filter((entry) => entry.group === group);
    return html`<section class=${isTouch ? "touch" : ""}><h3>${title}</h3><dl>${more.map(renderShortcut)}${entries.map((entry) => this.renderEntry(entry))}</dl></section>`;
  }

  private renderEntry(entry: CommandEntry<C>): TemplateResult | typeof nothing {
    const does = entry.does(this.source().nouns);
    if (this.isEditing && entry.isFixed !== true) return this.renderChange(entry, this.keys.of(entry), does);
    const keys = this.keys.effective(entry);
    return keys.length === 0 ? nothing : renderShortcut({ keys: keys.map(shownKey), does });
  }

  private renderChange(entry: CommandEntry<C>, keys: readonly string[], does: string): TemplateResult {
    const recording = this.recording?.entry.id === entry.id ? this.recording : null;
    const shown = keys.map(shownKey).join(", ");
    const others = keys.flatMap((key) => this.keys.others(entry, key)).map((other) => other.does(this.source().nouns));
    return html`<div class="changeable"><dt><button class="button key"
        @click=${() => this.record(entry)} @keydown=${(event: KeyboardEvent) => this.handleKey(event)} @blur=${() => this.stopRecording(entry)}>
        ${recording !== null ? t("Press a key") : shown === "" ? t("No key") : html`<kbd>${shown}</kbd>`}
        <span class="visually-hidden">${t("Change the key of: {{command}}", { command: does })}</span></button></dt>
      <dd>${does}${recording === null || recording.problem === null ? nothing : html`<span class="conflict" role="alert">${recording.problem}</span>`}
        ${others.length > 0 ? html`<span class="conflict">${t("Also the key of: {{commands}}", { commands: others.join(", ") })}</span>` : nothing}</dd></div>`;
  }

  private renderButtons(): TemplateResult {
    if (!this.isEditing) return html`<button class="button" @click=${() => this.edit(true)}>${t("Change keys")}</button>`;
    return html`<p class="hint">${t("Choose a command, then press its new key. Backspace leaves it without a key.")}</p>
      <button class="button" ?disabled=${Object.keys(this.choices).length === 0} @click=${() => this.choose({})}>${t("Reset all keys")}</button>
      <button class="button primary" @click=${() => this.edit(false)}>${t("Done")}</button>`;
  }

  private edit(edits: boolean): void {
    this.isEditing = edits;
    this.recording = null;
    this.host.requestUpdate();
  }

  private record(entry: CommandEntry<C>): void {
    this.recording = { entry, problem: null };
    this.host.requestUpdate();
  }

  private stopRecording(entry: CommandEntry<C>): void {
    if (this.recording?.entry.id === entry.id) this.recording = null;
    this.host.requestUpdate();
  }

  private handleKey(event: KeyboardEvent): void {
    const { recording } = this;
    if (recording === null || event.key === "Tab" || ["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    const { entry } = recording;
    const name = keyName(event);
    if (event.key === "Escape") this.recording = null;
    else if (event.key === "Backspace") this.choose({ ...this.choices, [entry.id]: [] });
    else if (this.source().isFree(event)) this.choose({ ...this.choices, [entry.id]: [name] });
    else this.recording = { entry, problem: t("{{key}} has a fixed meaning. Press another key.", { key: shownKey(name) }) };
    this.host.requestUpdate();
  }

  private choose(choices: KeyChoices): void {
    this.recording = null;
    this.choices = choices;
    this.host.requestUpdate();
    this.chosen(choices);
  }
}

/** A key as people read it. */
export function shownKey(name: string): string {
  const words: Record<string, string> = { Escape: "Esc", "-": "−", PageUp: t("Page up"), PageDown: t("Page down"), Space: t("Space") };
  const parts = name.endsWith("+") ? [...name.slice(0, -1).split("+").filter((part) => part !== ""), "+"] : name.split("+");
  return parts.map((part) => words[part] ?? part).join(" + ");
}

function renderShortcut({ keys, does }: Shortcut): TemplateResult {
  return html`<div><dt>${keys.map((key) => (key === "–" || key === "…" ? html`<span>${key}</span>` : html`<kbd>${key}</kbd>`))}</dt>
    <dd>${does}</dd></div>`;
}

export const shortcutStyles = css`
  .shortcuts {
    columns: 2;
    column-gap: var(--tp-space-8);
  }
  .shortcuts section {
    margin-bottom: var(--tp-space-5);
  }
  .shortcuts h3 {
    margin: 0 0 var(--tp-space-2);
    color: var(--tp-text-muted);
    font-size: var(--tp-text-xs);
    font-weight: var(--tp-weight-semibold);
    break-after: avoid;
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
    break-inside: avoid;
  }
  .shortcuts dt {
    display: flex;
    align-items: center;
    flex: 0 0 132px;
    flex-wrap: wrap;
    gap: var(--tp-space-1);
  }
  .shortcuts dt kbd {
    white-space: nowrap;
  }
  .shortcuts dd {
    margin: 0;
    color: var(--tp-text-muted);
  }
  .shortcuts .changeable {
    align-items: center;
    padding: 2px 0;
  }
  .button.key {
    min-width: 96px;
    height: 28px;
    padding: 0 var(--tp-space-2);
  }
  .button.key:focus-visible {
    box-shadow: var(--tp-focus-ring);
  }
  .conflict {
    display: block;
    color: var(--tp-danger-600);
    font-size: var(--tp-text-xs);
  }
  .key-buttons {
    display: flex;
    align-items: center;
    justify-content: flex-end;
    gap: var(--tp-space-2);
    padding-top: var(--tp-space-4);
    border-top: 1px solid var(--tp-border);
  }
  .key-buttons .hint {
    flex: 1;
    margin: 0;
  }
  @media ${SMALL} {
    .shortcuts {
      columns: 1;
    }
    .shortcuts dt {
      flex-basis: 116px;
    }
  }
  @media (pointer: coarse) {
    .shortcuts {
      display: flex;
      flex-direction: column;
    }
    .shortcuts .touch {
      order: -1;
    }
  }
`;
