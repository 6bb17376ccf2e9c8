/** The labels as rows with colour, key and order, in place of the text. Pasting lines into a row adds a label for each. */
import { html, render, nothing, type TemplateResult } from "lit";
import { t } from "../../language/index.js";
import { labelStyle } from "../../ui/palette.js";
import { keyOf, labelText, moved, readLabelRows, type LabelRow } from "./label_text.js";

const MOST_ROWS = 200;

export function editLabels(form: HTMLFormElement): void {
  const box = form.querySelector<HTMLElement>("[data-labels]");
  const text = box?.querySelector("textarea") ?? null;
  if (box === null || text === null || readLabelRows(text.value).length > MOST_ROWS) return;
  new LabelRows(box, text, box.dataset["labels"] === "colours").show();
}

class LabelRows {
  private rows: LabelRow[];
  private readonly place = document.createElement("div");

  constructor(
    box: HTMLElement,
    private readonly text: HTMLTextAreaElement,
    private readonly coloured: boolean,
  ) {
    this.rows = readLabelRows(text.value);
    this.place.className = "label-rows";
    text.after(this.place);
    text.hidden = true;
    box.querySelector<HTMLElement>(".labels-hint")?.setAttribute("hidden", "");
    box.querySelector("label")?.addEventListener("click", () => this.focus(0));
  }

  show(): void {
    const shown = [...this.rows, { name: "", colour: "" }]; // the last row adds a label
    render(html`<ol>${shown.map((row, index) => this.row(row, index))}</ol>`, this.place);
  }

  private row(row: LabelRow, index: number): TemplateResult {
    const isNew = index === this.rows.length;
    const colour = row.colour || labelStyle(index).colour;
    return html`<li>
      ${this.coloured
        ? html`<input type="color" .value=${colour} ?disabled=${isNew} aria-label=${t("Colour of {{label}}", { label: row.name })} @input=${(event: Event) => this.change(index, { ...row, colour: (event.target as HTMLInputElement).value })} />`
        : nothing}
      <input type="text" maxlength="256" .value=${row.name} placeholder=${isNew ? t("Add a label, or paste several lines") : ""} aria-label=${isNew ? t("New label") : t("Label {{number}}", { number: index + 1 })} @input=${(event: Event) => this.change(index, { ...row, name: (event.target as HTMLInputElement).value })} @keydown=${(event: KeyboardEvent) => this.key(event, index)} @paste=${(event: ClipboardEvent) => this.paste(event, index)} @change=${() => this.tidy()} />
      <kbd>${isNew ? "" : keyOf(index)}</kbd>
      <button type="button" class="button button-quiet button-small" ?disabled=${isNew || index === 0} aria-label=${t("Move {{label}} up", { label: row.name })} @click=${() => this.move(index, -1)}>↑</button>
      <button type="button" class="button button-quiet button-small" ?disabled=${isNew || index === this.rows.length - 1} aria-label=${t("Move {{label}} down", { label: row.name })} @click=${() => this.move(index, 1)}>↓</button>
      <button type="button" class="button button-quiet button-small" ?disabled=${isNew} aria-label=${t("Remove {{label}}", { label: row.name })} @click=${() => this.take(index)}>×</button>
    </li>`;
  }

  private change(index: number, row: LabelRow): void {
    this.rows[index] = row;
    this.keep();
  }

  private move(index: number, by: number): void {
    this.rows = moved(this.rows, index, by);
    this.keep();
  }

  private take(index: number): void {
    this.rows = this.rows.filter((_, place) => place !== index);
    this.keep();
    this.focus(Math.min(index, this.rows.length));
  }

  private tidy(): void {
    this.rows = this.rows.filter((row) => row.name.trim() !== "");
    this.keep();
  }

  private key(event: KeyboardEvent, index: number): void {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault(); // or the form would be sent
    this.focus(Math.min(index + 1, this.rows.length));
  }

  private paste(event: ClipboardEvent, index: number): void {
    const lines = readLabelRows(event.clipboardData?.getData("text/plain") ?? "");
    if (lines.length < 2) return;
    event.preventDefault();
    this.rows = [...this.rows.slice(0, index), ...lines, ...this.rows.slice(index)].filter((row) => row.name !== "").slice(0, MOST_ROWS);
    this.keep();
    this.focus(this.rows.length);
  }

  private keep(): void {
    this.text.value = labelText(this.rows);
    this.show();
    this.text.dispatchEvent(new Event("input", { bubbles: true }));
  }

  private focus(index: number): void {
    this.place.querySelectorAll<HTMLInputElement>("input[type=text]")[index]?.focus();
  }
}
