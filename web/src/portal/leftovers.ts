/** Sends drafts that an earlier page could not send: it was closed too fast, or there was no connection. */
import { actionUrl, CallFailed, post } from "./api.js";
import { draftBody, type Draft } from "./drafts.js";
import type { DraftStorage } from "./draft_storage.js";

/** Sends them all, except that of the object with this key, which the page itself takes care of. */
export async function sendLeftovers(storage: DraftStorage, except = ""): Promise<void> {
  for (const [key, draft] of storage.unsent(Date.now())) {
    if (key !== except) await sendLeftover(storage, key, draft);
  }
}

async function sendLeftover(storage: DraftStorage, key: string, draft: Draft): Promise<void> {
  try {
    await post(actionUrl(draft, "save"), draftBody(draft));
  } catch (failure) {
    const kind = failure instanceof CallFailed ? failure.kind : "broken";
    if (kind !== "outdated" && kind !== "over") return;
    // Another device was faster: the task page offers this draft. For a closed object no draft is of use.
    if (kind === "outdated") storage.keepAside(key, draft);
  }
  storage.confirm(key, draft.version);
}
