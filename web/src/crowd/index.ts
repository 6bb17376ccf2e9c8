/** crowd-html-elements.js: defines the crowd-* elements of task templates, and notifies the template and the page when they are ready. */
import { LitElement } from "lit";
import tokens from "../ui/tokens.css?inline";
import { connectedForms } from "./crowd-form/component.js";
import { followThePage, nameTheLanguage } from "./appearance.js";
import { COMMON_ELEMENTS } from "./common_elements.js";
import { defineAll, defineUsed } from "./definitions.js";
import documentStyles from "./document.css?inline";
import { sendToPage } from "./frame_link.js";
import { checkForm } from "./missing_form.js";
import { keepFocusInTurn } from "../workspace/turn.js";

function adoptStyles(): void {
  const sheets = [tokens, documentStyles].map((text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    return sheet;
  });
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, ...sheets];
}

async function whenRendered(): Promise<void> {
  const elements = [...document.querySelectorAll("*")].filter((element) => element instanceof LitElement);
  // An element that fails to render must not keep the rest of the task from the worker.
  await Promise.allSettled(elements.map((element) => element.updateComplete));
}

async function announceReady(): Promise<void> {
  const used = defineUsed(document);
  new MutationObserver(() => {
    void defineUsed(document);
    void checkForm();
  }).observe(document, { childList: true, subtree: true });
  await used;
  await whenRendered();
  void checkForm();
  document.dispatchEvent(new CustomEvent("all-crowd-elements-ready"));
  for (const form of connectedForms) form.allElementsReady();
  if (connectedForms.size === 0) sendToPage({ type: "ready", dirty: false }); // so that its notice is seen
}

keepFocusInTurn();
sendToPage({ type: "loading" });
adoptStyles();
nameTheLanguage();
followThePage();
defineAll(COMMON_ELEMENTS);
if (document.readyState === "loading") {
  document.addEventListener("DOMContentLoaded", () => void announceReady());
} else {
  // A template may load this script at its end and add its event handlers after it, in the same task of the event loop.
  setTimeout(() => void announceReady());
}
