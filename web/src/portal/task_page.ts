/** The page on which a worker works: it shows one task after the other and loses none of their work. */
import { type Assignment, CallFailed, type Json } from "./api.js";
import { Autosave } from "./autosave.js";
import { Between } from "./between.js";
import { ask } from "./dialog.js";
import { DraftChannel } from "./draft_channel.js";
import { CHOOSE_FIRST, DraftNotices } from "./draft_notices.js";
import { DraftStorage } from "./draft_storage.js";
import { type DraftVersion, objectKey } from "./drafts.js";
import { Leaving } from "./leaving.js";
import { sendLeftovers } from "./leftovers.js";
import { Outbox } from "./outbox.js";
import { Preferences } from "./preferences.js";
import { SIGN_IN } from "./questions.js";
import { Sitting } from "./sitting.js";
import { TaskFrame } from "./task_frame.js";
import { actionButton, jobsLink, TaskView } from "./task_view.js";
import { shortTime } from "./timing.js";

const TICK_MS = 500;
const DRAFT_KEPT = " Your unfinished work is kept: it comes back if you get this task again.";

export function activateTask(root: Document): void {
  const host = root.querySelector<HTMLElement>("#task");
  const data = root.querySelector("#assignment");
  if (host === null || data === null) return;
  new TaskPage(host).show(JSON.parse(data.textContent ?? "null") as Assignment);
}

class TaskPage {
  private readonly view: TaskView;
  private readonly storage: DraftStorage;
  private readonly channel: DraftChannel;
  private readonly preferences: Preferences;
  private readonly autosave: Autosave;
  private readonly notices: DraftNotices;
  private readonly outbox: Outbox;
  private readonly between: Between;
  private sitting: Sitting | null = null;
  private doneHere = 0;

  constructor(host: HTMLElement) {
    this.view = new TaskView(host);
    const worker = host.dataset["worker"] ?? "";
    this.storage = new DraftStorage(worker);
    this.channel = new DraftChannel(worker, (key, draft) => this.hearOtherTab(key, draft));
    this.preferences = new Preferences(worker, () => window.localStorage);
    this.outbox = new Outbox({
      accepted: (sitting, next) => this.handleAccepted(sitting, next),
      delayed: (failure) => this.handleDelayed(failure),
      refused: (sitting, failure) => this.handleRefused(sitting, failure),
    });
    this.autosave = new Autosave(this.storage, this.channel, {
      sittingToSave: () => this.openSitting(),
      saved: (sitting) => {
        if (this.sitting === sitting) this.view.showSaved(`Saved at ${shortTime(Date.now())}`);
      },
      outdated: (sitting) => this.notices.outdated(sitting),
      delayed: (sitting) => {
        if (this.isOpen(sitting)) this.view.showSaved("Not saved yet: no connection");
      },
      refused: async (sitting, failure) => {
        if (this.isOpen(sitting)) await this.handleFailure(sitting, failure);
      },
    });
    this.notices = new DraftNotices(this.view, this.storage, this.autosave, {
      isOpen: (sitting) => this.isOpen(sitting),
      show: (assignment) => this.show(assignment),
      failed: (sitting, failure) => this.handleFailure(sitting, failure),
    });
    this.between = new Between(this.view, (assignment) => this.show(assignment));
    new Leaving(this.view, this.autosave, {
      openSitting: () => this.openSitting(),
      showNext: (sitting, next) => this.showNext(sitting, next),
      leavePage: (sitting, to) => this.leavePage(sitting, to),
      failed: (sitting, failure) => this.handleFailure(sitting, failure),
    });
    window.setInterval(() => this.tick(), TICK_MS);
  }

  // -- showing a task

  show(assignment: Assignment): void {
    this.sitting?.frame?.close();
    const sitting = new Sitting(assignment, this.storage.latest(assignment));
    this.sitting = sitting;
    this.outbox.clear();
    this.between.stopWatching();
    window.history.replaceState(null, "", assignment.pageUrl);
    this.view.showTask(assignment);
    const frame = new TaskFrame(assignment.frameUrl, `Task: ${assignment.title}`, {
      ready: () => this.reveal(sitting),
      submit: (answer) => void this.submit(sitting, answer),
      state: (state) => {
        if (!sitting.isOver) this.autosave.keep(sitting, state);
      },
      preferences: (field, chosen) => this.preferences.put(assignment.jobName, field, chosen),
    });
    frame.assumeState(sitting.state);
    frame.element.classList.add("is-loading");
    sitting.frame = frame;
    this.view.addFrame(frame.element);
    if (sitting.unsaved !== undefined) this.autosave.saveNow();
    void sendLeftovers(this.storage, objectKey(assignment));
    this.tick();
  }

  private reveal(sitting: Sitting): void {
    if (this.sitting !== sitting || sitting.frame === null) return;
    sitting.frame.send("preferences", { preferences: this.preferences.of(sitting.assignment.jobName) });
    this.view.setLoading(false);
    sitting.frame.element.classList.remove("is-loading");
    if (sitting.state !== null) sitting.frame.send("restore", { state: sitting.state });
    if (sitting.isOver) return;
    sitting.frame.element.focus();
    if (!sitting.isOutdated) this.notices.opened(sitting);
  }

  private isOpen(sitting: Sitting): boolean {
    return this.sitting === sitting && !sitting.isOver;
  }

  /** The task being worked on; null between tasks and while an answer is on its way. */
  private openSitting(): Sitting | null {
    return this.sitting === null || this.sitting.isOver || !this.outbox.isEmpty ? null : this.sitting;
  }

  /** Another tab of this worker has changed or submitted the work on an object. */
  private hearOtherTab(key: string, draft: DraftVersion | null): void {
    const sitting = this.openSitting();
    if (sitting === null || objectKey(sitting.assignment) !== key) return;
    if (draft === null) this.taskIsOver(sitting, "You submitted this task in another tab.");
    else if (!sitting.isOutdated && isOvertakenBy(sitting, draft)) this.notices.outdated(sitting);
  }

  // -- time

  private tick(): void {
    const sitting = this.sitting;
    if (sitting === null || sitting.isOver) return;
    const now = performance.now();
    sitting.active.tick(now);
    const left = sitting.countdown.leftS(now);
    this.view.showClock(left, sitting.countdown.urgency(now));
    const spoken = sitting.countdown.announcement(now);
    if (spoken !== null) this.view.announce(spoken);
    if (left <= 0 && this.outbox.isEmpty) this.timeIsUp(sitting);
  }

  private timeIsUp(sitting: Sitting): void {
    const hasDraft = sitting.unsaved !== undefined || sitting.lastText !== "null";
    // The browser has a copy if the server cannot be reached.
    void this.autosave.flush(sitting).catch(() => {});
    this.end(sitting);
    this.view.announce("The time for this task is over.");
    this.view.showNote({
      title: "Time is up",
      text: `The time limit of this task has passed, and the task went back to the pool.${hasDraft ? DRAFT_KEPT : ""}`,
      buttons: [this.between.nextButton(sitting.assignment.jobName, "Next task"), jobsLink("button")],
      kind: "over",
    });
  }

  // -- submitting

  private async submit(sitting: Sitting, answer: Json): Promise<void> {
    if (!this.isOpen(sitting)) return;
    if (sitting.isOutdated) {
      sitting.frame?.send("error", { message: CHOOSE_FIRST });
      this.notices.outdated(sitting);
      return;
    }
    this.view.setBusy(true);
    await this.outbox.submit(sitting, answer);
  }

  private handleAccepted(sitting: Sitting, next: Assignment | null): void {
    this.doneHere += 1;
    sitting.frame?.send("submitted");
    this.channel.submitted(objectKey(sitting.assignment));
    this.showNext(sitting, next);
  }

  private handleDelayed(failure: unknown): void {
    const unreachable = failure instanceof CallFailed && failure.kind === "unreachable";
    const cause = unreachable ? "The server cannot be reached." : "The server has a problem.";
    const again = actionButton("Send again now", "button button-small", () => this.outbox.retryNow());
    this.view.showBanner(`${cause} Your answer is kept on this page and is sent again automatically.`, again);
  }

  private async handleRefused(sitting: Sitting, failure: unknown): Promise<void> {
    this.view.setBusy(false);
    const isOutdated = failure instanceof CallFailed && failure.kind === "outdated";
    const message = isOutdated ? CHOOSE_FIRST : failure instanceof Error ? failure.message : String(failure);
    sitting.frame?.send("error", { message });
    await this.handleFailure(sitting, failure);
  }

  private leavePage(sitting: Sitting, to: string): void {
    this.end(sitting);
    window.location.assign(to);
  }

  // -- after a task

  private showNext(sitting: Sitting, next: Assignment | null): void {
    sitting.isOver = true;
    this.storage.drop(objectKey(sitting.assignment));
    if (next !== null) this.show(next);
    else {
      this.end(sitting);
      this.view.setBusy(false);
      this.between.allDone(sitting.assignment.jobName, this.doneHere);
    }
  }

  /** Shows why the task cannot be continued: the worker is signed out, or the task is no longer theirs. */
  private async handleFailure(sitting: Sitting, failure: unknown): Promise<void> {
    if (!(failure instanceof CallFailed)) throw failure;
    if (failure.kind === "signed-out") await this.signInAgain(sitting);
    else if (failure.kind === "over") this.taskIsOver(sitting, failure.message);
    else if (failure.kind === "outdated") this.notices.outdated(sitting);
    else this.view.showBanner(failure.message);
  }

  private async signInAgain(sitting: Sitting): Promise<void> {
    this.autosave.keep(sitting, await sitting.currentState());
    await ask(SIGN_IN);
    window.location.assign(`/portal/sign-in?next=${encodeURIComponent(sitting.assignment.pageUrl)}`);
  }

  private taskIsOver(sitting: Sitting, reason: string): void {
    // Of use if the worker can get the task again; the browser has a copy, too.
    void this.autosave.flush(sitting).catch(() => {});
    this.end(sitting);
    this.view.showNote({
      title: "This task is no longer open",
      text: reason,
      buttons: [this.between.nextButton(sitting.assignment.jobName, "Next task"), jobsLink("button")],
      kind: "over",
    });
  }

  private end(sitting: Sitting): void {
    sitting.isOver = true;
    sitting.frame?.close();
    sitting.frame = null;
    this.view.showBetween();
  }
}

/** If two tabs change the same draft at the same moment, one of them must go on: the one with the greater version. */
function isOvertakenBy({ lineage, unsaved }: Sitting, { version, basedOn }: DraftVersion): boolean {
  const isLater = unsaved === undefined || basedOn.includes(unsaved.version);
  return !lineage.has(version) && (isLater || unsaved.version < version);
}
