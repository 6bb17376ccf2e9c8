/** What the page shows between tasks: all is done, there is more to do, and the button for the next task. */
import { type Assignment, mayWorkLater, post } from "./api.js";
import { t } from "../language/index.js";
import { NewWork } from "./new_work.js";
import { actionButton, jobsLink, type TaskView } from "./task_view.js";

export class Between {
  private readonly newWork = new NewWork();

  constructor(
    private readonly view: TaskView,
    private readonly show: (assignment: Assignment) => void,
  ) {}

  stopWatching(): void {
    this.newWork.stop();
  }

  /** Says that nothing is left in the job, and watches it for new tasks. `done`: how many were finished on this page. */
  allDone(jobName: string, done: number): void {
    const finished = done > 0 ? `${t("You finished {{count}} tasks in this session.", { count: done })} ` : "";
    this.view.showNote({
      title: t("All done for now"),
      text: `${finished}${t("There are no more tasks for you in this job at the moment. New tasks will appear here.")}`,
      buttons: [jobsLink("button button-primary")],
      kind: "done",
    });
    this.view.announce(t("All done for now."));
    document.title = `${t("All done")} · Trigpoint`;
    this.newWork.watch(jobName, (waiting) => this.offerNewWork(jobName, waiting));
  }

  /** Says that the time limit has passed. */
  timeIsUp(jobName: string, hasDraft: boolean): void {
    const kept = hasDraft ? ` ${t("Your unfinished work is kept: it comes back if you get this task again.")}` : "";
    this.showOver(
      jobName,
      t("Time is up"),
      t("The time limit of this task has passed, and the task went back to the pool.") + kept,
    );
  }

  /** Says why the task cannot be continued. */
  taskIsOver(jobName: string, reason: string): void {
    this.showOver(jobName, t("This task is no longer open"), reason);
  }

  /** Says that the task's frame was closed because it sent too much. The worker can still decline the task. */
  flooded(): void {
    this.view.setLoading(false);
    this.view.showNote({
      title: t("This task was stopped"),
      text: t("Its template sends more messages than this page can take. Please report this to the person who runs the job, and decline the task with the button above."),
      buttons: [],
      kind: "over",
    });
  }

  private showOver(jobName: string, title: string, text: string): void {
    const buttons = [this.nextButton(jobName, t("Next task")), jobsLink("button")];
    this.view.showNote({ title, text, buttons, kind: "over" });
  }

  private nextButton(jobName: string, text: string): HTMLElement {
    return actionButton(text, "button button-primary", async () => {
      try {
        const path = `/portal/api/jobs/${encodeURIComponent(jobName)}/next`;
        const { assignment } = await post<{ assignment: Assignment | null }>(path, {});
        if (assignment === null) window.location.assign("/portal/?notice=none-left");
        else this.show(assignment);
      } catch (failure) {
        if (mayWorkLater(failure)) this.view.showBanner(t("The server cannot be reached. Please try again."));
        else window.location.assign("/portal/");
      }
    });
  }

  private offerNewWork(jobName: string, waiting: number): void {
    document.title = `${t("New tasks")} · Trigpoint`;
    this.view.announce(t("There are new tasks."));
    this.view.showNote({
      title: t("There is more to do"),
      text: t("{{count}} tasks are waiting for you.", { count: waiting }),
      buttons: [this.nextButton(jobName, t("Continue")), jobsLink("button")],
      kind: "done",
    });
  }
}
