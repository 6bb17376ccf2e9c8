/** A dialog in which an s3:// address is chosen. Without it, the button opens the same page in a window of its own. */
import { t } from "../language/index.js";

/** Makes the buttons next to fields for addresses open the dialog. */
export function browsePlaces(root: ParentNode): void {
  root.querySelectorAll<HTMLAnchorElement>("a[data-browse]").forEach((link) => {
    const field = link.parentElement?.querySelector<HTMLInputElement | HTMLTextAreaElement>("input, textarea");
    if (!field) return;
    link.setAttribute("role", "button");
    link.addEventListener("click", (event) => {
      event.preventDefault();
      open(link.href, link.getAttribute("aria-label") ?? t("Browse"), field);
    });
    link.addEventListener("keydown", (event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      link.click();
    });
  });
}

function open(address: string, name: string, field: HTMLInputElement | HTMLTextAreaElement): void {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog places-dialog";
  dialog.setAttribute("aria-label", name);
  const head = document.createElement("div");
  head.className = "places-head";
  const title = document.createElement("h2");
  title.textContent = name;
  head.append(title, button(t("Close"), "button button-quiet button-small", () => dialog.close()));
  const content = document.createElement("div");
  dialog.append(head, content);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();

  const take = (uri: string): void => {
    put(field, uri);
    dialog.close();
    field.focus();
  };
  const show = async (from: string): Promise<void> => {
    content.setAttribute("aria-busy", "true");
    const found = await places(from);
    content.removeAttribute("aria-busy");
    if (!dialog.isConnected) return;
    content.replaceChildren(found);
    makeAlive(found, from, take, (next) => void show(next));
    (found.querySelector<HTMLElement>(".places-list a, .places-list button") ?? found.querySelector<HTMLElement>("input[type=search]"))?.focus();
  };
  const start = new URL(address);
  const typed = field instanceof HTMLInputElement ? field.value.trim() : "";
  if (typed.startsWith("s3://")) start.searchParams.set("at", typed.slice(0, typed.lastIndexOf("/") + 1));
  void show(start.href);
}

/** The part of the page at the address that the dialog shows; what is wrong, if it cannot be had. */
async function places(address: string): Promise<HTMLElement> {
  try {
    const answer = await fetch(address);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.querySelector<HTMLElement>("[data-places]");
    if (found !== null) return document.adoptNode(found);
  } catch {
    // said below
  }
  const problem = document.createElement("p");
  problem.setAttribute("role", "alert");
  problem.textContent = t("The list cannot be loaded. Close this and try again.");
  return problem;
}

function makeAlive(found: HTMLElement, from: string, take: (uri: string) => void, show: (address: string) => void): void {
  found.querySelectorAll<HTMLAnchorElement>("a[data-enter]").forEach((link) => {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      show(link.href);
    });
  });
  found.querySelectorAll<HTMLElement>("[data-take]").forEach((each) => {
    const uri = each.dataset["take"] ?? "";
    const text = each.dataset["text"];
    const choice = button(text ?? "", text === undefined ? "places-take" : "button button-primary", () => take(uri));
    if (text === undefined) choice.append(...each.childNodes);
    choice.querySelector("code")?.remove();
    each.replaceWith(choice);
    if (text !== undefined) choice.before(...each.childNodes);
  });
  found.querySelector("form")?.addEventListener("submit", (event) => {
    event.preventDefault();
    const wanted = new URL(from);
    for (const [name, value] of new FormData(event.currentTarget as HTMLFormElement)) wanted.searchParams.set(name, String(value));
    wanted.searchParams.delete("after");
    show(wanted.href);
  });
}

function button(text: string, className: string, press: () => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = className;
  made.textContent = text;
  made.addEventListener("click", press);
  return made;
}

/** Puts the address into the field: as its value, or as a line more. */
function put(field: HTMLInputElement | HTMLTextAreaElement, uri: string): void {
  const lines = field.value.split("\n").filter((line) => line.trim() !== "");
  field.value = field instanceof HTMLInputElement ? uri : [...lines, uri].join("\n");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
}
