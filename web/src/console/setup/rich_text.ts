/** Instructions in an editor in place of their HTML. The editor's library is loaded only here. */
import { t } from "../../language/index.js";
import { smallPicture } from "./small_picture.js";

interface Commands {
  run(name: string): void;
  isActive(name: string): boolean;
  addPicture(address: string): void;
}

declare global {
  var TrigpointEditor:
    | { create(place: HTMLElement, content: string, label: string, changed: (html: string) => void, moved: () => void): Commands }
    | undefined;
}

/** The name of each command, what its button shows, and its name for people. */
const BUTTONS: readonly (readonly [string, string, () => string])[] = [
  ["bold", "B", () => t("Bold")],
  ["italic", "I", () => t("Italic")],
  ["heading", "H", () => t("Heading")],
  ["bulletList", "•", () => t("List")],
  ["orderedList", "1.", () => t("Numbered list")],
  ["undo", "↶", () => t("Undo")],
  ["redo", "↷", () => t("Redo")],
];

export async function editRichTexts(form: HTMLFormElement): Promise<void> {
  const boxes = [...form.querySelectorAll<HTMLElement>("[data-rich]")];
  const address = form.dataset["editor"];
  if (boxes.length === 0 || address === undefined) return;
  await load(address);
  for (const box of boxes) edit(box);
}

function edit(box: HTMLElement): void {
  const text = box.querySelector("textarea");
  if (text === null) return;
  const place = document.createElement("div");
  place.className = "rich-text";
  const bar = document.createElement("div");
  bar.className = "rich-bar";
  bar.setAttribute("role", "toolbar");
  const label = box.querySelector("label")?.firstChild?.textContent?.trim() ?? "";
  bar.setAttribute("aria-label", label);
  const page = document.createElement("div");
  place.append(bar, page);
  text.after(place);
  text.hidden = true;
  const changed = (html: string): void => {
    text.value = html;
    text.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const toggles = new Map<string, HTMLButtonElement>();
  const show = (): void => {
    for (const [name, button] of toggles) button.setAttribute("aria-pressed", String(commands?.isActive(name) ?? false));
  };
  const commands = globalThis.TrigpointEditor?.create(page, text.value, label, changed, show);
  if (commands === undefined) return;
  for (const [name, sign, title] of BUTTONS) {
    const button = barButton(sign, title(), () => commands.run(name));
    if (name !== "undo" && name !== "redo") toggles.set(name, button);
    bar.append(button);
  }
  bar.append(pictureButton(commands));
  show();
}

function barButton(sign: string, title: string, press: () => void): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = sign;
  button.title = title;
  button.setAttribute("aria-label", title);
  button.addEventListener("mousedown", (event) => event.preventDefault()); // the selection stays
  button.addEventListener("click", press);
  return button;
}

function pictureButton(commands: Commands): HTMLElement {
  const input = document.createElement("input");
  input.type = "file";
  input.accept = "image/png,image/jpeg,image/webp,image/gif";
  input.hidden = true;
  const button = barButton("▧", t("Add a picture"), () => input.click());
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    input.value = "";
    if (file !== undefined) void smallPicture(file).then((address) => commands.addPicture(address), () => undefined);
  });
  button.append(input);
  return button;
}

function load(address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.addEventListener("load", () => resolve());
    script.addEventListener("error", () => reject(new Error(`${address} cannot be loaded`)));
    document.head.append(script);
  });
}
