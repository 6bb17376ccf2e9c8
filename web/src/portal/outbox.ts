/**
 * The answers on their way to the server, one after the other. Each is sent again until the server has accepted or refused
 * it. The browser keeps it until then, so that it is sent by a later page if this one is closed.
 */
import { actionUrl, type Assignment, isSignedOut, mayWorkLater, post } from "./api.js";
import type { AnswerStorage, KeptAnswer } from "./answer_storage.js";
import type { Sitting } from "./sitting.js";

const RETRY_MS = 5000;
/** So long the page waits for its copy of an answer before it says that there is none. */
const KEPT_AFTER_MS = 1000;

export interface OutboxEvents {
  /** The server has the answer. `next`: what the worker gets then. */
  accepted(sitting: Sitting, next: Assignment | null): void;
  /** The answer did not get through and is sent again soon. */
  delayed(failure: unknown): void;
  refused(sitting: Sitting, failure: unknown): Promise<void>;
}

interface Letter {
  readonly sitting: Sitting;
  readonly answer: KeptAnswer;
  /** The browser has a copy that outlives the page. */
  isKept: boolean;
  readonly keeping: Promise<void>;
}

export class Outbox {
  private letters: Letter[] = [];
  private isSending = false;
  private retryTimer = 0;

  constructor(
    private readonly storage: AnswerStorage,
    private readonly events: OutboxEvents,
  ) {
    window.addEventListener("online", () => this.retryNow());
    window.addEventListener("beforeunload", (event) => {
      if (!this.isKept) event.preventDefault();
    });
  }

  get isEmpty(): boolean {
    return this.letters.length === 0;
  }

  /** Whether closing the page would lose none of the answers on their way. */
  get isKept(): boolean {
    return this.letters.every((letter) => letter.isKept);
  }

  /** Whether the sitting's answer is on its way. */
  has(sitting: Sitting): boolean {
    return this.letters.some((letter) => letter.sitting === sitting);
  }

  /** Sends an answer after those that wait. It replaces an earlier one of the same task that still waits. */
  async submit(sitting: Sitting, answer: KeptAnswer): Promise<void> {
    const keeping = this.storage.keep(answer).then((isKept) => void (letter.isKept = isKept));
    const letter: Letter = { sitting, answer, isKept: false, keeping };
    const waiting = this.letters.findIndex((other) => other.sitting === sitting);
    if (waiting < 0) this.letters.push(letter);
    else this.letters[waiting] = letter;
    await this.send();
  }

  /** Forgets an answer whose task is over. */
  drop(sitting: Sitting): void {
    if (!this.has(sitting)) return;
    this.letters = this.letters.filter((letter) => letter.sitting !== sitting);
    void this.storage.drop(sitting.assignment.assignmentId);
  }

  retryNow(): void {
    void this.send();
  }

  private async send(): Promise<void> {
    window.clearTimeout(this.retryTimer);
    if (this.isSending) return;
    this.isSending = true;
    try {
      for (let letter = this.letters[0]; letter !== undefined; letter = this.letters[0]) {
        if (!(await this.sendOne(letter))) break;
      }
    } finally {
      this.isSending = false;
    }
  }

  /** Returns whether the next one can be sent. */
  private async sendOne(letter: Letter): Promise<boolean> {
    const { sitting, answer } = letter;
    try {
      const next = await sendAnswer(answer);
      this.remove(sitting);
      void this.storage.confirm(answer);
      this.events.accepted(sitting, next);
      return true;
    } catch (failure) {
      if (mayWorkLater(failure)) {
        await Promise.race([letter.keeping, new Promise((resolve) => window.setTimeout(resolve, KEPT_AFTER_MS))]);
        this.events.delayed(failure);
        this.retryTimer = window.setTimeout(() => void this.send(), RETRY_MS);
        return false;
      }
      this.remove(sitting);
      // After signing in, the page sends it.
      if (!isSignedOut(failure)) void this.storage.drop(answer.assignmentId);
      await this.events.refused(sitting, failure);
      return false;
    }
  }

  /** Removes all answers to the task: the worker may have submitted again before the server refused the first answer. */
  private remove(sitting: Sitting): void {
    this.letters = this.letters.filter((other) => other.sitting !== sitting);
  }
}

/** The task that follows. The server accepts the same answer twice and counts it once, so sending again is always safe. */
export async function sendAnswer(kept: KeptAnswer, { andNext = true } = {}): Promise<Assignment | null> {
  const { answer, timeSpentSeconds, draft } = kept;
  const body = { answer, timeSpentSeconds, draft: { version: draft.version, basedOn: [...draft.basedOn] }, andNext };
  const { next } = await post<{ next: Assignment | null }>(actionUrl(kept, "submit"), body);
  return next;
}
