/** The panel that lists every key and gesture, and lets workers choose their own keys. */
import { css, html, nothing, type ReactiveControllerHost, type TemplateResult } from "lit";
import { t } from "../language/index.js";
import { SMALL } from "../ui/media.js";
import { type CommandEntry, COMMANDS, type Feature, type KeyGroup } from "./key_table.js";
import { isFree, type KeyChoices, keyName, Keys } from "./keys.js";
import { capital, type Nouns } from "./nouns.js";

export interface Shortcut {
  readonly keys: readonly string[];
  readonly does: string;
}

/** What the panel lists next to the table of commands. */
export interface ShortcutSource {
  readonly nouns: Nouns;
  /** Mouse gestures and keys of the drawing tool. */
  readonly gestures: readonly Shortcut[];
  /** Keys of switches of the drawing tool. */
  readonly switches: readonly Shortcut[];
  readonly features: ReadonlySet<Feature>;
}

type Recording = { readonly entry: CommandEntry; readonly problem: string | null };

export class Shortcuts {
  private choices: KeyChoices = {};
  private current: Keys | null = null;
  /** What the current keys were made of. */
  private basis = "";
  private isEditing = false;
  private recording: Recording | null = null;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly source: () => ShortcutSource,
    /** The worker chose other keys. */
    private readonly chosen: (choices: KeyChoices) => void,
  ) {}

  /** The keys in force. */
  get keys(): Keys {
    const { entries, toolKeys } = this;
    const basis = JSON.stringify([entries.length, toolKeys, this.choices]);
    if (basis !== this.basis || this.current === null) this.current = new Keys(entries, this.choices, toolKeys);
    this.basis = basis;
    return this.current;
  }

  /** Takes over the keys that the worker chose earlier. */
  restore(choices: KeyChoices): void {
    this.choices = choices;
    this.host.requestUpdate();
  }

  render(): TemplateResult {
    return html`<div class="shortcuts">${this.renderShapes()}${this.renderGroup(t("Labels"), "labels", this.labelKeys)}
      ${this.renderGroup(t("Task"), "task", [])}${this.renderGroup(t("View"), "view", this.viewGestures)}${this.renderTouch()}</div>
      <div class="key-buttons">${this.renderButtons()}</div>`;
  }

  private get entries(): readonly CommandEntry[] {
    const { features } = this.source();
    return COMMANDS.filter(({ needs }) => needs === undefined || features.has(needs));
  }

  private get toolKeys(): readonly string[] {
    const { gestures, switches } = this.source();
    return [...gestures, ...switches].flatMap(({ keys }) => keys).filter((key) => /^[A-Z]$/.test(key));
  }

  private get labelKeys(): readonly Shortcut[] {
    const letters = [9, 10, 11].map((index) => this.keys.ofLabel(index)).filter((key): key is string => key !== null);
    return [
      { keys: ["1", "–", "9"], does: t("Choose a label; relabel the selection") },
      ...(letters.length > 0 ? [{ keys: [...letters, "…"], does: t("The tenth label and further ones") }] : []),
    ];
  }

  private get viewGestures(): readonly Shortcut[] {
    return [
      { keys: [t("Wheel")], does: t("Zoom at the pointer") },
      { keys: [t("Middle button")], does: t("Move the image") },
    ];
  }

  private renderShapes(): TemplateResult {
    const { nouns, gestures, switches, features } = this.source();
    const shape = { shape: nouns.one, shapes: nouns.many };
    const arrows: Shortcut[] = [
      { keys: ["← ↑ → ↓"], does: t("Move the selection by 1 px (Shift: 10 px), without one the image") },
      ...(features.has("resizing") ? [{ keys: [t("Alt + arrows")], does: t("Resize the selection by 1 px (Shift: 10 px)") }] : []),
    ];
    const several: Shortcut[] = features.has("several")
      ? [
          { keys: [t("Shift + click")], does: t("Add a {{shape}} to the selection, or take it out", shape) },
          { keys: [t("Drag in select mode")], does: t("Select all {{shapes}} in a rectangle", shape) },
        ]
      : [];
    return this.renderGroup(capital(nouns.many), "shapes", [...gestures, ...several, ...switches, ...arrows]);
  }

  private renderTouch(): TemplateResult {
    const { nouns } = this.source();
    const shape = { shape: nouns.one };
    const gestures: readonly Shortcut[] = [
      { keys: [t("One finger")], does: t("Draw a {{shape}}; tap to select one", shape) },
      { keys: [t("Two fingers")], does: t("Zoom and move the image") },
      { keys: [t("Hold")], does: t("Move the {{shape}} under the finger", shape) },
    ];
    return html`<section class="touch"><h3>${t("Touch")}</h3><dl>${gestures.map(renderShortcut)}</dl></section>`;
  }

  private renderGroup(title: string, group: KeyGroup, more: readonly Shortcut[]): TemplateResult {
    const entries = this.entries.filter((entry) => entry.group === group);
    return html`<section><h3>${title}</h3><dl>${more.map(renderShortcut)}${entries.map((entry) => this.renderEntry(entry))}</dl></section>`;
  }

  private renderEntry(entry: CommandEntry): TemplateResult | typeof nothing {
    const keys = this.keys.of(entry);
    const does = entry.does(this.source().nouns);
    if (this.isEditing && entry.isFixed !== true) return this.renderChange(entry, keys, does);
    return keys.length === 0 ? nothing : renderShortcut({ keys: keys.map(shownKey), does });
  }

  private renderChange(entry: CommandEntry, keys: readonly string[], does: string): TemplateResult {
    const recording = this.recording?.entry === entry ? this.recording : null;
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

  private record(entry: CommandEntry): void {
    this.recording = { entry, problem: null };
    this.host.requestUpdate();
  }

  private stopRecording(entry: CommandEntry): void {
    if (this.recording?.entry === entry) this.recording = null;
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
    else if (isFree(event)) this.choose({ ...this.choices, [entry.id]: [name] });
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
