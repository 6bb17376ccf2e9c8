/** The page on which a worker works: one task after the other, nothing drawn is ever lost. */
import { CallFailed, get, mayWorkLater, post, postOnLeaving, actionUrl, type Assignment, type Job, type Json } from "./api.js";
import { ask, element } from "./dialog.js";
import { Keepsake } from "./keepsake.js";
import { TaskFrame } from "./task_frame.js";
import { ActiveTime, Countdown, formatLeft } from "./timing.js";

const AUTOSAVE_MS = 30_000;
const RETRY_MS = 5000;
const TICK_MS = 500;
const LOOK_FOR_WORK_MS = 6000;

type Answered = { next: Assignment | null };

export function enliveTask(root: Document): void {
  const host = root.querySelector<HTMLElement>("#task");
  const data = root.querySelector("#assignment");
  if (host === null || data === null) return;
  new TaskPage(host).show(JSON.parse(data.textContent ?? "null") as Assignment);
}

/** One task at work: its frame, its clocks, and what is not yet saved of it. */
class Sitting {
  readonly countdown: Countdown;
  readonly active: ActiveTime;
  unsaved: Json | undefined = undefined;
  frame: TaskFrame | null = null;
  isOver = false;

  constructor(
    readonly assignment: Assignment,
    timeSpentS: number,
  ) {
    const now = performance.now();
    this.countdown = new Countdown(assignment.expiresAt, assignment.now, assignment.timeLimitSeconds, now);
    this.active = new ActiveTime(isPresent, timeSpentS, now);
  }

  timeSpentS(): number {
    return this.active.totalS(performance.now());
  }
}

class TaskPage {
  private readonly keepsake: Keepsake;
  private sitting: Sitting | null = null;
  /** The answer that is being sent, or waits to be sent again. */
  private sending: Json | null = null;
  private isSending = false;
  private retryTimer = 0;
  private lookTimer = 0;
  private doneHere = 0;

  constructor(private readonly host: HTMLElement) {
    this.keepsake = new Keepsake(host.dataset["worker"] ?? "", window.sessionStorage);
    this.on("decline", () => this.decline());
    this.on("release", () => this.release());
    this.on("stop", () => this.stop());
    window.setInterval(() => this.tick(), TICK_MS);
    window.setInterval(() => void this.autosave(), AUTOSAVE_MS);
    window.addEventListener("online", () => this.retryNow());
    window.addEventListener("pagehide", () => this.saveOnLeaving());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.saveOnLeaving();
    });
  }

  // -- showing a task

  show(assignment: Assignment): void {
    const kept = this.keepsake.latest(assignment);
    this.sitting?.frame?.close();
    const sitting = new Sitting(assignment, kept.timeSpentSeconds);
    this.sitting = sitting;
    this.sending = null;
    window.clearInterval(this.lookTimer);
    window.history.replaceState(null, "", assignment.pageUrl);
    document.title = `${assignment.title} · Trigpoint`;
    this.part("title").textContent = assignment.title;
    this.showProgress(assignment);
    this.say("saved", "");
    this.banner(null);
    this.note(null);
    this.setBusy(false);
    this.host.classList.remove("is-between");
    this.part("loading").hidden = false;
    const frame = new TaskFrame(assignment.frameUrl, `Task: ${assignment.title}`, {
      ready: () => this.reveal(sitting, kept.state),
      submit: (answer) => void this.submit(sitting, answer),
      state: (state) => this.keep(sitting, state),
    });
    frame.assumeState(kept.state);
    frame.element.classList.add("is-loading");
    sitting.frame = frame;
    this.part("stage").append(frame.element);
    this.tick();
  }

  private reveal(sitting: Sitting, state: Json): void {
    if (this.sitting !== sitting || sitting.frame === null) return;
    this.part("loading").hidden = true;
    sitting.frame.element.classList.remove("is-loading");
    if (state !== null) sitting.frame.send("restore", { state });
    if (!sitting.isOver) sitting.frame.element.focus();
  }

  private showProgress(assignment: Assignment): void {
    const { submitted, available } = assignment.progress;
    const more = available === 0 ? "this is the last one for now" : `${available} more to do`;
    this.part("progress").textContent = `${submitted} done by you · ${more}`;
  }

  // -- time

  private tick(): void {
    const sitting = this.sitting;
    if (sitting === null || sitting.isOver) return;
    const now = performance.now();
    sitting.active.tick(now);
    const left = sitting.countdown.leftS(now);
    this.part("clock-text").textContent = formatLeft(left);
    this.part("clock").dataset["urgency"] = sitting.countdown.urgency(now);
    const spoken = sitting.countdown.announcement(now);
    if (spoken !== null) this.say("announce", spoken);
    if (left <= 0 && this.sending === null) this.timeIsUp(sitting);
  }

  private timeIsUp(sitting: Sitting): void {
    this.end(sitting);
    this.say("announce", "The time for this task is over.");
    this.note("Time is up", "The time limit of this task has passed, so it went back to the pool for somebody else.", [
      this.nextButton(sitting.assignment.jobName, "Next task"),
      jobsLink("button"),
    ]);
  }

  // -- keeping work in progress

  private keep(sitting: Sitting, state: Json): void {
    if (sitting.isOver) return;
    sitting.unsaved = state;
    this.keepsake.put(sitting.assignment.assignmentId, { state, timeSpentSeconds: sitting.timeSpentS() });
  }

  private async autosave(): Promise<void> {
    const sitting = this.sitting;
    if (sitting === null || sitting.isOver || sitting.unsaved === undefined || this.sending !== null) return;
    const state = sitting.unsaved;
    sitting.unsaved = undefined;
    try {
      await post(actionUrl(sitting.assignment, "save"), { state, timeSpentSeconds: sitting.timeSpentS() });
      if (this.sitting === sitting) this.say("saved", `Saved at ${clockTime()}`);
    } catch (failure) {
      if (sitting.unsaved === undefined) sitting.unsaved = state;
      if (this.sitting !== sitting || sitting.isOver) return;
      if (mayWorkLater(failure)) this.say("saved", "Not saved yet: no connection");
      else await this.cannotGoOn(sitting, failure);
    }
  }

  private saveOnLeaving(): void {
    const sitting = this.sitting;
    if (sitting === null || sitting.isOver || sitting.unsaved === undefined || this.sending !== null) return;
    const body = { state: sitting.unsaved, timeSpentSeconds: sitting.timeSpentS() };
    this.keepsake.put(sitting.assignment.assignmentId, body);
    postOnLeaving(actionUrl(sitting.assignment, "save"), body);
    sitting.unsaved = undefined;
  }

  // -- submitting

  private async submit(sitting: Sitting, answer: Json): Promise<void> {
    if (this.sitting !== sitting || sitting.isOver) return;
    const first = this.sending === null;
    this.sending = answer; // while an earlier one waits to be sent again, the later one takes its place
    this.setBusy(true);
    if (first) await this.send(sitting);
    else this.retryNow();
  }

  /** Sends the kept answer. The server takes the same answer twice for once, so trying again is always safe. */
  private async send(sitting: Sitting): Promise<void> {
    window.clearTimeout(this.retryTimer);
    const answer = this.sending;
    if (answer === null || this.isSending) return;
    this.isSending = true;
    try {
      const body = { answer, timeSpentSeconds: sitting.timeSpentS() };
      const { next } = await post<Answered>(actionUrl(sitting.assignment, "submit"), body);
      this.doneHere += 1;
      sitting.frame?.send("submitted");
      this.goOn(sitting, next);
    } catch (failure) {
      await this.notSent(sitting, failure);
    } finally {
      this.isSending = false;
    }
  }

  private async notSent(sitting: Sitting, failure: unknown): Promise<void> {
    if (mayWorkLater(failure)) {
      const cause = (failure as CallFailed).kind === "unreachable" ? "The server cannot be reached." : "The server has a problem.";
      const again = actionButton("Send again now", "button button-small", () => this.retryNow());
      this.banner(`${cause} Your answer is kept on this page and is sent again by itself.`, again);
      this.retryTimer = window.setTimeout(() => void this.send(sitting), RETRY_MS);
      return;
    }
    this.sending = null;
    this.setBusy(false);
    const message = failure instanceof Error ? failure.message : String(failure);
    sitting.frame?.send("error", { message });
    await this.cannotGoOn(sitting, failure);
  }

  private retryNow(): void {
    if (this.sitting !== null) void this.send(this.sitting);
  }

  // -- decline, release, stop

  private async decline(): Promise<void> {
    await this.leaveTask(
      {
        title: "Decline this task?",
        text: "Do this when the task is defective, for example when the image does not load. You will not get it again.",
        confirm: "Decline task",
        cancel: "Keep working",
      },
      async (sitting) => {
        const { next } = await post<Answered>(actionUrl(sitting.assignment, "decline"), {});
        this.goOn(sitting, next);
      },
    );
  }

  private async release(): Promise<void> {
    await this.leaveTask(
      {
        title: "Release this task?",
        text: "All your work on this task is lost, and the task goes back to the pool for anybody to take.",
        confirm: "Release task",
        cancel: "Keep working",
        danger: true,
      },
      async (sitting) => {
        await post(actionUrl(sitting.assignment, "release"), {});
        this.leave(sitting, "/portal/?notice=released");
      },
    );
  }

  private async stop(): Promise<void> {
    await this.leaveTask(
      {
        title: "Stop and resume later?",
        text: "Your work is saved, and you find this task in your job list. It can be resumed until its time runs out.",
        confirm: "Stop for now",
        cancel: "Keep working",
      },
      async (sitting) => {
        const state = (await sitting.frame?.currentState()) ?? null;
        await post(actionUrl(sitting.assignment, "stop"), { state, timeSpentSeconds: sitting.timeSpentS() });
        this.leave(sitting, "/portal/?notice=stopped");
      },
    );
  }

  private async leaveTask(question: Parameters<typeof ask>[0], act: (sitting: Sitting) => Promise<void>): Promise<void> {
    const sitting = this.sitting;
    if (sitting === null || sitting.isOver || this.sending !== null) return;
    const confirmed = await ask(question);
    if (!confirmed || sitting.isOver || this.sitting !== sitting || this.sending !== null) {
      sitting.frame?.element.focus();
      return;
    }
    this.setBusy(true);
    try {
      await act(sitting);
    } catch (failure) {
      this.setBusy(false);
      if (mayWorkLater(failure)) this.banner("That did not get through: the server cannot be reached. Please try again.");
      else await this.cannotGoOn(sitting, failure);
    }
  }

  private leave(sitting: Sitting, to: string): void {
    this.end(sitting);
    this.keepsake.drop(sitting.assignment.assignmentId);
    window.location.assign(to);
  }

  // -- what comes after a task

  private goOn(sitting: Sitting, next: Assignment | null): void {
    sitting.isOver = true;
    this.keepsake.drop(sitting.assignment.assignmentId);
    this.sending = null;
    if (next !== null) this.show(next);
    else this.allDone(sitting);
  }

  private allDone(sitting: Sitting): void {
    this.end(sitting);
    this.setBusy(false);
    const job = sitting.assignment.jobName;
    const count = this.doneHere === 1 ? "You finished 1 task in this sitting." : `You finished ${this.doneHere} tasks in this sitting.`;
    const text = `${this.doneHere > 0 ? `${count} ` : ""}There is nothing left for you in this job at the moment. When a new task comes up, this page tells you.`;
    this.note("All done for now", text, [jobsLink("button button-primary")], "done");
    this.say("announce", "All done for now.");
    document.title = "All done · Trigpoint";
    this.lookTimer = window.setInterval(() => void this.lookForWork(job), LOOK_FOR_WORK_MS);
  }

  private async lookForWork(jobName: string): Promise<void> {
    let jobs: Job[];
    try {
      jobs = (await get<{ jobs: Job[] }>("/portal/api/jobs")).jobs;
    } catch (failure) {
      if (failure instanceof CallFailed && failure.kind === "signed-out") window.clearInterval(this.lookTimer);
      return;
    }
    const job = jobs.find((one) => one.jobName === jobName);
    if (job === undefined || job.available + job.resumable.length === 0) return;
    window.clearInterval(this.lookTimer);
    document.title = "New tasks · Trigpoint";
    this.say("announce", "There are new tasks.");
    const count = Math.max(job.available, job.resumable.length);
    const text = count === 1 ? "A task is waiting for you." : `${count} tasks are waiting for you.`;
    this.note("There is more to do", text, [this.nextButton(jobName, "Continue"), jobsLink("button")], "done");
  }

  private nextButton(jobName: string, text: string): HTMLElement {
    return actionButton(text, "button button-primary", async () => {
      try {
        const path = `/portal/api/jobs/${encodeURIComponent(jobName)}/next`;
        const { assignment } = await post<{ assignment: Assignment | null }>(path, {});
        if (assignment === null) window.location.assign("/portal/?notice=none-left");
        else this.show(assignment);
      } catch (failure) {
        if (mayWorkLater(failure)) this.banner("The server cannot be reached. Please try again.");
        else window.location.assign("/portal/");
      }
    });
  }

  /** Signed out, or the task is not his any more: says so and offers the way on. */
  private async cannotGoOn(sitting: Sitting, failure: unknown): Promise<void> {
    if (!(failure instanceof CallFailed)) throw failure;
    if (failure.kind === "signed-out") {
      const state = (await sitting.frame?.currentState()) ?? null;
      this.keepsake.put(sitting.assignment.assignmentId, { state, timeSpentSeconds: sitting.timeSpentS() });
      await ask({
        title: "Please sign in again",
        text: "Your session has ended. What you have drawn is kept in this tab and will be here when you are back.",
        confirm: "Sign in",
      });
      window.location.assign(`/portal/sign-in?next=${encodeURIComponent(sitting.assignment.pageUrl)}`);
    } else if (failure.kind === "over") {
      this.end(sitting);
      this.keepsake.drop(sitting.assignment.assignmentId);
      this.note("This task is not open any more", failure.message, [
        this.nextButton(sitting.assignment.jobName, "Next task"),
        jobsLink("button"),
      ]);
    } else {
      this.banner(failure.message);
    }
  }

  private end(sitting: Sitting): void {
    sitting.isOver = true;
    sitting.frame?.close();
    sitting.frame = null;
    this.part("loading").hidden = true;
    this.host.classList.add("is-between");
    this.banner(null);
  }

  // -- parts of the page

  private on(action: string, act: () => Promise<void>): void {
    this.host.querySelector(`[data-action="${action}"]`)?.addEventListener("click", () => void act());
  }

  private part(name: string): HTMLElement {
    const found = this.host.querySelector<HTMLElement>(`[data-${name}]`);
    if (found === null) throw new Error(`the task page has no part named ${name}`);
    return found;
  }

  private say(part: string, text: string): void {
    this.part(part).textContent = text;
  }

  private setBusy(busy: boolean): void {
    this.host.classList.toggle("is-busy", busy);
    this.host.querySelectorAll<HTMLButtonElement>("[data-action]").forEach((button) => (button.disabled = busy));
  }

  private banner(text: string | null, ...buttons: HTMLElement[]): void {
    const banner = this.part("banner");
    banner.hidden = text === null;
    banner.replaceChildren(...(text === null ? [] : [element("span", text), ...buttons]));
  }

  private note(title: string | null, text = "", buttons: HTMLElement[] = [], kind = "over"): void {
    const note = this.part("note");
    note.hidden = title === null;
    note.dataset["kind"] = kind;
    if (title === null) return note.replaceChildren();
    const row = element("div", "", "note-buttons");
    row.append(...buttons);
    const card = element("div", "", "note-card");
    card.append(element("h2", title), element("p", text), row);
    note.replaceChildren(card);
    buttons[0]?.focus();
  }
}

function isPresent(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}

function clockTime(): string {
  return new Date().toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
}

function jobsLink(className: string): HTMLElement {
  const link = element("a", "Back to my jobs", className);
  link.setAttribute("href", "/portal/");
  return link;
}

function actionButton(text: string, className: string, act: () => unknown): HTMLElement {
  const made = element("button", text, className);
  made.setAttribute("type", "button");
  made.addEventListener("click", () => void act());
  return made;
}
