/** What of a task in work lies in this tab, so that a reload or a new sign-in loses nothing that was drawn. */
import type { Assignment, Json } from "./api.js";

export interface Kept {
  state: Json;
  timeSpentSeconds: number;
}

type Shelf = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** Work in progress by worker and assignment. A full or forbidden storage only means that nothing is kept. */
export class Keepsake {
  constructor(
    private readonly workerId: string,
    private readonly shelf: Shelf,
  ) {}

  put(assignmentId: string, kept: Kept): void {
    try {
      this.shelf.setItem(this.key(assignmentId), JSON.stringify(kept));
    } catch {
      // the server's copy, at most 30 seconds old, has to do
    }
  }

  get(assignmentId: string): Kept | null {
    try {
      const text = this.shelf.getItem(this.key(assignmentId));
      return text === null ? null : (JSON.parse(text) as Kept);
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

  /** Where the worker was: this tab's copy, unless more time went into the server's (from another tab or machine). */
  latest(assignment: Assignment): Kept {
    const server = { state: assignment.state, timeSpentSeconds: assignment.timeSpentSeconds };
    const here = this.get(assignment.assignmentId);
    return here !== null && here.timeSpentSeconds >= server.timeSpentSeconds ? here : server;
  }

  private key(assignmentId: string): string {
    return `trigpoint.work.${this.workerId}.${assignmentId}`;
  }
}
