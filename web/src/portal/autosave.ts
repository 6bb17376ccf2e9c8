/** Unfinished work is saved on the server every thirty seconds and when the page is left, and in the tab at once. */
import { actionUrl, mayWorkLater, post, postOnLeaving, type Json } from "./api.js";
import type { TabStorage } from "./tab_storage.js";
import type { Sitting } from "./sitting.js";

const EVERY_MS = 30_000;

export interface AutosaveEvents {
  /** The task to save; null when there is none, or its answer is on its way. */
  sittingToSave(): Sitting | null;
  saved(sitting: Sitting): void;
  /** The state was not saved and is saved with the next one. */
  delayed(sitting: Sitting): void;
  refused(sitting: Sitting, failure: unknown): Promise<void>;
}

export class Autosave {
  constructor(
    private readonly tabStorage: TabStorage,
    private readonly events: AutosaveEvents,
  ) {
    window.setInterval(() => void this.save(), EVERY_MS);
    window.addEventListener("pagehide", () => this.saveOnLeaving());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.saveOnLeaving();
    });
  }

  /** Keeps a new state in the tab; the server gets it with the next save. */
  keep(sitting: Sitting, state: Json): void {
    sitting.unsaved = state;
    this.tabStorage.put(sitting.assignment.assignmentId, { state, timeSpentSeconds: sitting.timeSpentS() });
  }

  private async save(): Promise<void> {
    const sitting = this.events.sittingToSave();
    if (sitting?.unsaved === undefined) return;
    const state = sitting.unsaved;
    sitting.unsaved = undefined;
    try {
      await post(actionUrl(sitting.assignment, "save"), { state, timeSpentSeconds: sitting.timeSpentS() });
      this.events.saved(sitting);
    } catch (failure) {
      if (sitting.unsaved === undefined) sitting.unsaved = state;
      if (mayWorkLater(failure)) this.events.delayed(sitting);
      else await this.events.refused(sitting, failure);
    }
  }

  private saveOnLeaving(): void {
    const sitting = this.events.sittingToSave();
    if (sitting?.unsaved === undefined) return;
    const body = { state: sitting.unsaved, timeSpentSeconds: sitting.timeSpentS() };
    this.tabStorage.put(sitting.assignment.assignmentId, body);
    postOnLeaving(actionUrl(sitting.assignment, "save"), body);
    sitting.unsaved = undefined;
  }
}
