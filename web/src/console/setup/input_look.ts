/** Counts the input before a person's eyes: the number grows while the server reads. */
import { locale, t } from "../../language/index.js";
import type { Draft } from "./draft.js";

interface Step {
  readonly read?: number;
  readonly done?: boolean;
  readonly message?: string;
  readonly field?: string;
}

export function lookWhileReading(form: HTMLFormElement, draft: Draft): void {
  const button = form.querySelector<HTMLButtonElement>("[data-look]");
  const progress = form.querySelector<HTMLElement>("[data-look-progress]");
  const result = form.querySelector<HTMLElement>("[data-look-result]");
  if (button === null || progress === null || result === null) return;
  const show = (text: string, bad = false): void => {
    progress.textContent = text;
    progress.classList.toggle("problem", bad);
  };
  let running = false;
  const look = async (): Promise<void> => {
    if (!(await draft.save())) return form.requestSubmit(button);
    show(t("Reading…"));
    const answer = await fetch(`${draft.address}/look`);
    for await (const step of steps(answer)) {
      if (step.read !== undefined) show(t("{{number}} read", { number: step.read.toLocaleString(locale()) }));
      if (step.message !== undefined) return show(step.message, true);
    }
    show("");
    const page = await fetch(draft.address);
    const fresh = new DOMParser().parseFromString(await page.text(), "text/html");
    for (const place of ["[data-look-result]", "#reviewed-keys"]) {
      const found = fresh.querySelector(place);
      if (found !== null) form.querySelector(place)?.replaceChildren(...found.childNodes);
    }
  };
  button.addEventListener("click", (event) => {
    event.preventDefault();
    if (running) return;
    running = true;
    result.replaceChildren();
    void look()
      .catch(() => show(t("The server does not answer. Try again."), true))
      .finally(() => (running = false));
  });
}

/** The lines of the answer, as they come. */
async function* steps(answer: Response): AsyncGenerator<Step> {
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  while (reader !== undefined) {
    const { value, done } = await reader.read();
    const lines = (rest + (value ?? "")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") yield JSON.parse(line) as Step;
    if (done) break;
  }
  if (rest.trim() !== "") yield JSON.parse(rest) as Step;
}
