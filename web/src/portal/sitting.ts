/** One task being worked on: its frame, its clocks, and the work that is not saved yet. */
import type { Assignment, Json } from "./api.js";
import { Lineage, type Draft } from "./drafts.js";
import type { TaskFrame } from "./task_frame.js";
import { ActiveTime, Countdown } from "./timing.js";

export class Sitting {
  readonly countdown: Countdown;
  readonly active: ActiveTime;
  readonly lineage: Lineage;
  /** The last draft that the server does not have; undefined when it has everything. */
  unsaved: Draft | undefined = undefined;
  /** The last known state as JSON. A state that equals it is no change. */
  lastText: string;
  /** The browser has a copy of the unsaved draft that outlives the page. */
  isKeptHere = true;
  /** Another tab or device has a newer draft, and the worker has not decided yet. */
  isOutdated = false;
  /** The state to begin with. */
  readonly state: Json;
  frame: TaskFrame | null = null;
  isOver = false;

  /** `kept` is a draft of this browser that the server does not have. */
  constructor(
    readonly assignment: Assignment,
    kept: Draft | null,
  ) {
    const now = performance.now();
    this.state = kept === null ? assignment.state : kept.state;
    this.lastText = JSON.stringify(this.state);
    this.lineage = new Lineage(kept === null ? [assignment.draft?.version ?? null] : [...kept.basedOn, kept.version]);
    this.unsaved = kept ?? undefined;
    const sameTask = kept?.assignmentId === assignment.assignmentId;
    const timeSpentS = Math.max(assignment.timeSpentSeconds, sameTask ? kept.timeSpentSeconds : 0);
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
