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

/** The name of each command, the path of its icon of 20 x 20, and its name for people. */
const BUTTONS: readonly (readonly [string, string, () => string])[] = [
  ["bold", "M6 4h5a3 3 0 0 1 0 6H6zM6 10h6a3 3 0 0 1 0 6H6z", () => t("Bold")],
  ["italic", "M8 4h7M5 16h7M12 4 8 16", () => t("Italic")],
  ["heading", "M5 4v12M14 4v12M5 10h9", () => t("Heading")],
  ["bulletList", "M8 5h9M8 10h9M8 15h9M3.5 5h.01M3.5 10h.01M3.5 15h.01", () => t("List")],
  ["orderedList", "M9 5h8M9 10h8M9 15h8M3 4l1.5-1v5M3 12.4c.4-1.2 2.6-1.2 2.6.2 0 1-2 1.8-2.6 3.4h2.8", () => t("Numbered list")],
  ["undo", "M7 4 3 8l4 4M3 8h8.5a4 4 0 0 1 0 8H8", () => t("Undo")],
  ["redo", "m13 4 4 4-4 4M17 8H8.5a4 4 0 0 0 0 8H12", () => t("Redo")],
];
const SVG = "http://www.w3.org/2000/svg";
const PICTURE = "M3 4h14v12H3zM3 14l4-4 4 4 2.5-2.5L17 15M13 7.5h.01";

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
  for (const [name, icon, title] of BUTTONS) {
    const button = barButton(icon, title(), () => commands.run(name));
    if (name !== "undo" && name !== "redo") toggles.set(name, button);
    bar.append(button);
  }
  bar.append(pictureButton(commands));
  show();
}

function barButton(icon: string, title: string, press: () => void): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", "0 0 20 20");
  picture.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", icon);
  picture.append(path);
  button.append(picture);
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
  const button = barButton(PICTURE, t("Add a picture"), () => input.click());
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
