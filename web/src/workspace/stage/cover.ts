/** What the stage shows in place of an image, or next to one that is not whole: that it is loading, or what is wrong. */
import { html, nothing, type TemplateResult } from "lit";
import { t } from "../../language/index.js";
import { icon } from "../../ui/icons.js";
import type { ImageLoading } from "./loading.js";

export function renderCover({ phase, failure, isCutOff }: ImageLoading, retry: () => void): TemplateResult | typeof nothing {
  if (phase === "loading") {
    return html`<div class="cover" role="status"><div class="spinner"></div><span>${t("Loading the image …")}</span></div>`;
  }
  if (phase === "ready" && isCutOff) {
    return html`<div class="cut-off" role="status">${icon("warning", 16)}<span>${t("The file of this image ends too early, so a part of it is missing.")}</span>
      <button class="button" @click=${retry}>${t("Load again")}</button></div>`;
  }
  if (phase !== "error") return nothing;
  return html`<div class="cover" role="alert"><div class="badge">${icon("image", 24)}</div>
    <strong>${t("The image cannot be shown")}</strong><p>${failure}</p>
    <p>${t("Try again, or decline this task, so that somebody can look at it.")}</p>
    <button class="button" @click=${retry}>${t("Try again")}</button></div>`;
}
