/** The form's messages to the page around its frame: the answer once, the state of unfinished work as it changes. */
import type { ReactiveController, ReactiveControllerHost } from "lit";
import { t } from "../../language/index.js";
import { sendToPage } from "../frame_link.js";

/** open: being worked on; submitting: the page has the answer; submitted: the server has it. */
export type Phase = "open" | "submitting" | "submitted";

const STATE_DELAY_MS = 1000;
/** Between two messages of a series of changes: ten times as long as it takes to make one, but at most this. */
const LONGEST_CHANGE_GAP_MS = 1000;
const NO_REPLY_AFTER_MS = 60_000;

export class Delivery implements ReactiveController {
  private currentPhase: Phase = "open";
  private shownProblem: string | null = null;
  private stateTimer: number | undefined;
  private changeTimer: number | undefined;
  private isChangePending = false;
  private nextChangeAtMs = 0;
  private replyTimer: number | undefined;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly currentState: () => unknown,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    document.addEventListener("visibilitychange", this.sendPendingState);
  }

  hostDisconnected(): void {
    document.removeEventListener("visibilitychange", this.sendPendingState);
    this.cancelState();
    clearTimeout(this.replyTimer);
  }

  get phase(): Phase {
    return this.currentPhase;
  }

  /** Why the answer was not submitted; null when nothing is wrong. */
  get problem(): string | null {
    return this.shownProblem;
  }

  setProblem(problem: string | null): void {
    this.shownProblem = problem;
    this.host.requestUpdate();
  }

  /** Takes no other answer until it is known what becomes of this one. */
  async wait(known: Promise<unknown>): Promise<void> {
    this.setPhase("submitting");
    await known;
    this.setPhase("open");
  }

  sendAnswer(answer: Readonly<Record<string, unknown>>): void {
    this.sendChange(); // the page keeps the last state, to restore the answer if the worker looks at it again
    this.setPhase("submitting");
    this.cancelState();
    sendToPage({ type: "submit", answer });
    this.replyTimer = window.setTimeout(() => this.fail(t("The page has not replied yet. Please try again.")), NO_REPLY_AFTER_MS);
  }

  /** The server has the answer. */
  confirm(): void {
    clearTimeout(this.replyTimer);
    this.setProblem(null);
    this.setPhase("submitted");
  }

  /** The answer did not get through: the form is open again. */
  fail(problem: string): void {
    clearTimeout(this.replyTimer);
    this.setProblem(problem);
    this.setPhase("open");
  }

  /** Sends the state that the page has requested. */
  sendState(): void {
    this.cancelState();
    sendToPage({ type: "state", state: this.currentState() });
  }

  /**
   * Sends the state after a change: in the same task, or in a series of changes after a gap if the state is large, so that
   * a reload loses nothing. A second later the page also gets a `state` message: some pages save only on that.
   */
  sendChangeSoon(): void {
    if (this.currentPhase !== "open") return;
    this.setProblem(null);
    this.scheduleChange();
    this.stateTimer ??= window.setTimeout(() => this.sendState(), STATE_DELAY_MS);
  }

  private scheduleChange(): void {
    if (this.isChangePending) return;
    this.isChangePending = true;
    const gapMs = this.nextChangeAtMs - performance.now();
    if (gapMs <= 0) queueMicrotask(() => this.sendChange());
    else this.changeTimer = window.setTimeout(() => this.sendChange(), gapMs);
  }

  private sendChange(): void {
    if (!this.isChangePending) return;
    this.isChangePending = false;
    const begunMs = performance.now();
    sendToPage({ type: "change", state: this.currentState() });
    const endedMs = performance.now();
    this.nextChangeAtMs = endedMs + Math.min(LONGEST_CHANGE_GAP_MS, 10 * (endedMs - begunMs));
  }

  private readonly sendPendingState = (): void => {
    if (document.visibilityState === "hidden" && this.stateTimer !== undefined) this.sendState();
  };

  private cancelState(): void {
    clearTimeout(this.stateTimer);
    clearTimeout(this.changeTimer);
    this.stateTimer = undefined;
    this.isChangePending = false;
  }

  private setPhase(phase: Phase): void {
    this.currentPhase = phase;
    this.host.requestUpdate();
  }
}
