/** Buttons that copy code. */
import { t } from "../language/index.js";

const SHOWN_MS = 2000;

export function addCopyButtons(root: ParentNode): void {
  if (!navigator.clipboard) return; // over plain HTTP from another machine
  root.querySelectorAll<HTMLElement>("[data-copy]").forEach((box) => {
    const code = box.querySelector("code");
    if (code === null || box.querySelector(".copy") !== null) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = t("Copy");
    button.addEventListener("click", () => {
      void navigator.clipboard.writeText(code.textContent ?? "").then(() => {
        button.textContent = t("Copied");
        window.setTimeout(() => (button.textContent = t("Copy")), SHOWN_MS);
      });
    });
    box.append(button);
  });
}
