/** How far the job and the worker are, in the bar of the task page: asked after a task is shown, never before. */
import { get } from "./api.js";
import { t } from "../language/index.js";
import type { TaskView } from "./task_view.js";

interface Progress {
  finishedObjects: number;
  totalObjects: number;
  submitted: number;
  submittedSince: number;
  secondsPerAnswer: number | null;
}

const AFTER_MS = 800;

export class JobProgress {
  private timer = 0;

  constructor(private readonly view: TaskView) {}

  /** Shows the numbers soon. Without a network the former ones stay. */
  refresh(jobName: string): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.load(jobName).catch(() => {}), AFTER_MS);
  }

  private async load(jobName: string): Promise<void> {
    const since = encodeURIComponent(new Date(new Date().setHours(0, 0, 0, 0)).toISOString());
    const found = await get<Progress>(`/portal/api/jobs/${encodeURIComponent(jobName)}/progress?since=${since}`);
    const percent = Math.floor((100 * found.finishedObjects) / (found.totalObjects || 1));
    const texts = [t("{{count}} today", { count: found.submittedSince }), t("{{percent}} % of the job", { percent })];
    const details = [t("{{finished}} of {{total}} objects are labeled.", { finished: found.finishedObjects, total: found.totalObjects })];
    if (found.secondsPerAnswer !== null) {
      details.push(t("Your average time for a task is {{seconds}} s.", { seconds: Math.round(found.secondsPerAnswer) }));
    }
    this.view.showJobProgress(` · ${texts.join(" · ")}`, details.join(" "));
  }
}
