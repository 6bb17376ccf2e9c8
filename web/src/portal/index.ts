/** portal.js: the behaviour of the portal's pages. Each part checks whether its page is open. */
import { activateForms } from "./forms.js";
import { activateJobs } from "./jobs.js";
import { activateTaskMenu } from "./task_menu.js";
import { activateTask } from "./task_page.js";

function start(): void {
  activateForms(document);
  activateJobs(document);
  activateTask(document);
  activateTaskMenu(document);
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
