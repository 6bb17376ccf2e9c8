/** A notice for a worker whose task cannot be submitted: its template has no form, or a script has removed it. */
import { t } from "../language/index.js";
import { connectedForms } from "./crowd-form/component.js";
import { findPage } from "./frame_link.js";

let notice: HTMLElement | null = null;

/**
 * Shows the notice, or removes it when a form is there. A form that a script moves is away for less than a task. A
 * document without our page around it, such as a page with single elements, is no task.
 */
export async function checkForm(): Promise<void> {
  if (notice === null && connectedForms.size > 0) return;
  if (!(await findPage())) return;
  setTimeout(() => {
    if (connectedForms.size > 0) {
      notice?.remove();
      notice = null;
    } else if (notice === null) {
      notice = document.body.appendChild(document.createElement("p"));
      notice.className = "tp-missing-form";
      notice.role = "alert";
      notice.textContent = t("This task has no form, so that nothing can be submitted. Please decline it.");
    }
  });
}
