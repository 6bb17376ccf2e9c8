/** The ways to leave a task without an answer: decline, release, stop. Each asks first. */
import { actionUrl, type Assignment, mayWorkLater, post } from "./api.js";
import type { Autosave } from "./autosave.js";
import { ask, type Question } from "./dialog.js";
import { draftBody } from "./drafts.js";
import { decline, release, stop } from "./questions.js";
import { t } from "../language/index.js";
import type { Sitting } from "./sitting.js";
import type { TaskView } from "./task_view.js";

export interface LeavingHost {
  /** The task that the worker has accepted and works on. */
  openSitting(): Sitting | null;
  showNext(sitting: Sitting, next: Assignment | null): void;
  leavePage(sitting: Sitting, to: string): void;
  failed(sitting: Sitting, failure: unknown): Promise<void>;
}

export class Leaving {
  constructor(
    private readonly view: TaskView,
    private readonly autosave: Autosave,
    private readonly host: LeavingHost,
  ) {
    view.on("decline", () => this.decline());
    view.on("release", () => this.release());
    view.on("stop", () => this.stop());
  }

  private async decline(): Promise<void> {
    await this.leave(decline(), async (sitting) => {
      const { next } = await post<{ next: Assignment | null }>(actionUrl(sitting.assignment, "decline"), {});
      this.host.showNext(sitting, next);
    });
  }

  private async release(): Promise<void> {
    await this.leave(release(), async (sitting) => {
      this.autosave.keep(sitting, await sitting.currentState());
      await this.autosave.flush(sitting);
      await post(actionUrl(sitting.assignment, "release"), {});
      this.host.leavePage(sitting, "/portal/?notice=released");
    });
  }

  private async stop(): Promise<void> {
    await this.leave(stop(), async (sitting) => {
      const state = await sitting.currentState();
      this.autosave.keep(sitting, state);
      const draft = sitting.unsaved ?? this.autosave.draftOf(sitting, state);
      sitting.lineage.send(draft.version);
      await post(actionUrl(sitting.assignment, "stop"), draftBody(draft));
      this.autosave.confirm(sitting, draft);
      this.host.leavePage(sitting, "/portal/?notice=stopped");
    });
  }

  private async leave(question: Question, act: (sitting: Sitting) => Promise<void>): Promise<void> {
    const sitting = this.host.openSitting();
    if (sitting === null) return;
    const confirmed = await ask(question);
    if (!confirmed || this.host.openSitting() !== sitting) {
      sitting.frame?.element.focus();
      return;
    }
    this.view.setBusy(true);
    try {
      await act(sitting);
    } catch (failure) {
      this.view.setBusy(false);
      if (mayWorkLater(failure)) this.view.showBanner(t("The server cannot be reached. Please try again."));
      else await this.host.failed(sitting, failure);
    }
  }
}
