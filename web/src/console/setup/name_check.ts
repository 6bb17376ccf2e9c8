/** Says while a name is typed whether it can be used, and proposes the label attribute of it. */
import { t } from "../../language/index.js";

const PAUSE_MS = 350;

export function checkName(form: HTMLFormElement): void {
  const input = form.querySelector<HTMLInputElement>("#field-name");
  const attribute = form.querySelector<HTMLInputElement>("#field-attribute");
  if (input === null) return;
  const said = document.createElement("p");
  said.className = "name-check";
  said.setAttribute("role", "status");
  input.after(said);
  let timer = 0;
  let asked = 0;
  const check = async (): Promise<void> => {
    const number = ++asked;
    const address = `${window.location.pathname.replace(/\/create.*/, "/create")}/name?name=${encodeURIComponent(input.value)}`;
    try {
      const answer = await fetch(address);
      const { message } = (await answer.json()) as { message: string };
      if (number !== asked) return;
      said.textContent = input.value === "" ? "" : message || t("This name is free.");
      said.classList.toggle("problem", message !== "");
      form.querySelector("#problem-name")?.remove();
    } catch {
      said.textContent = ""; // the server checks again when the form is sent
    }
  };
  const typed = (): void => {
    if (attribute !== null) attribute.placeholder = proposedAttribute(input.value, isMask(form));
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void check(), PAUSE_MS);
  };
  input.addEventListener("input", typed);
  form.addEventListener("change", (event) => {
    if ((event.target as HTMLInputElement).name === "task_type" && attribute !== null) {
      attribute.placeholder = proposedAttribute(input.value, isMask(form));
    }
  });
  if (attribute !== null) attribute.placeholder = proposedAttribute(input.value, isMask(form));
}

/** As the server makes it: masks are files, whose attribute ends with -ref. */
export function proposedAttribute(name: string, mask: boolean): string {
  return mask && name !== "" ? `${name}-ref` : name;
}

function isMask(form: HTMLFormElement): boolean {
  const chosen = form.querySelector<HTMLInputElement>("[name=task_type]:checked")?.value ?? "";
  return chosen === "SemanticSegmentation" || chosen === "AdjustmentSemanticSegmentation";
}
