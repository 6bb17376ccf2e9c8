/** One task being worked on: its frame, its clocks, and the work that is not saved yet. */
import type { Assignment, Json } from "./api.js";
import type { TaskFrame } from "./task_frame.js";
import { ActiveTime, Countdown } from "./timing.js";

export class Sitting {
  readonly countdown: Countdown;
  readonly active: ActiveTime;
  /** The last state that the server does not have; undefined when it has everything. */
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

  /** The frame's state; null without a frame. */
  async currentState(): Promise<Json> {
    return (await this.frame?.currentState()) ?? null;
  }
}

function isPresent(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}
