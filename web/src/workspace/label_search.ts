/** Finding a label in a long list by typing: the arrows go through the labels found, Enter takes one. */
import { css, html, type ReactiveControllerHost, type TemplateResult } from "lit";
import { t } from "../language/index.js";

interface SearchHost extends ReactiveControllerHost {
  readonly renderRoot: ParentNode;
}

/** Shorter lists are read faster than searched. */
const FROM_LABELS = 12;

export class LabelSearch {
  private text = "";
  private position = 0;

  constructor(
    private readonly host: SearchHost,
    /** The worker takes a label with Enter. */
    private readonly take: (label: string) => void,
    /** The worker leaves the field with Escape. */
    private readonly leave: () => void,
    /** What is shown for a label, and searched with it. */
    private readonly nameOf: (label: string) => string = (label) => label,
  ) {}

  isOfUse(labels: readonly string[]): boolean {
    return labels.length > FROM_LABELS;
  }

  get filter(): string {
    return this.text;
  }

  /** Labels that begin with the text first, then those that contain it. */
  found(labels: readonly string[]): readonly string[] {
    const wanted = this.text.trim().toLowerCase();
    if (wanted === "") return labels;
    const texts = labels.map((label) => [this.nameOf(label).toLowerCase(), label.toLowerCase()]);
    const begins = labels.filter((_, at) => texts[at]?.some((text) => text.startsWith(wanted)));
    const isFirst = new Set(begins);
    return [...begins, ...labels.filter((label, at) => !isFirst.has(label) && texts[at]?.some((text) => text.includes(wanted)))];
  }

  /** The label that Enter takes; undefined while nothing is typed. */
  active(labels: readonly string[]): string | undefined {
    return this.text.trim() === "" ? undefined : this.found(labels)[this.position];
  }

  /** Moves the focus to the field. Returns false when there is none. */
  focus(): boolean {
    const field = this.host.renderRoot.querySelector<HTMLInputElement>(".label-search input");
    field?.focus();
    field?.select();
    return field !== null;
  }

  clear(): void {
    this.text = "";
    this.position = 0;
    this.host.requestUpdate();
  }

  render(labels: readonly string[], key: string): TemplateResult {
    return html`<div class="filter label-search"><input class="input" type="search" placeholder=${key === "" ? t("Find a label") : t("Find a label ({{key}})", { key })}
      aria-label=${t("Find a label")} aria-describedby="found-label" .value=${this.text}
      @input=${(event: Event) => this.set((event.target as HTMLInputElement).value)}
      @change=${(event: Event) => event.stopPropagation()}
      @keydown=${(event: KeyboardEvent) => this.handleKey(event, labels)}>
      <span class="visually-hidden" id="found-label" aria-live="polite">${this.activeName(labels)}</span></div>`;
  }

  private activeName(labels: readonly string[]): string {
    const active = this.active(labels);
    return active === undefined ? "" : this.nameOf(active);
  }

  private set(text: string): void {
    this.text = text;
    this.position = 0;
    this.host.requestUpdate();
  }

  private handleKey(event: KeyboardEvent, labels: readonly string[]): void {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const active = this.active(labels);
    if (step !== undefined) this.move(step, this.found(labels).length);
    else if (event.key === "Enter" && active !== undefined) this.take(active);
    else if (event.key === "Escape") {
      this.clear();
      this.leave();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private move(step: number, count: number): void {
    this.position = Math.min(Math.max(0, this.position + step), Math.max(0, count - 1));
    this.host.requestUpdate();
    void this.host.updateComplete.then(() => this.host.renderRoot.querySelector("[data-active]")?.scrollIntoView({ block: "nearest" }));
  }
}

export const labelSearchStyles = css`
  .filter {
    flex: none;
    margin: 0 var(--tp-space-3) var(--tp-space-2);
  }
  .filter .input {
    padding: 4px 8px;
    font-size: var(--tp-text-sm);
  }
  [data-active] {
    background: var(--tp-surface-hover);
    outline: 2px dashed var(--tp-accent-500);
    outline-offset: -2px;
  }
`;
