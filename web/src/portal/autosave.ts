/** Unfinished work is kept in the browser at once, and saved on the server soon after each change. */
import { actionUrl, CallFailed, mayWorkLater, post, postOnLeaving, type Json } from "./api.js";
import { draftBody, objectKey, type Draft } from "./drafts.js";
import type { DraftChannel } from "./draft_channel.js";
import { DraftKeeping, LARGE_CHARACTERS } from "./draft_keeping.js";
import type { DraftStorage } from "./draft_storage.js";
import type { Sitting } from "./sitting.js";

const AFTER_MS = 1500;
/** For work that is not small, so that the page does not send megabytes all the time. */
const LARGE_AFTER_MS = 15_000;
const RETRY_MS = 10_000;

export interface AutosaveEvents {
  /** The task to save; null when there is none, or its answer is on its way. */
  sittingToSave(): Sitting | null;
  saved(sitting: Sitting): void;
  /** The state was not saved and is saved with the next one. */
  delayed(sitting: Sitting): void;
  /** Another tab or device has saved a newer draft. */
  outdated(sitting: Sitting): void;
  refused(sitting: Sitting, failure: unknown): Promise<void>;
}

export class Autosave {
  private timer: number | undefined;
  private sending: Promise<void> | null = null;
  private readonly keeping: DraftKeeping;

  constructor(
    private readonly storage: DraftStorage,
    private readonly channel: DraftChannel,
    private readonly events: AutosaveEvents,
  ) {
    this.keeping = new DraftKeeping(storage);
    window.addEventListener("pagehide", () => this.saveOnLeaving());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.saveOnLeaving();
    });
    window.addEventListener("online", () => this.saveNow());
    window.addEventListener("beforeunload", (event) => {
      this.keeping.keepNow();
      if (this.wouldLose()) event.preventDefault();
    });
  }

  /** Keeps a new state in the browser, a large one within seconds; the server gets it soon. */
  keep(sitting: Sitting, state: Json, text = JSON.stringify(state)): void {
    if (text === sitting.lastText) return;
    sitting.lastText = text;
    const key = objectKey(sitting.assignment);
    const draft = this.draftOf(sitting, state);
    sitting.unsaved = draft;
    if (sitting.isOutdated) {
      this.storage.keepAside(key, draft);
      return;
    }
    this.keeping.keep(sitting, key, draft, text.length);
    this.channel.changed(key, draft);
    this.saveIn(text.length > LARGE_CHARACTERS && sitting.isKeptHere ? LARGE_AFTER_MS : AFTER_MS);
  }

  /** Saves the last draft now. It fails when the server does not accept it. */
  async flush(sitting: Sitting): Promise<void> {
    this.keeping.keepNow();
    await this.sending;
    if (sitting.unsaved !== undefined && !sitting.isOutdated) await this.send(sitting, sitting.unsaved);
  }

  /** Saves the last draft without waiting for the time that was set for it. */
  saveNow(): void {
    window.clearTimeout(this.timer);
    this.timer = undefined;
    void this.save();
  }

  /** Saves the last draft after this time, or at the time that was set before. */
  private saveIn(ms: number): void {
    this.timer ??= window.setTimeout(() => this.saveNow(), ms);
  }

  /** A state as the next version. */
  draftOf(sitting: Sitting, state: Json): Draft {
    return {
      ...sitting.lineage.next(),
      state,
      assignmentId: sitting.assignment.assignmentId,
      isReserved: !sitting.isAccepted,
      timeSpentSeconds: sitting.timeSpentS(),
      keptAtMs: Date.now(),
      isSent: false,
    };
  }

  private async save(): Promise<void> {
    const sitting = this.events.sittingToSave();
    if (sitting?.unsaved === undefined || sitting.isOutdated || this.sending !== null) return;
    this.sending = this.trySending(sitting, sitting.unsaved);
    await this.sending;
    this.sending = null;
    if (sitting.unsaved !== undefined) this.saveIn(AFTER_MS);
  }

  private async trySending(sitting: Sitting, draft: Draft): Promise<void> {
    try {
      await this.send(sitting, draft);
      this.events.saved(sitting);
    } catch (failure) {
      await this.handleFailure(sitting, draft, failure);
    }
  }

  private async send(sitting: Sitting, draft: Draft): Promise<void> {
    sitting.lineage.send(draft.version);
    await post(actionUrl(sitting.assignment, "save"), draftBody(draft));
    this.confirm(sitting, draft);
  }

  /** The server has this draft. */
  confirm(sitting: Sitting, draft: Draft): void {
    sitting.lineage.confirm(draft.version);
    this.keeping.confirm(draft.version);
    this.storage.confirm(objectKey(sitting.assignment), draft.version);
    sitting.isRefused = false;
    if (sitting.unsaved?.version === draft.version) sitting.unsaved = undefined;
  }

  private async handleFailure(sitting: Sitting, draft: Draft, failure: unknown): Promise<void> {
    if (failure instanceof CallFailed && failure.kind === "outdated") {
      if (sitting.lineage.isLastSent(draft.version)) this.events.outdated(sitting);
    } else if (mayWorkLater(failure)) {
      this.saveIn(RETRY_MS);
      this.events.delayed(sitting);
    } else {
      sitting.unsaved = undefined; // the server would refuse it again
      sitting.isRefused = true;
      await this.events.refused(sitting, failure);
    }
  }

  private saveOnLeaving(): void {
    this.keeping.keepNow();
    const sitting = this.events.sittingToSave();
    const draft = sitting?.unsaved;
    if (sitting === null || draft === undefined || sitting.isOutdated) return;
    sitting.lineage.send(draft.version);
    postOnLeaving(actionUrl(sitting.assignment, "save"), draftBody(draft), () => this.confirm(sitting, draft));
  }

  /** The server does not have the last state, and the browser could not keep a copy of it. */
  private wouldLose(): boolean {
    const sitting = this.events.sittingToSave();
    if (sitting === null || sitting.isKeptHere || sitting.isOutdated) return false;
    return sitting.unsaved !== undefined || sitting.isRefused;
  }
}
