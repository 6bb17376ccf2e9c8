/** Keeps what the worker chose in a job on the server, so that it follows them to any machine. */
import { mayWorkLater, post, postOnLeaving } from "./api.js";
import type { Preferences } from "./preferences.js";

const AFTER_MS = 1000;
const RETRY_MS = 20_000;

export class ChoiceSync {
  private timer: number | undefined;
  private unsent: string | null = null;

  constructor(private readonly preferences: Preferences) {
    window.addEventListener("pagehide", () => {
      if (this.unsent !== null) postOnLeaving(pathOf(this.unsent), this.bodyOf(this.unsent), () => {});
    });
  }

  /** The choices in this job have changed. */
  changed(jobName: string): void {
    this.unsent = jobName;
    this.sendIn(AFTER_MS);
  }

  private sendIn(ms: number): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.send(), ms);
  }

  private async send(): Promise<void> {
    const jobName = this.unsent;
    if (jobName === null) return;
    this.unsent = null;
    try {
      await post(pathOf(jobName), this.bodyOf(jobName));
    } catch (failure) {
      // If the server refuses them, the browser still has them.
      if (!mayWorkLater(failure)) return;
      this.unsent ??= jobName;
      this.sendIn(RETRY_MS);
    }
  }

  private bodyOf(jobName: string): { choices: ReturnType<Preferences["of"]> } {
    return { choices: this.preferences.of(jobName) };
  }
}

function pathOf(jobName: string): string {
  return `/portal/api/jobs/${encodeURIComponent(jobName)}/choices`;
}
