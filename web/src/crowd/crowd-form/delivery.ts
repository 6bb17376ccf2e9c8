/** The form's messages to the page around its frame: the answer once, the state of unfinished work as it changes. */
import type { ReactiveController, ReactiveControllerHost } from "lit";
import { sendToPage } from "../frame_link.js";

/** open: being worked on; submitting: the page has the answer; submitted: the server has it. */
export type Phase = "open" | "submitting" | "submitted";

const STATE_DELAY_MS = 1000;
const NO_REPLY_AFTER_MS = 60_000;

export class Delivery implements ReactiveController {
  private currentPhase: Phase = "open";
  private shownProblem: string | null = null;
  private stateTimer: number | undefined;
  private replyTimer: number | undefined;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly currentState: () => unknown,
  ) {
    host.addController(this);
  }

  hostDisconnected(): void {
    clearTimeout(this.stateTimer);
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

  sendAnswer(answer: Readonly<Record<string, unknown>>): void {
    this.setPhase("submitting");
    this.cancelState();
    sendToPage({ type: "submit", answer });
    this.replyTimer = window.setTimeout(() => this.fail("The page has not replied yet. Please try again."), NO_REPLY_AFTER_MS);
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

  sendState(): void {
    this.cancelState();
    sendToPage({ type: "state", state: this.currentState() });
  }

  /** Sends the state a second after the first of several changes, so that a crash loses at most a second of work. */
  sendStateSoon(): void {
    if (this.currentPhase !== "open") return;
    this.setProblem(null);
    this.stateTimer ??= window.setTimeout(() => this.sendState(), STATE_DELAY_MS);
  }

  private cancelState(): void {
    clearTimeout(this.stateTimer);
    this.stateTimer = undefined;
  }

  private setPhase(phase: Phase): void {
    this.currentPhase = phase;
    this.host.requestUpdate();
  }
}
