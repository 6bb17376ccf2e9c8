/** The parts of the task page around the frame: bar, clock, banner, and the note that replaces a finished task. */
import type { Assignment } from "./api.js";
import { element } from "./dialog.js";
import { t } from "../language/index.js";
import { formatLeft, type Urgency } from "./timing.js";

export type Action = "back" | "decline" | "release" | "stop";

export interface Note {
  readonly title: string;
  readonly text: string;
  readonly buttons: readonly HTMLElement[];
  readonly kind: "over" | "done" | "trouble";
}

export class TaskView {
  constructor(private readonly host: HTMLElement) {}

  on(action: Action, act: () => Promise<void>): void {
    this.host.querySelector(`[data-action="${action}"]`)?.addEventListener("click", () => void act());
  }

  /** Prepares the page for a task whose frame is loading. */
  showTask({ title, progress: { submitted, available } }: Assignment): void {
    document.title = `${title} · Trigpoint`;
    this.part("title").textContent = title;
    this.showProgress(submitted, available);
    this.showSaved("");
    this.hideBanner();
    this.hideNote();
    this.setBusy(false);
    this.host.classList.remove("is-between");
  }

  /** The server has accepted the shown task for the worker. What was said about the answer before is settled. */
  settle({ progress: { submitted, available } }: Assignment): void {
    this.showProgress(submitted, available);
    this.setActions(true);
    if (this.part("banner").dataset["kind"] === "delay") this.hideBanner();
  }

  showProgress(submitted: number, available: number): void {
    const more = available === 0 ? t("this is the last one for now") : t("{{count}} more to do", { count: available });
    this.part("progress").textContent = `${t("{{count}} done by you", { count: submitted })} · ${more}`;
  }

  /** How far the job is; `details` is a tooltip. */
  showJobProgress(text: string, details: string): void {
    this.part("job-progress").textContent = text;
    this.part("job-progress").title = details;
  }

  /** Without them a task can only be worked on: it is not accepted yet. */
  setActions(enabled: boolean): void {
    this.host.querySelectorAll<HTMLButtonElement>("[data-action]").forEach((button) => (button.disabled = !enabled));
  }

  /** Hides what belongs to a task; nothing is being worked on. */
  showBetween(): void {
    this.setLoading(false);
    this.host.classList.add("is-between");
    this.hideBanner();
  }

  addFrame(frame: HTMLIFrameElement): void {
    this.part("stage").append(frame);
  }

  setLoading(loading: boolean): void {
    this.part("loading").hidden = !loading;
  }

  showClock(leftS: number, urgency: Urgency): void {
    this.part("clock-text").textContent = formatLeft(leftS);
    this.part("clock").dataset["urgency"] = urgency;
  }

  showSaved(text: string): void {
    this.part("saved").textContent = text;
  }

  /** Speaks to a screen reader. */
  announce(text: string): void {
    this.part("announce").textContent = text;
  }

  setBusy(busy: boolean): void {
    this.host.classList.toggle("is-busy", busy);
    this.setActions(!busy);
  }

  /** Something that the worker has to know or decide before they go on. */
  showBanner(text: string, ...buttons: HTMLElement[]): void {
    this.fillBanner("warning", text, buttons);
  }

  /** Something that is good to know. */
  showInfo(text: string, ...buttons: HTMLElement[]): void {
    this.fillBanner("info", text, buttons);
  }

  /** The last answer is still on its way. */
  showDelay(text: string, ...buttons: HTMLElement[]): void {
    this.fillBanner("delay", text, buttons);
  }

  private fillBanner(kind: "warning" | "info" | "delay", text: string, buttons: readonly HTMLElement[]): void {
    const banner = this.part("banner");
    banner.hidden = false;
    banner.dataset["kind"] = kind;
    banner.setAttribute("role", kind === "info" ? "status" : "alert");
    banner.replaceChildren(element("span", text), ...buttons);
  }

  hideBanner(): void {
    const banner = this.part("banner");
    banner.hidden = true;
    banner.replaceChildren();
  }

  /** Covers the frame with a note and moves the focus to its first button. */
  showNote({ title, text, buttons, kind }: Note): void {
    const note = this.part("note");
    note.hidden = false;
    note.dataset["kind"] = kind;
    const row = element("div", "", "note-buttons");
    row.append(...buttons);
    const card = element("div", "", "note-card");
    card.append(element("h2", title), element("p", text), row);
    note.replaceChildren(card);
    buttons[0]?.focus();
  }

  hideNote(): void {
    const note = this.part("note");
    note.hidden = true;
    note.replaceChildren();
  }

  private part(name: string): HTMLElement {
    const found = this.host.querySelector<HTMLElement>(`[data-${name}]`);
    if (found === null) throw new Error(`the task page has no part named ${name}`);
    return found;
  }
}

export function jobsLink(className: string): HTMLElement {
  const link = element("a", t("Back to my jobs"), className);
  link.setAttribute("href", "/portal/");
  return link;
}

export function actionButton(text: string, className: string, act: () => unknown): HTMLElement {
  const made = element("button", text, className);
  made.setAttribute("type", "button");
  made.addEventListener("click", () => void act());
  return made;
}

export function smallButton(text: string, act: () => unknown): HTMLElement {
  return actionButton(text, "button button-small", act);
}
