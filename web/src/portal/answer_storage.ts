/**
 * The worker's answers in this browser, so that a closed tab or a lost connection loses none: those that the server does
 * not have yet, and the last ones that it has, which the worker can look at again.
 *
 * They are in IndexedDB, because a mask may be larger than what localStorage takes.
 */
import { createStore, del, entries, set, type UseStore } from "idb-keyval";
import type { Json } from "./api.js";
import type { DraftVersion } from "./drafts.js";

export interface KeptAnswer {
  readonly workerId: string;
  readonly assignmentId: string;
  readonly jobName: string;
  readonly objectIndex: number;
  readonly title: string;
  readonly answer: Json;
  /** What restores the answer in the frame. */
  readonly state: Json;
  readonly draft: DraftVersion;
  readonly timeSpentSeconds: number;
  readonly submittedAtMs: number;
  /** The server has it. */
  readonly isSent: boolean;
}

/** Answers that the server has, for looking back. */
const SENT_KEPT = 20;

/** By assignment. With a full or forbidden storage nothing is kept, and nothing else fails. */
export class AnswerStorage {
  private store: UseStore | undefined;

  constructor(private readonly workerId: string) {}

  /** Keeps an answer until the server has it. Returns whether the browser has it. */
  async keep(answer: KeptAnswer): Promise<boolean> {
    return (await this.attempt((store) => set(answer.assignmentId, answer, store).then(() => true))) ?? false;
  }

  /** The server has this answer. The oldest of those that it has are forgotten. */
  async confirm(answer: KeptAnswer): Promise<void> {
    await this.keep({ ...answer, isSent: true });
    for (const old of (await this.sent()).slice(SENT_KEPT)) await this.drop(old.assignmentId);
  }

  async drop(assignmentId: string): Promise<void> {
    await this.attempt((store) => del(assignmentId, store));
  }

  /** The answers that the server does not have, oldest first. */
  async unsent(): Promise<KeptAnswer[]> {
    return (await this.all()).filter(({ isSent }) => !isSent);
  }

  /** The answers that the server has, newest first. */
  async sent(): Promise<KeptAnswer[]> {
    return (await this.all()).filter(({ isSent }) => isSent).reverse();
  }

  /** Forgets the answers that the server has. */
  async clear(): Promise<void> {
    for (const answer of await this.sent()) await this.drop(answer.assignmentId);
  }

  private async all(): Promise<KeptAnswer[]> {
    const found = (await this.attempt((store) => entries<string, KeptAnswer>(store))) ?? [];
    return found
      .map(([, answer]) => answer)
      .filter(({ workerId }) => workerId === this.workerId)
      .sort((one, other) => one.submittedAtMs - other.submittedAtMs);
  }

  private async attempt<T>(act: (store: UseStore) => Promise<T>): Promise<T | undefined> {
    try {
      this.store ??= createStore("trigpoint.answers", "answers");
      return await act(this.store);
    } catch {
      return undefined;
    }
  }
}
