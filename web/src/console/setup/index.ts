/** console-setup.js: makes the two steps of a new labeling job alive. Without it, the same forms work. */
import { keepDraft } from "./draft.js";
import { showExamples } from "./examples.js";
import { lookWhileReading } from "./input_look.js";
import { editLabels } from "./label_rows.js";
import { checkName } from "./name_check.js";
import { followPreview } from "./preview.js";
import { editRichTexts } from "./rich_text.js";

function start(): void {
  const form = document.querySelector<HTMLFormElement>("form[data-setup]");
  if (form === null) return;
  const draft = keepDraft(form);
  checkName(form);
  lookWhileReading(form, draft);
  editLabels(form);
  showExamples(form);
  void editRichTexts(form);
  followPreview(form, draft);
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
