/** Good and bad examples: pictures from this machine, or addresses of objects; shown as tiles in place of the text. */
import { html, render, nothing, type TemplateResult } from "lit";
import { t } from "../../language/index.js";
import { smallPicture } from "./small_picture.js";

const PATTERN = "s3://bucket/key"; // the same in all languages

export function showExamples(form: HTMLFormElement): void {
  for (const box of form.querySelectorAll<HTMLElement>("[data-pictures]")) {
    const text = box.querySelector("textarea");
    if (text !== null) new Examples(text).show();
  }
}

class Examples {
  private readonly place = document.createElement("div");
  private problem = "";

  constructor(private readonly text: HTMLTextAreaElement) {
    this.place.className = "example-tiles";
    text.after(this.place);
    text.hidden = true;
  }

  private get addresses(): string[] {
    return this.text.value.split("\n").filter((line) => line.trim() !== "");
  }

  show(): void {
    render(
      html`<ul>${this.addresses.map((address, index) => this.tile(address, index))}</ul>
        <label class="button button-small">${t("Add pictures")}<input type="file" class="off-screen" accept="image/png,image/jpeg,image/webp,image/gif" multiple @change=${(event: Event) => void this.add(event.target as HTMLInputElement)} /></label>
        <input type="text" placeholder=${PATTERN} aria-label=${t("Address of a picture")} @change=${(event: Event) => this.type(event.target as HTMLInputElement)} @keydown=${(event: KeyboardEvent) => this.enter(event)} />
        ${this.problem === "" ? nothing : html`<p class="problem" role="alert">${this.problem}</p>`}`,
      this.place,
    );
  }

  private tile(address: string, index: number): TemplateResult {
    const name = address.startsWith("data:") ? t("Picture {{number}}", { number: index + 1 }) : address.split("/").pop() ?? address;
    return html`<li>${address.startsWith("data:") ? html`<img src=${address} alt=${name} />` : html`<span>${name}</span>`}<button type="button" class="button button-quiet button-small" aria-label=${t("Remove {{label}}", { label: name })} @click=${() => this.keep(this.addresses.filter((_, place) => place !== index))}>×</button></li>`;
  }

  private async add(input: HTMLInputElement): Promise<void> {
    const files = [...(input.files ?? [])];
    input.value = "";
    this.problem = "";
    try {
      this.keep([...this.addresses, ...(await Promise.all(files.map(smallPicture)))]);
    } catch {
      this.problem = t("A file is not a picture that this browser can read.");
      this.show();
    }
  }

  private type(input: HTMLInputElement): void {
    const address = input.value.trim();
    input.value = "";
    if (address !== "") this.keep([...this.addresses, address]);
  }

  private enter(event: KeyboardEvent): void {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    this.type(event.target as HTMLInputElement);
  }

  private keep(addresses: readonly string[]): void {
    this.text.value = addresses.join("\n");
    this.show();
    this.text.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
