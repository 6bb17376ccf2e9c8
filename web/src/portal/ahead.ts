/**
 * The next task, loaded ahead while the worker works on the current one.
 *
 * The server reserves it (labeling/reserving.py has the states). Its frame is loaded out of sight, with its image painted
 * behind the current task, so that Submit can show it at once. The answer and the next task's beginning are one request,
 * in the background. Until its answer arrives, the shown task is not accepted: its clock stands still, and its draft is
 * kept in the browser only. If the server then hands out another task, the page shows that one instead.
 */
import { actionUrl, type Assignment, post } from "./api.js";
import type { Sitting } from "./sitting.js";

/** The current task's own image comes first. */
const BEGIN_AFTER_MS = 250;

export interface AheadHost {
  /** Whether the worker still works on this task, so that the next one is of use. */
  isOpen(sitting: Sitting): boolean;
  /** Opens the frame of a reserved task out of sight. */
  open(reserved: Assignment): Sitting;
}

export class Ahead {
  private loaded: Sitting | null = null;
  private timer = 0;

  constructor(private readonly host: AheadHost) {}

  /** Loads the task after this one soon. */
  loadAfter(sitting: Sitting): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.load(sitting), BEGIN_AFTER_MS);
  }

  /** The task that is ready to be shown, which is no longer ahead; null if there is none. */
  take(): Sitting | null {
    return this.loaded?.isReady ? this.remove() : null;
  }

  /** The task that the server has just handed out, which is no longer ahead, ready or not; null if it is another one. */
  takeIf(assignmentId: string): Sitting | null {
    return this.loaded?.assignment.assignmentId === assignmentId ? this.remove() : null;
  }

  /** A task that was shown is ahead again, with the work on it. */
  putBack(sitting: Sitting): void {
    this.drop();
    sitting.frame?.place("ahead");
    this.loaded = sitting;
  }

  drop(): void {
    window.clearTimeout(this.timer);
    this.loaded?.close();
    this.loaded = null;
  }

  private remove(): Sitting | null {
    const removed = this.loaded;
    this.loaded = null;
    return removed;
  }

  private async load(sitting: Sitting): Promise<void> {
    if (this.loaded !== null || !this.host.isOpen(sitting)) return;
    try {
      const { reserved } = await post<{ reserved: Assignment | null }>(actionUrl(sitting.assignment, "reserve"), {});
      if (reserved !== null && this.loaded === null && this.host.isOpen(sitting)) this.loaded = this.host.open(reserved);
    } catch {
      // Without it the next task is loaded after Submit.
    }
  }
}
