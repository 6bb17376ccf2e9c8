/** Watches a job for new tasks while its worker has none. */
import { CallFailed, get, type Job } from "./api.js";

const EVERY_MS = 6000;

export class NewWork {
  private timer = 0;

  /** Calls `found` once, with the number of tasks, when the job has tasks for the worker again. */
  watch(jobName: string, found: (count: number) => void): void {
    this.stop();
    this.timer = window.setInterval(() => void this.look(jobName, found), EVERY_MS);
  }

  stop(): void {
    window.clearInterval(this.timer);
  }

  private async look(jobName: string, found: (count: number) => void): Promise<void> {
    let jobs: Job[];
    try {
      jobs = (await get<{ jobs: Job[] }>("/portal/api/jobs")).jobs;
    } catch (failure) {
      if (failure instanceof CallFailed && failure.kind === "signed-out") this.stop();
      return;
    }
    const job = jobs.find((one) => one.jobName === jobName);
    if (job === undefined || job.available + job.resumable.length === 0) return;
    this.stop();
    found(Math.max(job.available, job.resumable.length));
  }
}
