/** Sends what an earlier page could not send: it was closed too fast, or there was no connection. */
import type { AnswerStorage } from "./answer_storage.js";
import { actionUrl, CallFailed, mayWorkLater, post } from "./api.js";
import { draftBody, type Draft, objectKey } from "./drafts.js";
import type { DraftStorage } from "./draft_storage.js";
import { t } from "../language/index.js";
import { sendAnswer } from "./outbox.js";
import { shortTime } from "./timing.js";

/**
 * Sends all answers, then all drafts, except those of the object with the key `except`, which the page itself takes care
 * of. Returns what a worker has to know about answers that were not accepted.
 */
export async function sendLeftovers(drafts: DraftStorage, answers: AnswerStorage, except = ""): Promise<string[]> {
  const refusals = [];
  for (const answer of await answers.unsent()) {
    if (objectKey(answer) === except) continue;
    try {
      await sendAnswer(answer, { andNext: false });
      await answers.confirm(answer);
      drafts.drop(objectKey(answer));
    } catch (failure) {
      if (!(failure instanceof CallFailed) || mayWorkLater(failure) || failure.kind === "signed-out") continue;
      await answers.drop(answer.assignmentId);
      const time = shortTime(answer.submittedAtMs);
      refusals.push(t("Your answer from {{time}} was not accepted. {{reason}}", { time, reason: failure.message }));
    }
  }
  for (const [key, draft] of drafts.unsent(Date.now())) {
    if (key !== except) await sendLeftover(drafts, key, draft);
  }
  return refusals;
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
