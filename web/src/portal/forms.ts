/** The behaviour of the sign-in and password forms, and of menus. */
import { AnswerStorage } from "./answer_storage.js";
import { DraftStorage } from "./draft_storage.js";
import { activatePageForms } from "../ui/page/forms.js";
import { sendLeftovers } from "./leftovers.js";

export function activateForms(root: Document): void {
  activatePageForms(root);
  root.querySelectorAll<HTMLFormElement>("form[data-sign-out]").forEach(forgetWork);
}

const SEND_AT_MOST_MS = 3000;

/** Before signing out, answers and drafts are sent. After it the browser has only those that could not be sent. */
function forgetWork(form: HTMLFormElement): void {
  const worker = form.dataset["signOut"] ?? "";
  const [storage, answers] = [new DraftStorage(worker), new AnswerStorage(worker)];
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const late = new Promise((resolve) => window.setTimeout(resolve, SEND_AT_MOST_MS));
    void Promise.race([sendLeftovers(storage, answers), late]).finally(async () => {
      storage.clear();
      await answers.clear();
      form.submit(); // does not come back here, unlike requestSubmit
    });
  });
}
