/** Shows the worker's page again after each change, and what Submit would send. */
import { t } from "../../language/index.js";
import type { Draft } from "./draft.js";

const MOST_ANSWER = 4000;

export function followPreview(form: HTMLFormElement, draft: Draft): void {
  const frame = form.querySelector<HTMLIFrameElement>("iframe[name=preview]");
  const button = form.querySelector<HTMLButtonElement>("[data-preview]");
  const object = form.querySelector<HTMLSelectElement>("#preview-object");
  const answer = form.querySelector<HTMLElement>("[data-preview-answer]");
  if (frame === null || button === null || object === null || answer === null) return;
  button.hidden = true; // the page follows by itself
  // `replace` leaves no entry in the history, so that Back still leads to the first step.
  const show = (): void => frame.contentWindow?.location.replace(`${draft.address}/preview?object=${object.value}`);
  draft.onSaved(show);
  object.addEventListener("change", () => {
    show();
    form.querySelector<HTMLAnchorElement>("[data-preview-page]")?.setAttribute("href", `${draft.address}/preview?object=${object.value}`);
  });
  const say = (message: object): void => frame.contentWindow?.postMessage({ source: "trigpoint", ...message }, "*");
  window.addEventListener("message", (event: MessageEvent) => {
    const data = event.data as { source?: unknown; type?: unknown; answer?: unknown } | null;
    if (event.source !== frame.contentWindow || data?.source !== "trigpoint") return;
    if (data.type === "loading" || data.type === "hello") say({ type: "page" });
    if (data.type !== "submit") return;
    answer.textContent = `${t("Submit would send:")} ${JSON.stringify(data.answer).slice(0, MOST_ANSWER)}`;
    say({ type: "submitted" });
  });
}
