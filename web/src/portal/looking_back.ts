/** The worker's last answers in the job: they look at one again, and correct it until it is used for a label. */
import type { AnswerStorage, KeptAnswer } from "./answer_storage.js";
import { actionUrl, type Assignment, CallFailed, get, type Json, mayWorkLater, post } from "./api.js";
import { currentTheme } from "./appearance.js";
import { t } from "../language/index.js";
import type { Sitting } from "./sitting.js";
import { TaskFrame } from "./task_frame.js";
import { smallButton, type TaskView } from "./task_view.js";
import { ActiveTime, shortTime } from "./timing.js";

export interface LookingBackHost {
  /** The task that waits meanwhile. */
  openSitting(): Sitting | null;
  preferences(jobName: string): Json;
}

interface Shown {
  readonly kept: KeptAnswer;
  readonly frame: TaskFrame;
  readonly active: ActiveTime;
  readonly isOpen: boolean;
}

export class LookingBack {
  private answers: KeptAnswer[] = [];
  private waiting: Sitting | null = null;
  private shown: Shown | null = null;

  constructor(
    private readonly view: TaskView,
    private readonly storage: AnswerStorage,
    private readonly host: LookingBackHost,
  ) {
    view.on("back", () => this.begin());
  }

  get isActive(): boolean {
    return this.waiting !== null;
  }

  /** Ends it without going back to the task, which is over. */
  close(): void {
    this.shown?.frame.close();
    this.shown = null;
    this.waiting = null;
  }

  private async begin(): Promise<void> {
    const sitting = this.host.openSitting();
    if (sitting === null || this.isActive) return;
    const { jobName } = sitting.assignment;
    this.answers = (await this.storage.sent()).filter((answer) => answer.jobName === jobName);
    if (this.host.openSitting() !== sitting || this.isActive) return;
    if (this.answers.length === 0) {
      this.view.showInfo(t("There are no earlier answers of yours to this job in this browser."), this.okButton());
      return;
    }
    this.waiting = sitting;
    this.view.setActions(false);
    await this.look(0);
  }

  /** Shows the answer at this place; 0 is the newest. */
  private async look(place: number): Promise<void> {
    const kept = this.answers[place];
    if (kept === undefined) return;
    try {
      const path = actionUrl(kept, "answer");
      const { assignment, isOpen } = await get<{ assignment: Assignment; isOpen: boolean }>(path);
      if (this.waiting !== null) this.open(kept, assignment, isOpen, place);
    } catch (failure) {
      if (!(failure instanceof CallFailed)) throw failure;
      this.goBack();
      this.view.showInfo(failure.message, this.okButton());
    }
  }

  private open(kept: KeptAnswer, assignment: Assignment, isOpen: boolean, place: number): void {
    this.shown?.frame.close();
    this.waiting?.frame?.place("aside");
    const frame = new TaskFrame(assignment.frameUrl, t("Your answer: {{title}}", { title: assignment.title }), {
      ready: () => {
        frame.send("appearance", { theme: currentTheme() });
        frame.send("preferences", { preferences: this.host.preferences(kept.jobName) });
        frame.send("restore", { state: kept.state });
        frame.place("shown");
        frame.element.focus();
      },
      incomplete: () => frame.place("shown"),
      failed: () => {
        this.goBack();
        this.view.showInfo(t("This answer could not be loaded. Please try again."), this.okButton());
      },
      submit: (answer) => void this.correct(answer),
      state: () => {},
      preferences: () => {},
      flooded: () => this.goBack(),
    });
    frame.assumeState(kept.state);
    frame.place("loading");
    const isPresent = (): boolean => document.visibilityState === "visible" && document.hasFocus();
    const active = new ActiveTime(isPresent, kept.timeSpentSeconds, performance.now());
    this.shown = { kept, frame, active, isOpen };
    this.view.addFrame(frame.element);
    this.explain(place);
  }

  private explain(place: number): void {
    if (this.shown === null) return;
    const { kept, isOpen } = this.shown;
    const time = shortTime(kept.submittedAtMs);
    const text = isOpen
      ? t("Your answer from {{time}}. You can change it and submit it again.", { time })
      : t("Your answer from {{time}}. It is already used for the label and can no longer be changed.", { time });
    const buttons = [smallButton(t("Return to the task"), () => this.goBack())];
    if (place < this.answers.length - 1) buttons.unshift(smallButton(t("Earlier"), () => void this.look(place + 1)));
    if (place > 0) buttons.unshift(smallButton(t("Later"), () => void this.look(place - 1)));
    this.view.showInfo(text, ...buttons);
  }

  private async correct(answer: Json): Promise<void> {
    const { shown } = this;
    if (shown === null) return;
    if (!shown.isOpen) {
      shown.frame.send("error", { message: t("This answer can no longer be changed.") });
      return;
    }
    const timeSpentSeconds = shown.active.totalS(performance.now());
    try {
      const state = await shown.frame.currentState();
      await post(actionUrl(shown.kept, "correct"), { answer, timeSpentSeconds });
      await this.storage.keep({ ...shown.kept, answer, state, timeSpentSeconds });
    } catch (failure) {
      if (!(failure instanceof CallFailed)) throw failure;
      const message = mayWorkLater(failure) ? t("The server cannot be reached. Please try again.") : failure.message;
      shown.frame.send("error", { message });
      return;
    }
    if (this.shown !== shown) return;
    this.goBack();
    this.view.showInfo(t("Your correction is saved."), this.okButton());
  }

  private goBack(): void {
    const { waiting } = this;
    this.close();
    if (waiting === null) return;
    this.view.hideBanner();
    this.view.setActions(true);
    waiting.frame?.place("shown");
    waiting.frame?.element.focus();
  }

  private okButton(): HTMLElement {
    return smallButton(t("OK"), () => this.view.hideBanner());
  }
}
