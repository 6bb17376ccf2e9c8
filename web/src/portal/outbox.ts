/** The answer on its way to the server. It is sent again until the server has accepted or refused it. */
import { actionUrl, type Assignment, mayWorkLater, post, type Json } from "./api.js";
import type { Sitting } from "./sitting.js";

const RETRY_MS = 5000;

export interface OutboxEvents {
  accepted(sitting: Sitting, next: Assignment | null): void;
  /** The answer did not get through and is sent again soon. */
  delayed(failure: unknown): void;
  refused(sitting: Sitting, failure: unknown): Promise<void>;
}

export class Outbox {
  private waiting: { readonly sitting: Sitting; readonly answer: Json } | null = null;
  private isSending = false;
  private retryTimer = 0;

  constructor(private readonly events: OutboxEvents) {
    window.addEventListener("online", () => this.retryNow());
  }

  get isEmpty(): boolean {
    return this.waiting === null;
  }

  /** Sends an answer. It replaces an earlier one that still waits to be sent again. */
  async submit(sitting: Sitting, answer: Json): Promise<void> {
    this.waiting = { sitting, answer };
    await this.send();
  }

  /** Forgets an answer that still waits: its task is over. */
  clear(): void {
    window.clearTimeout(this.retryTimer);
    this.waiting = null;
  }

  retryNow(): void {
    void this.send();
  }

  /** The server accepts the same answer twice and counts it once, so that sending again is always safe. */
  private async send(): Promise<void> {
    window.clearTimeout(this.retryTimer);
    if (this.waiting === null || this.isSending) return;
    const { sitting, answer } = this.waiting;
    this.isSending = true;
    try {
      const { version, basedOn } = sitting.lineage.current();
      const body = { answer, timeSpentSeconds: sitting.timeSpentS(), draft: { version, basedOn: [...basedOn] } };
      const { next } = await post<{ next: Assignment | null }>(actionUrl(sitting.assignment, "submit"), body);
      this.waiting = null;
      this.events.accepted(sitting, next);
    } catch (failure) {
      await this.handleFailure(sitting, failure);
    } finally {
      this.isSending = false;
    }
  }

  private async handleFailure(sitting: Sitting, failure: unknown): Promise<void> {
    if (mayWorkLater(failure)) {
      this.events.delayed(failure);
      this.retryTimer = window.setTimeout(() => void this.send(), RETRY_MS);
      return;
    }
    this.waiting = null;
    await this.events.refused(sitting, failure);
  }
}
