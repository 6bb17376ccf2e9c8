/** What the page says about drafts: one was restored, another version is kept, another tab has a newer one. */
import { type Assignment, assignmentUrl, CallFailed, get, type Json } from "./api.js";
import type { Autosave } from "./autosave.js";
import { type Draft, objectKey } from "./drafts.js";
import type { DraftStorage } from "./draft_storage.js";
import { t } from "../language/index.js";
import type { Sitting } from "./sitting.js";
import { smallButton, type TaskView } from "./task_view.js";
import { shortTime } from "./timing.js";

export interface DraftNoticesHost {
  isOpen(sitting: Sitting): boolean;
  show(assignment: Assignment): void;
  failed(sitting: Sitting, failure: unknown): Promise<void>;
}

/** Shown in the form when the worker submits without having chosen. */
export function chooseFirst(): string {
  return `${newer()} ${t("Choose a version at the top of the page, then submit.")}`;
}

function newer(): string {
  return t("A newer draft of this task was saved in another tab or on another device.");
}

export class DraftNotices {
  constructor(
    private readonly view: TaskView,
    private readonly storage: DraftStorage,
    private readonly autosave: Autosave,
    private readonly host: DraftNoticesHost,
  ) {}

  /** The frame of a task is shown, with the worker's draft if there is one. */
  opened(sitting: Sitting): void {
    const aside = this.storage.aside(objectKey(sitting.assignment));
    if (aside !== null && JSON.stringify(aside.state) !== sitting.lastText) this.offer(sitting, aside);
    else if (sitting.state !== null) this.sayRestored(sitting);
  }

  /** Another tab or device has a newer draft: this page stops saving until the worker has decided. */
  outdated(sitting: Sitting): void {
    if (!this.host.isOpen(sitting)) return;
    sitting.isOutdated = true;
    if (sitting.unsaved !== undefined) this.storage.keepAside(objectKey(sitting.assignment), sitting.unsaved);
    this.view.showBanner(
      newer(),
      smallButton(t("Load the newer draft"), () => this.decide(sitting, (newest) => this.host.show(newest))),
      smallButton(t("Keep this one"), () => this.decide(sitting, (newest) => this.keepThis(sitting, newest))),
    );
  }

  private sayRestored(sitting: Sitting): void {
    const at = sitting.unsaved?.keptAtMs ?? Date.parse(sitting.assignment.draft?.savedAt ?? sitting.assignment.now);
    this.view.showInfo(t("Your unfinished work from {{time}} is restored.", { time: shortTime(at) }), this.dismissButton(t("OK")));
  }

  private offer(sitting: Sitting, aside: Draft): void {
    this.view.showInfo(
      t("Another version of your work on this task, from {{time}}, is kept in this browser.", { time: shortTime(aside.keptAtMs) }),
      smallButton(t("Show that version"), () => void this.swap(sitting, aside)),
      this.dismissButton(t("Discard it"), () => this.storage.dropAside(objectKey(sitting.assignment))),
    );
  }

  /** Shows the version that was put aside, and puts the current one aside. */
  private async swap(sitting: Sitting, aside: Draft): Promise<void> {
    const state = await sitting.currentState();
    this.storage.keepAside(objectKey(sitting.assignment), this.autosave.draftOf(sitting, state));
    sitting.frame?.send("restore", { state: aside.state });
    this.autosave.keep(sitting, aside.state);
    this.opened(sitting);
  }

  private async decide(sitting: Sitting, act: (newest: Assignment) => unknown): Promise<void> {
    try {
      const { assignment } = await get<{ assignment: Assignment }>(assignmentUrl(sitting.assignment.assignmentId));
      if (this.host.isOpen(sitting)) await act(assignment);
    } catch (failure) {
      if (!(failure instanceof CallFailed)) throw failure;
      await this.host.failed(sitting, failure);
    }
  }

  /** This tab's work becomes the newest draft. The other one is put aside. */
  private async keepThis(sitting: Sitting, { state, draft }: Assignment): Promise<void> {
    const own: Json = await sitting.currentState();
    const kept = this.storage.newestOfBrowser(objectKey(sitting.assignment));
    // The browser's draft may be this tab's own, which the server refused: then the other one is the server's.
    const other = kept === null || sitting.lineage.has(kept.version) ? this.autosave.draftOf(sitting, state) : kept;
    // Another tab of this browser may not have sent its draft yet.
    sitting.lineage.overrule(other.version);
    sitting.lineage.overrule(draft?.version ?? null);
    sitting.isOutdated = false;
    sitting.lastText = "";
    this.autosave.keep(sitting, own);
    this.storage.keepAside(objectKey(sitting.assignment), other);
    this.autosave.saveNow();
    this.view.hideBanner();
    sitting.frame?.element.focus();
  }

  private dismissButton(text: string, also: () => void = () => {}): HTMLElement {
    return smallButton(text, () => {
      also();
      this.view.hideBanner();
    });
  }
}
