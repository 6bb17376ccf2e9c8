/** A task whose frame cannot be loaded, because the network or the server is away: says so, and loads it again. */
import { type Assignment, assignmentUrl, get, mayWorkLater } from "./api.js";
import { t } from "../language/index.js";
import type { Sitting } from "./sitting.js";
import { actionButton, jobsLink, type TaskView } from "./task_view.js";

const AGAIN_MS = 10_000;

export interface FrameTroubleHost {
  /** Whether the worker still works on this task. */
  isOpen(sitting: Sitting): boolean;
  /** Opens a new frame, at the address that the server has just given. */
  reopen(sitting: Sitting, assignment: Assignment): void;
  /** The worker is signed out, or the task is no longer theirs. */
  failed(sitting: Sitting, failure: unknown): void;
}

export class FrameTrouble {
  private sitting: Sitting | null = null;
  private timer = 0;

  constructor(
    private readonly view: TaskView,
    private readonly host: FrameTroubleHost,
  ) {
    window.addEventListener("online", () => void this.tryAgain());
  }

  /** The frame of this task could not be loaded, for the first time or again. */
  begin(sitting: Sitting): void {
    if (this.sitting !== sitting) this.explain();
    this.sitting = sitting;
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.tryAgain(), AGAIN_MS);
  }

  /** There is a frame. */
  end(): void {
    if (this.sitting === null) return;
    window.clearTimeout(this.timer);
    this.sitting = null;
    this.view.hideNote();
  }

  private explain(): void {
    this.view.setLoading(false);
    this.view.showNote({
      title: t("This task could not be loaded"),
      text: t("The network or the server is away. It is tried again automatically, and nothing is lost."),
      buttons: [actionButton(t("Try again"), "button button-primary", () => void this.tryAgain()), jobsLink("button")],
      kind: "trouble",
    });
  }

  private async tryAgain(): Promise<void> {
    const { sitting } = this;
    window.clearTimeout(this.timer);
    if (sitting === null || !this.host.isOpen(sitting)) return;
    try {
      const { assignment } = await get<{ assignment: Assignment }>(assignmentUrl(sitting.assignment.assignmentId));
      if (this.sitting === sitting && this.host.isOpen(sitting)) this.host.reopen(sitting, assignment);
    } catch (failure) {
      if (mayWorkLater(failure)) this.begin(sitting);
      else {
        this.sitting = null;
        this.host.failed(sitting, failure);
      }
    }
  }
}
