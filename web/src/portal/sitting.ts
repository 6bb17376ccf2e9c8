/** One task being worked on: its frame, its clocks, and the work that is not saved yet. */
import type { Assignment, Json } from "./api.js";
import { type Draft, type DraftVersion, Lineage } from "./drafts.js";
import type { TaskFrame } from "./task_frame.js";
import { ActiveTime, Countdown } from "./timing.js";

export class Sitting {
  active: ActiveTime;
  readonly lineage: Lineage;
  /** The last draft that the server does not have; undefined when it has everything. */
  unsaved: Draft | undefined = undefined;
  /** The last known state as JSON. A state that equals it is no change. */
  lastText: string;
  /** The browser has a copy of the unsaved draft that outlives the page. */
  isKeptHere = true;
  /** The server has refused the last draft, for example because it is too large. */
  isRefused = false;
  /** Another tab or device has a newer draft, and the worker has not decided yet. */
  isOutdated = false;
  /** The state to begin with. */
  readonly state: Json;
  frame: TaskFrame | null = null;
  isOver = false;
  private readonly spentBeforeS: number;
  private current: Assignment;
  private counting: Countdown | null;

  /** `kept` is a draft of this browser that the server does not have. A task that was only reserved is not accepted. */
  constructor(assignment: Assignment, kept: Draft | null, isAccepted = true) {
    const now = performance.now();
    this.current = assignment;
    this.state = kept === null ? assignment.state : kept.state;
    this.lastText = JSON.stringify(this.state);
    this.lineage = new Lineage(kept === null ? [assignment.draft?.version ?? null] : [...kept.basedOn, kept.version]);
    this.unsaved = kept ?? undefined;
    const sameTask = kept?.assignmentId === assignment.assignmentId;
    this.spentBeforeS = Math.max(assignment.timeSpentSeconds, sameTask ? kept.timeSpentSeconds : 0);
    this.active = new ActiveTime(isPresent, this.spentBeforeS, now);
    this.counting = isAccepted ? countdownOf(assignment, now) : null;
  }

  get assignment(): Assignment {
    return this.current;
  }

  /** The time left; null while the server has not accepted the task for the worker. */
  get countdown(): Countdown | null {
    return this.counting;
  }

  get isAccepted(): boolean {
    return this.counting !== null;
  }

  /** Its frame can be shown. */
  get isReady(): boolean {
    return this.frame?.isReady ?? false;
  }

  /** The worker sees the task from now on. */
  begin(): void {
    this.active = new ActiveTime(isPresent, this.spentBeforeS, performance.now());
  }

  /** The server has accepted the task, which was reserved: its time limit begins. */
  accept(assignment: Assignment): void {
    this.current = assignment;
    this.counting = countdownOf(assignment, performance.now());
  }

  timeSpentS(): number {
    return this.active.totalS(performance.now());
  }

  /** The frame's state; null without a frame. */
  async currentState(): Promise<Json> {
    return (await this.frame?.currentState()) ?? null;
  }

  /** If two tabs change the same draft at the same moment, one must go on: the one with the greater version. */
  isOvertakenBy({ version, basedOn }: DraftVersion): boolean {
    const { lineage, unsaved } = this;
    const isLater = unsaved === undefined || basedOn.includes(unsaved.version);
    return !lineage.has(version) && (isLater || unsaved.version < version);
  }

  close(): void {
    this.isOver = true;
    this.frame?.close();
    this.frame = null;
  }
}

function countdownOf({ expiresAt, now, timeLimitSeconds }: Assignment, nowMs: number): Countdown {
  return new Countdown(expiresAt, now, timeLimitSeconds, nowMs);
}

function isPresent(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}
