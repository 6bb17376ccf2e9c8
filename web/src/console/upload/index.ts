/** console-upload.js: drag and drop, and progress, in the place of the plain form of a folder. */
import { html, nothing, render, type TemplateResult } from "lit";
import { locale, t } from "../../language/index.js";
import { localTimes } from "../../ui/page/forms.js";
import { Calls } from "./calls.js";
import { ofDrop, ofList, type Chosen } from "./chosen.js";
import { Queue, type Row, type State } from "./queue.js";

const MOST_ROWS = 100;
const FOLDER = "photos/"; // an example
const ORDER: Readonly<Record<State, number>> = { failed: 0, exists: 1, sending: 2, stopped: 3, waiting: 4, sent: 5, same: 6 };

class UploadElement extends HTMLElement {
  private queue!: Queue;
  private drawn = 0;
  private wasBusy = false;
  private isOver = false;

  connectedCallback(): void {
    const { bucket = "", token = "", calls = "" } = this.dataset;
    this.queue = new Queue(bucket, new Calls(calls, token), () => this.soon());
    this.replaceChildren();
    window.addEventListener("beforeunload", (event) => {
      if (this.queue.isBusy) event.preventDefault();
    });
    this.acceptDrops();
    this.draw();
  }

  private acceptDrops(): void {
    const over = (isOver: boolean) => (event: DragEvent): void => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      if (this.isOver === isOver) return;
      this.isOver = isOver;
      this.draw();
    };
    document.addEventListener("dragover", over(true));
    document.addEventListener("dragleave", (event) => {
      if (event.relatedTarget === null) over(false)(event);
    });
    document.addEventListener("drop", (event) => {
      over(false)(event);
      if (event.dataTransfer !== null && event.defaultPrevented) void ofDrop(event.dataTransfer).then((files) => this.add(files));
    });
  }

  private add(files: readonly Chosen[]): void {
    const typed = this.querySelector<HTMLInputElement>("input[name=prefix]")?.value ?? "";
    const prefix = typed === "" || typed.endsWith("/") ? typed : `${typed}/`;
    this.queue.add(files, prefix);
  }

  /** Draws once in a frame at most. */
  private soon(): void {
    if (this.drawn === 0) this.drawn = window.setTimeout(() => this.draw(), 60);
  }

  private draw(): void {
    window.clearTimeout(this.drawn);
    this.drawn = 0;
    render(this.view(), this);
    if (this.wasBusy && !this.queue.isBusy) void showFresh();
    this.wasBusy = this.queue.isBusy;
  }

  private view(): TemplateResult {
    const choose = (event: Event): void => {
      const input = event.target as HTMLInputElement;
      if (input.files !== null) this.add(ofList(input.files));
      input.value = "";
    };
    return html`<section class="drop ${this.isOver ? "is-over" : ""}" aria-label=${t("Upload")}>
        <p><strong>${t("Drop files or folders here")}</strong></p>
        <label class="button button-small">${t("Choose files")}<input class="off-screen" type="file" multiple data-files @change=${choose} /></label>
        <label class="button button-small">${t("Choose a folder")}<input class="off-screen" type="file" webkitdirectory data-folder @change=${choose} /></label>
        <label class="into">${t("Into the folder")} <input type="text" name="prefix" value=${this.dataset["prefix"] ?? ""} maxlength="1000" spellcheck="false" autocomplete="off" placeholder=${FOLDER} /></label>
      </section>
      ${this.queue.rows.length === 0 ? nothing : this.report()}`;
  }

  private report(): TemplateResult {
    const counts = this.queue.counts();
    const { by } = counts;
    const failed = this.queue.rows.filter((row) => row.state === "failed" || row.state === "stopped");
    const existing = this.queue.rows.filter((row) => row.state === "exists");
    const shown = [...this.queue.rows].sort((a, b) => ORDER[a.state] - ORDER[b.state]).slice(0, MOST_ROWS);
    const parts = [
      by.sent > 0 ? t("{{number}} uploaded", { number: by.sent }) : "",
      by.same > 0 ? t("{{number}} already there", { number: by.same }) : "",
      by.exists > 0 ? t("{{number}} with a name that is taken", { number: by.exists }) : "",
      by.failed > 0 ? t("{{number}} failed", { number: by.failed }) : "",
    ].filter((text) => text !== "");
    return html`<section class="uploads" aria-label=${t("Uploads")}>
      <div class="uploads-head">
        <progress max=${Math.max(counts.bytes, 1)} value=${counts.sentBytes} aria-label=${t("All files")}></progress>
        <span class="figure" role="status">${t("{{finished}} of {{files}} files", { finished: counts.finished, files: counts.files })} · ${bytes(counts.sentBytes)} / ${bytes(counts.bytes)}</span>
        <span class="muted">${parts.join(" · ")}</span>
        <span class="uploads-buttons">
          ${this.queue.isBusy ? button(t("Stop"), () => this.queue.stop()) : nothing}
          ${failed.length > 0 ? button(t("Try again"), () => this.queue.retry(failed)) : nothing}
          ${existing.length > 1 ? button(t("Replace all"), () => this.queue.retry(existing, true)) : nothing}
        </span>
      </div>
      <ul>${shown.map((row) => this.row(row))}</ul>
      ${this.queue.rows.length > MOST_ROWS ? html`<p class="muted small">${t("and {{number}} more files", { number: this.queue.rows.length - MOST_ROWS })}</p>` : nothing}
    </section>`;
  }

  private row(row: Row): TemplateResult {
    const done = row.state === "sent" || row.state === "same" ? row.target.size : row.bytes;
    return html`<li class="is-${row.state}">
      <span class="name">${row.path}</span>
      <span class="muted figure">${bytes(row.target.size)}</span>
      ${row.state === "sending" ? html`<progress max=${Math.max(row.target.size, 1)} value=${done} aria-label=${row.path}></progress>` : html`<span class="state">${stateText(row)}</span>`}
      ${row.state === "exists" ? button(t("Replace"), () => this.queue.retry([row], true)) : nothing}
      ${row.state === "failed" ? button(t("Try again"), () => this.queue.retry([row])) : nothing}
    </li>`;
  }
}

function button(text: string, press: () => void): TemplateResult {
  return html`<button type="button" class="button button-quiet button-small" @click=${press}>${text}</button>`;
}

function stateText(row: Row): string {
  switch (row.state) {
    case "waiting":
      return t("Waiting");
    case "sent":
      return t("Uploaded");
    case "same":
      return t("Already there");
    case "exists":
      return t("The name is taken by another content");
    case "stopped":
      return t("Stopped");
    default:
      return row.problem;
  }
}

function bytes(count: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
  let unit = 0;
  for (; count >= 1000 && unit < units.length - 1; unit++) count /= 1000;
  const digits = unit === 0 || count >= 100 ? 0 : 1;
  return new Intl.NumberFormat(locale(), { style: "unit", unit: units[unit] as string, unitDisplay: "narrow", maximumFractionDigits: digits }).format(count);
}

/** Shows the objects as they are now. */
async function showFresh(): Promise<void> {
  const answer = await fetch(window.location.href, { headers: { accept: "text/html" }, cache: "no-store" }).catch(() => null);
  if (answer === null || !answer.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-part=objects]");
  const present = document.querySelector("[data-part=objects]");
  if (fresh === null || present === null) return;
  present.replaceWith(fresh);
  localTimes(fresh);
}

customElements.define("tp-upload", UploadElement);
