/** The page on which a worker works: it shows one task after the other and loses none of their work. */
import { Ahead } from "./ahead.js";
import { AnswerStorage } from "./answer_storage.js";
import { type Assignment, CallFailed, type Json } from "./api.js";
import { currentTheme, watchTheme } from "./appearance.js";
import { Autosave } from "./autosave.js";
import { Between } from "./between.js";
import { ask } from "./dialog.js";
import { DraftChannel } from "./draft_channel.js";
import { ChoiceSync } from "./choice_sync.js";
import { chooseFirst, DraftNotices } from "./draft_notices.js";
import { FrameTrouble } from "./frame_trouble.js";
import { DraftStorage } from "./draft_storage.js";
import { type DraftVersion, objectKey } from "./drafts.js";
import { t } from "../language/index.js";
import { Leaving } from "./leaving.js";
import { LookingBack } from "./looking_back.js";
import { sendLeftovers } from "./leftovers.js";
import { Preferences } from "./preferences.js";
import { proposeMask } from "./mask_proposals.js";
import { JobProgress } from "./progress.js";
import { signIn } from "./questions.js";
import { Sitting } from "./sitting.js";
import { Submitting } from "./submitting.js";
import { TaskFrame } from "./task_frame.js";
import { TaskView } from "./task_view.js";
import { shortTime } from "./timing.js";

const TICK_MS = 500;

export function activateTask(root: Document): void {
  const host = root.querySelector<HTMLElement>("#task");
  const data = root.querySelector("#assignment");
  if (host === null || data === null) return;
  const assignment = JSON.parse(data.textContent ?? "null") as Assignment;
  const choices = JSON.parse(root.querySelector("#choices")?.textContent ?? "{}") as Record<string, Json>;
  void new TaskPage(host, assignment.jobName, choices).begin(assignment);
}

class TaskPage {
  private readonly view: TaskView;
  private readonly storage: DraftStorage;
  private readonly answers: AnswerStorage;
  private readonly channel: DraftChannel;
  private readonly preferences: Preferences;
  private readonly choiceSync: ChoiceSync;
  private readonly autosave: Autosave;
  private readonly notices: DraftNotices;
  private readonly ahead: Ahead;
  private readonly submitting: Submitting;
  private readonly between: Between;
  private readonly lookingBack: LookingBack;
  private readonly progress: JobProgress;
  private readonly frameTrouble: FrameTrouble;
  private sitting: Sitting | null = null;
  private doneHere = 0;

  /** `choices`: what the worker chose last in the job, on any machine. */
  constructor(host: HTMLElement, jobName: string, choices: Record<string, Json>) {
    this.view = new TaskView(host);
    this.progress = new JobProgress(this.view);
    const worker = host.dataset["worker"] ?? "";
    this.storage = new DraftStorage(worker);
    this.answers = new AnswerStorage(worker);
    this.channel = new DraftChannel(worker, (key, draft) => this.hearOtherTab(key, draft));
    this.preferences = new Preferences(worker, () => window.localStorage);
    this.preferences.adopt(jobName, choices);
    this.choiceSync = new ChoiceSync(this.preferences);
    this.ahead = new Ahead({
      isOpen: (sitting) => this.isOpen(sitting) && sitting.isAccepted,
      open: (reserved) => this.open(reserved, false),
    });
    this.submitting = new Submitting(worker, this.view, this.ahead, this.answers, {
      current: () => this.sitting,
      present: (sitting) => this.present(sitting),
      settled: (sitting) => this.settle(sitting),
      finished: (sitting) => this.finish(sitting),
      showNext: (sitting, next) => this.showNext(sitting, next),
      failed: (sitting, failure) => this.handleFailure(sitting, failure),
    });
    this.frameTrouble = new FrameTrouble(this.view, {
      isOpen: (sitting) => this.isOpen(sitting),
      reopen: (sitting, assignment) => this.openFrame(sitting, assignment, "loading"),
      failed: (sitting, failure) => void this.handleFailure(sitting, failure),
    });
    this.autosave = new Autosave(this.storage, this.channel, {
      sittingToSave: () => this.acceptedSitting(),
      saved: (sitting) => {
        if (this.sitting === sitting) this.view.showSaved(t("Saved at {{time}}", { time: shortTime(Date.now()) }));
      },
      outdated: (sitting) => this.notices.outdated(sitting),
      delayed: (sitting) => {
        if (this.isOpen(sitting)) this.view.showSaved(t("Not saved yet: no connection"));
      },
      refused: async (sitting, failure) => {
        if (!this.isOpen(sitting)) return;
        if (!(failure instanceof CallFailed) || failure.kind !== "refused") await this.handleFailure(sitting, failure);
        else this.view.showBanner(t("Your unfinished work cannot be saved. Submit before you close this page. {{reason}}", { reason: failure.message }));
      },
    });
    this.notices = new DraftNotices(this.view, this.storage, this.autosave, {
      isOpen: (sitting) => this.isOpen(sitting),
      show: (assignment) => this.show(assignment),
      failed: (sitting, failure) => this.handleFailure(sitting, failure),
    });
    this.between = new Between(this.view, (assignment) => this.show(assignment));
    this.lookingBack = new LookingBack(this.view, this.answers, {
      openSitting: () => this.acceptedSitting(),
      preferences: (job) => this.preferences.of(job),
    });
    new Leaving(this.view, this.autosave, {
      openSitting: () => this.acceptedSitting(),
      showNext: (sitting, next) => this.showNext(sitting, next),
      leavePage: (sitting, to) => this.leavePage(sitting, to),
      failed: (sitting, failure) => this.handleFailure(sitting, failure),
    });
    watchTheme(() => this.sitting?.frame?.send("appearance", { theme: currentTheme() }));
    window.setInterval(() => this.tick(), TICK_MS);
  }

  // -- showing a task

  /** Shows the page's task. An answer to it that an earlier page could not send is sent now. */
  async begin(assignment: Assignment): Promise<void> {
    this.show(assignment);
    const sitting = this.sitting;
    void this.sendLeftovers(objectKey(assignment));
    const kept = (await this.answers.unsent()).find(({ assignmentId }) => assignmentId === assignment.assignmentId);
    if (kept !== undefined && sitting !== null && this.isOpen(sitting)) await this.submitting.send(sitting, kept);
  }

  /** Shows a task that the server has just handed out: the frame that was loaded ahead, or a new one. */
  show(assignment: Assignment): void {
    const former = this.sitting;
    this.lookingBack.close();
    const loaded = this.ahead.takeIf(assignment.assignmentId);
    loaded?.accept(assignment);
    this.between.stopWatching();
    if (loaded?.isReady) this.present(loaded);
    else {
      this.ahead.drop();
      this.sitting = loaded ?? this.open(assignment, true);
      this.sitting.frame?.place("loading");
      this.view.showTask(assignment);
      this.view.setLoading(true);
    }
    former?.close();
    if (this.sitting !== null) this.settle(this.sitting);
  }

  /** A task in a new frame. */
  private open(assignment: Assignment, isAccepted: boolean): Sitting {
    const sitting = new Sitting(assignment, this.storage.latest(assignment), isAccepted);
    this.openFrame(sitting, assignment, isAccepted ? "loading" : "ahead");
    return sitting;
  }

  /** A new frame for a task, out of sight until it is ready. */
  private openFrame(sitting: Sitting, assignment: Assignment, place: "loading" | "ahead"): void {
    sitting.frame?.close();
    const frame = new TaskFrame(assignment.frameUrl, t("Task: {{title}}", { title: assignment.title }), {
      ready: () => this.prepare(sitting),
      incomplete: () => this.showIncomplete(sitting),
      flooded: () => this.showFlooded(sitting),
      ...(assignment.proposesMasks ? { propose: (pointing: Json) => proposeMask(sitting.assignment, pointing) } : {}),
      failed: () => (this.sitting === sitting ? this.frameTrouble.begin(sitting) : this.ahead.drop()),
      submit: (answer) => void this.submit(sitting, answer),
      state: (state, text) => {
        if (this.isOpen(sitting)) this.autosave.keep(sitting, state, text);
      },
      preferences: (field, chosen) => {
        this.preferences.put(assignment.jobName, field, chosen);
        this.choiceSync.changed(assignment.jobName);
      },
    });
    frame.assumeState(sitting.state);
    frame.place(place);
    sitting.frame = frame;
    this.view.addFrame(frame.element);
  }

  /** Gives a frame that has loaded what the worker chose, and their draft. */
  private prepare(sitting: Sitting): void {
    if (sitting.frame === null) return;
    sitting.frame.send("appearance", { theme: currentTheme() });
    this.sendPreferences(sitting);
    if (sitting.state !== null) sitting.frame.send("restore", { state: sitting.state });
    if (this.sitting === sitting) this.reveal(sitting);
  }

  /** The frame's notice is seen. A task that is ahead is loaded again when its turn comes. */
  private showIncomplete(sitting: Sitting): void {
    if (this.sitting !== sitting) this.ahead.drop();
    else if (!sitting.isReady) {
      this.view.setLoading(false);
      this.frameTrouble.end();
      sitting.frame?.place("shown");
    }
  }

  /** The template never stops sending messages. The worker can still decline the task. */
  private showFlooded(sitting: Sitting): void {
    if (this.sitting !== sitting) this.ahead.drop();
    else this.between.flooded();
  }

  private sendPreferences(sitting: Sitting): void {
    sitting.frame?.send("preferences", { preferences: this.preferences.of(sitting.assignment.jobName) });
  }

  /** Shows a task that is ready, in place of the former one. */
  private present(sitting: Sitting): void {
    this.lookingBack.close();
    this.sitting = sitting;
    sitting.begin();
    this.view.showTask(sitting.assignment);
    this.view.setActions(sitting.isAccepted);
    const { submitted, available } = sitting.assignment.progress;
    if (!sitting.isAccepted) this.view.showProgress(submitted + 1, Math.max(0, available - 1));
    this.sendPreferences(sitting); // they may have changed since it was loaded
    this.reveal(sitting);
    this.tick();
  }

  private reveal(sitting: Sitting): void {
    this.view.setLoading(false);
    this.frameTrouble.end();
    sitting.frame?.place("shown");
    if (sitting.isOver) return;
    sitting.frame?.element.focus();
    if (!sitting.isOutdated) this.notices.opened(sitting);
    if (sitting.isAccepted) this.ahead.loadAfter(sitting);
  }

  /** The shown task is the worker's: the address of the page is that of the task, and drafts of it can be saved. */
  private settle(sitting: Sitting): void {
    window.history.replaceState(null, "", sitting.assignment.pageUrl);
    this.view.settle(sitting.assignment);
    this.progress.refresh(sitting.assignment.jobName);
    if (sitting.unsaved !== undefined) this.autosave.saveNow();
    if (sitting.isReady) this.ahead.loadAfter(sitting);
    this.tick();
  }

  private async sendLeftovers(except: string): Promise<void> {
    const refusals = await sendLeftovers(this.storage, this.answers, except);
    if (refusals.length > 0) this.view.showBanner(refusals.join(" "));
  }

  private isOpen(sitting: Sitting): boolean {
    return this.sitting === sitting && !sitting.isOver;
  }

  /** The task being worked on; null between tasks and while its answer is on its way. */
  private openSitting(): Sitting | null {
    return this.sitting === null || this.sitting.isOver || this.submitting.has(this.sitting) ? null : this.sitting;
  }

  /** The task being worked on, if the server has accepted it for the worker. */
  private acceptedSitting(): Sitting | null {
    const sitting = this.openSitting();
    return sitting?.isAccepted ? sitting : null;
  }

  /** Another tab of this worker has changed or submitted the work on an object. */
  private hearOtherTab(key: string, draft: DraftVersion | null): void {
    const sitting = this.openSitting();
    if (sitting === null || objectKey(sitting.assignment) !== key) return;
    if (draft === null) this.taskIsOver(sitting, t("You submitted this task in another tab."));
    else if (!sitting.isOutdated && sitting.isOvertakenBy(draft)) this.notices.outdated(sitting);
  }

  // -- time

  private tick(): void {
    const sitting = this.sitting;
    if (sitting === null || sitting.isOver) return;
    const now = performance.now();
    if (!this.lookingBack.isActive) sitting.active.tick(now);
    const { countdown } = sitting;
    if (countdown === null) {
      this.view.showClock(sitting.assignment.timeLimitSeconds, "calm");
      return;
    }
    const left = countdown.leftS(now);
    this.view.showClock(left, countdown.urgency(now));
    const spoken = countdown.announcement(now);
    if (spoken !== null) this.view.announce(spoken);
    if (left <= 0 && !this.submitting.has(sitting)) this.timeIsUp(sitting);
  }

  private timeIsUp(sitting: Sitting): void {
    const hasDraft = sitting.unsaved !== undefined || sitting.lastText !== "null";
    // The browser has a copy if the server cannot be reached.
    void this.autosave.flush(sitting).catch(() => {});
    this.end(sitting);
    this.view.announce(t("The time for this task is over."));
    this.between.timeIsUp(sitting.assignment.jobName, hasDraft);
  }

  // -- submitting

  private async submit(sitting: Sitting, answer: Json): Promise<void> {
    if (!this.isOpen(sitting)) return;
    if (sitting.isOutdated) {
      sitting.frame?.send("error", { message: chooseFirst() });
      this.notices.outdated(sitting);
      return;
    }
    await this.submitting.submit(sitting, answer);
  }

  private leavePage(sitting: Sitting, to: string): void {
    this.end(sitting);
    window.location.assign(to);
  }

  // -- after a task

  /** The server has the answer. */
  private finish(sitting: Sitting): void {
    this.doneHere += 1;
    sitting.isOver = true;
    this.channel.submitted(objectKey(sitting.assignment));
    this.storage.drop(objectKey(sitting.assignment));
  }

  /** Shows what follows a task that is over. */
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
    await ask(signIn());
    window.location.assign(`/portal/sign-in?next=${encodeURIComponent(sitting.assignment.pageUrl)}`);
  }

  private taskIsOver(sitting: Sitting, reason: string): void {
    // Of use if the worker can get the task again; the browser has a copy, too.
    void this.autosave.flush(sitting).catch(() => {});
    this.end(sitting);
    this.between.taskIsOver(sitting.assignment.jobName, reason);
  }

  private end(sitting: Sitting): void {
    this.lookingBack.close();
    sitting.close();
    this.ahead.drop();
    this.view.showBetween();
  }
}
