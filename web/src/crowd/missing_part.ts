/** A notice over the task while a part of it cannot be loaded, because the network or the server is away. */
import { t } from "../language/index.js";
import { sendToPage } from "./frame_link.js";
import { nextTry } from "./next_try.js";

let notice: HTMLElement | null = null;
let missing = 0;

/** Calls `load` until it succeeds. The notice is there from the first failure on. */
export async function loadWithNotice<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (failure) {
    console.warn("A part of the task cannot be loaded:", failure);
  }
  show();
  for (;;) {
    await nextTry();
    try {
      const loaded = await load();
      hide();
      return loaded;
    } catch {
      // The notice stays.
    }
  }
}

/** It covers the task: an answer, or a draft, without the missing part would replace a complete one. */
function show(): void {
  missing += 1;
  if (notice !== null) return;
  notice = document.createElement("div");
  notice.className = "tp-missing-part";
  notice.role = "alert";
  const text = document.createElement("p");
  text.textContent = `${t("A part of this task could not be loaded. It is tried again automatically.")} ${t(
    "If this message stays, reload the page. Your work is kept.",
  )}`;
  notice.append(text);
  document.body.append(notice);
  sendToPage({ type: "incomplete" });
}

function hide(): void {
  missing -= 1;
  if (missing > 0) return;
  notice?.remove();
  notice = null;
}
