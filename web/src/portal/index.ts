/** What is alive on the portal's pages: each part looks whether its page is there. */
import { enliveForms } from "./forms.js";
import { enliveJobs } from "./jobs.js";
import { enliveTask } from "./task_page.js";

function start(): void {
  enliveForms(document);
  enliveJobs(document);
  enliveTask(document);
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
