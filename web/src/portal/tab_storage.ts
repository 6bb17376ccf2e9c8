/** Unfinished work kept in this tab, so that a reload or a new sign-in loses nothing. */
import type { Assignment, Json } from "./api.js";

export interface UnfinishedWork {
  state: Json;
  timeSpentSeconds: number;
}

type Shelf = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** Unfinished work by worker and assignment. With a full or forbidden storage nothing is kept, and nothing else fails. */
export class TabStorage {
  constructor(
    private readonly workerId: string,
    private readonly shelf: Shelf,
  ) {}

  put(assignmentId: string, kept: UnfinishedWork): void {
    try {
      this.shelf.setItem(this.key(assignmentId), JSON.stringify(kept));
    } catch {
      // the server has a copy that is at most 30 seconds old
    }
  }

  get(assignmentId: string): UnfinishedWork | null {
    try {
      const text = this.shelf.getItem(this.key(assignmentId));
      return text === null ? null : (JSON.parse(text) as UnfinishedWork);
    } catch {
      return null;
    }
  }

  drop(assignmentId: string): void {
    try {
      this.shelf.removeItem(this.key(assignmentId));
    } catch {
      // nothing was kept
    }
  }

  /** The newest unfinished work: this tab's copy, unless the server's has more time in it, from another tab or machine. */
  latest(assignment: Assignment): UnfinishedWork {
    const server = { state: assignment.state, timeSpentSeconds: assignment.timeSpentSeconds };
    const here = this.get(assignment.assignmentId);
    return here !== null && here.timeSpentSeconds >= server.timeSpentSeconds ? here : server;
  }

  private key(assignmentId: string): string {
    return `trigpoint.work.${this.workerId}.${assignmentId}`;
  }
}
