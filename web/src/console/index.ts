/** console.js: what makes the console's pages alive. Without it they show the same, and their forms work. */
import { activatePageForms } from "../ui/page/forms.js";
import { showCharts } from "./charts.js";
import { addCopyButtons } from "./copying.js";
import { activateGallery } from "./gallery.js";
import { follow } from "./live.js";
import { browsePlaces } from "./places.js";
import { activateSteps } from "./steps.js";
import { activateTry } from "./try.js";

function start(): void {
  activatePageForms(document);
  addCopyButtons(document);
  showCharts(document);
  activateGallery(document);
  activateSteps(document);
  activateTry(document);
  browsePlaces(document);
  document.querySelector<HTMLElement>("[data-focus]")?.focus();
  const content = document.querySelector<HTMLElement>("[data-live]");
  if (content !== null) follow(content);
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
