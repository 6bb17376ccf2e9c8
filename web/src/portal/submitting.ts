/** What happens with a worker's answer: the next task is shown at once, and the answer is sent in the background. */
import { smallButton, type TaskView } from "./task_view.js";
import type { Ahead } from "./ahead.js";
import type { AnswerStorage, KeptAnswer } from "./answer_storage.js";
import { type Assignment, CallFailed, type Json } from "./api.js";
import { chooseFirst } from "./draft_notices.js";
import { t } from "../language/index.js";
import { Outbox } from "./outbox.js";
import type { Sitting } from "./sitting.js";

export interface SubmittingHost {
  current(): Sitting | null;
  /** Shows a task whose frame is ready. The former one stays, out of sight. */
  present(sitting: Sitting): void;
  /** The shown task has been accepted. */
  settled(sitting: Sitting): void;
  /** The server has the answer. `next` is shown, or the note that all is done. */
  finished(sitting: Sitting): void;
  showNext(sitting: Sitting, next: Assignment | null): void;
  failed(sitting: Sitting, failure: unknown): Promise<void>;
}

export class Submitting {
  private readonly outbox: Outbox;

  constructor(
    private readonly workerId: string,
    private readonly view: TaskView,
    private readonly ahead: Ahead,
    answers: AnswerStorage,
    private readonly host: SubmittingHost,
  ) {
    this.outbox = new Outbox(answers, {
      accepted: (sitting, next) => this.handleAccepted(sitting, next),
      delayed: (failure) => this.handleDelayed(failure),
      refused: (sitting, failure) => this.handleRefused(sitting, failure),
    });
  }

  /** Whether the task's answer is on its way. */
  has(sitting: Sitting): boolean {
    return this.outbox.has(sitting);
  }

  async submit(sitting: Sitting, answer: Json): Promise<void> {
    await this.send(sitting, this.kept(sitting, answer));
  }

  /** Sends an answer of an earlier page to the task that is shown again. */
  async send(sitting: Sitting, kept: KeptAnswer): Promise<void> {
    const next = this.outbox.isEmpty ? this.ahead.take() : null;
    const sending = this.outbox.submit(sitting, kept);
    if (next === null) this.view.setBusy(true);
    else {
      sitting.frame?.place("aside");
      this.host.present(next);
    }
    await sending;
  }

  private kept(sitting: Sitting, answer: Json): KeptAnswer {
    const { assignmentId, jobName, objectIndex, title } = sitting.assignment;
    return {
      workerId: this.workerId,
      assignmentId,
      jobName,
      objectIndex,
      title,
      answer,
      state: JSON.parse(sitting.lastText) as Json,
      draft: sitting.lineage.current(),
      timeSpentSeconds: sitting.timeSpentS(),
      submittedAtMs: Date.now(),
      isSent: false,
    };
  }

  private handleAccepted(sitting: Sitting, next: Assignment | null): void {
    const shown = this.host.current();
    sitting.frame?.send("submitted");
    this.host.finished(sitting);
    if (shown === null || shown === sitting) this.host.showNext(sitting, next);
    else if (shown.assignment.assignmentId === next?.assignmentId) {
      sitting.close();
      shown.accept(next);
      this.host.settled(shown);
    } else this.replace(sitting, shown, next);
  }

  /** The task that was shown ahead has gone to other workers. */
  private replace(sitting: Sitting, shown: Sitting, next: Assignment | null): void {
    const wasTouched = this.outbox.has(shown) || shown.unsaved !== undefined;
    this.outbox.drop(shown);
    sitting.close();
    this.host.showNext(shown, next);
    if (wasTouched && next !== null) {
      this.view.showInfo(t("Other workers have finished the last task in the meantime. This is another one."));
    }
  }

  private handleDelayed(failure: unknown): void {
    const unreachable = failure instanceof CallFailed && failure.kind === "unreachable";
    const cause = unreachable ? t("The server cannot be reached.") : t("The server has a problem.");
    const again = smallButton(t("Send again now"), () => this.outbox.retryNow());
    const kept = this.outbox.isKept
      ? t("Your answer is kept in this browser and is sent again automatically.")
      : t("This browser cannot keep your answer. Leave this page open until it is sent, which is tried again automatically.");
    this.view.showDelay(`${cause} ${kept}`, again);
  }

  /** The worker gets the task back, with their answer; the one that was shown ahead waits with the work on it. */
  private async handleRefused(sitting: Sitting, failure: unknown): Promise<void> {
    const shown = this.host.current();
    if (shown !== null && shown !== sitting) {
      this.outbox.drop(shown);
      this.ahead.putBack(shown);
      this.host.present(sitting);
    }
    this.view.setBusy(false);
    const isOutdated = failure instanceof CallFailed && failure.kind === "outdated";
    const message = isOutdated ? chooseFirst() : failure instanceof Error ? failure.message : String(failure);
    sitting.frame?.send("error", { message });
    await this.host.failed(sitting, failure);
  }
}
