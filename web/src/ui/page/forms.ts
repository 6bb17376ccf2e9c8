/** The behaviour of forms, menus and times on every page of the portal and the console. */
import { locale, t } from "../../language/index.js";

export function activatePageForms(root: Document): void {
  root.querySelectorAll<HTMLInputElement>("input[data-reveal]").forEach(addReveal);
  root.querySelectorAll<HTMLInputElement>("input[data-same-as]").forEach(checkSame);
  root.querySelectorAll<HTMLFormElement>("form[data-once]").forEach(sendOnce);
  root.querySelectorAll<HTMLDetailsElement>("details.menu").forEach(closeOutside);
  localTimes(root);
}

/** Adds the full local time as a tooltip to times that the page shows in words. */
export function localTimes(root: ParentNode): void {
  root.querySelectorAll<HTMLTimeElement>("time[datetime]").forEach((time) => {
    time.title = new Date(time.dateTime).toLocaleString(locale(), { dateStyle: "full", timeStyle: "short" });
  });
}

function addReveal(input: HTMLInputElement): void {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "reveal";
  const show = (shown: boolean): void => {
    input.type = shown ? "text" : "password";
    button.textContent = shown ? t("Hide") : t("Show");
    button.setAttribute("aria-pressed", String(shown));
  };
  button.setAttribute("aria-label", t("Show what is typed"));
  button.addEventListener("click", () => {
    show(input.type === "password");
    input.focus();
  });
  input.after(button); // .with-reveal around the field reserves its place
  show(false);
  input.form?.addEventListener("submit", () => show(false));
}

function checkSame(input: HTMLInputElement): void {
  const other = input.form?.elements.namedItem(input.dataset["sameAs"] ?? "");
  if (!(other instanceof HTMLInputElement)) return;
  const check = (): void => input.setCustomValidity(input.value === other.value ? "" : t("The two new passwords differ."));
  input.addEventListener("input", check);
  other.addEventListener("input", check);
}

function sendOnce(form: HTMLFormElement): void {
  form.addEventListener("submit", () => {
    const button = form.querySelector<HTMLButtonElement>("button[type=submit].button");
    // not `disabled`: a page restored from the browser's cache would stay disabled
    button?.classList.add("is-busy");
    window.setTimeout(() => button?.classList.remove("is-busy"), 8000);
  });
}

function closeOutside(menu: HTMLDetailsElement): void {
  document.addEventListener("click", (event) => {
    if (menu.open && event.target instanceof Node && !menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary")?.focus();
  });
}
