/** What the stage shows in place of an image: that it is loading, or why it cannot be shown. */
import { html, nothing, type TemplateResult } from "lit";
import { t } from "../../language/index.js";
import { icon } from "../../ui/icons.js";
import type { ImageLoading } from "./loading.js";

export function renderCover({ phase, failure }: ImageLoading, retry: () => void): TemplateResult | typeof nothing {
  if (phase === "loading") {
    return html`<div class="cover" role="status"><div class="spinner"></div><span>${t("Loading the image …")}</span></div>`;
  }
  if (phase !== "error") return nothing;
  return html`<div class="cover" role="alert"><div class="badge">${icon("image", 24)}</div>
    <strong>${t("The image cannot be shown")}</strong><p>${failure}</p>
    <p>${t("Try again, or decline this task, so that somebody can look at it.")}</p>
    <button class="button" @click=${retry}>${t("Try again")}</button></div>`;
}
