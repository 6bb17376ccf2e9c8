/**
 * Forms with steps (`form[data-stepped]`): buttons named `step` change the form on the server, such as one more channel or an
 * attribute moved up. Here the form is exchanged in place, so that the page does not jump. Without a script it is sent.
 */
import { Idiomorph } from "idiomorph";

export function activateSteps(root: Document): void {
  root.querySelectorAll<HTMLFormElement>("form[data-stepped]").forEach((form) => {
    form.addEventListener("submit", (event) => {
      const button = event.submitter;
      if (!(button instanceof HTMLButtonElement) || button.name !== "step") return;
      event.preventDefault();
      void step(form, button.value, button.id);
    });
    form.addEventListener("change", (event) => {
      if (event.target instanceof HTMLInputElement && event.target.type === "file") form.querySelector<HTMLButtonElement>("[data-sends-file]")?.click();
    });
    // What a manifest offers depends on these.
    form.addEventListener("change", (event) => {
      const name = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement ? event.target.name : "";
      if (/^c\d_(type|uri|attributes)$/.test(name)) void step(form, "refresh", "");
    });
  });
}

async function step(form: HTMLFormElement, value: string, pressed: string): Promise<void> {
  // FormData of a form that is being sent has no button unless it is named.
  const fields = new URLSearchParams();
  for (const [name, text] of new FormData(form)) if (typeof text === "string") fields.append(name, text);
  fields.set("step", value);
  try {
    const answer = await fetch(form.action, { method: "POST", body: fields, headers: { accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("form[data-stepped]");
    if (fresh === null) throw new Error("the answer has no such form");
    Idiomorph.morph(form, fresh, { ignoreActiveValue: true, callbacks: { beforeAttributeUpdated: (name: string) => name !== "open" } });
    takeValues(form, fresh);
    focusAgain(form, pressed);
  } catch {
    const hidden = document.createElement("input");
    Object.assign(hidden, { type: "hidden", name: "step", value });
    form.append(hidden);
    form.submit();
  }
}

/** Fields keep what was typed into them, whatever their attributes say; here the server's values count. */
function takeValues(form: HTMLFormElement, fresh: Element): void {
  for (const from of fresh.querySelectorAll<HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement>("[name]")) {
    const to = from.id === "" ? null : form.querySelector(`#${CSS.escape(from.id)}`);
    if (to === null || to === document.activeElement) continue;
    if (to instanceof HTMLSelectElement || to instanceof HTMLTextAreaElement) to.value = from.value;
    else if (to instanceof HTMLInputElement && to.type !== "checkbox" && to.type !== "radio") to.value = from.value;
  }
}

/** The button that was pressed; where it can no longer be pressed, the one next to it. */
function focusAgain(form: HTMLFormElement, pressed: string): void {
  if (pressed === "") return;
  const moved = movedId(pressed);
  const found = [moved, pressed].map((id) => form.querySelector<HTMLButtonElement>(`#${CSS.escape(id)}`)).find((each) => each !== null);
  if (found === undefined || found === null) return;
  if (!found.disabled) found.focus();
  else found.parentElement?.querySelector<HTMLButtonElement>("button:not(:disabled)")?.focus();
}

/** The button of the same kind at the attribute, which is now one place up or down. */
export function movedId(id: string): string {
  const found = /^(up|down)-(\d+)-(\d+)$/.exec(id);
  if (found === null) return id;
  const place = Number(found[3]) + (found[1] === "up" ? -1 : 1);
  return `${found[1] ?? ""}-${found[2] ?? ""}-${String(place)}`;
}
