/** Keeps the job list current while it is open. */
import { AnswerStorage } from "./answer_storage.js";
import { CallFailed, get, type Job } from "./api.js";
import { DraftStorage } from "./draft_storage.js";
import { element } from "./dialog.js";
import { localTimes } from "../ui/page/forms.js";
import { t } from "../language/index.js";
import { sendLeftovers } from "./leftovers.js";

const EVERY_MS = 5000;

export function activateJobs(root: Document): void {
  const main = root.querySelector<HTMLElement>("main[data-jobs]");
  if (main === null) return;
  forgetNotice();
  const worker = main.dataset["worker"] ?? "";
  void sendLeftovers(new DraftStorage(worker), new AnswerStorage(worker)).then((refusals) => showRefusals(main, refusals));
  let layout: string | null = null;
  const look = async (): Promise<void> => {
    if (document.visibilityState !== "visible") return;
    try {
      const { jobs } = await get<{ jobs: Job[] }>("/portal/api/jobs");
      const now = layoutOf(jobs);
      if (layout !== null && now !== layout) await redraw(main);
      else updateCounts(main, jobs);
      layout = now;
    } catch (failure) {
      if (failure instanceof CallFailed && failure.kind === "signed-out") window.location.reload();
    }
  };
  void look();
  window.setInterval(() => void look(), EVERY_MS);
  document.addEventListener("visibilitychange", () => void look());
}

function showRefusals(main: HTMLElement, refusals: readonly string[]): void {
  for (const text of refusals) {
    const notice = element("p", text, "notice notice-danger");
    notice.setAttribute("role", "alert");
    main.querySelector(".page-head")?.after(notice);
  }
}

/** Everything in the list that changes the layout of the page, which numbers do not. */
export function layoutOf(jobs: Job[]): string {
  return JSON.stringify(jobs.map((job) => [job.jobName, job.available > 0, job.resumable]));
}

function updateCounts(main: HTMLElement, jobs: Job[]): void {
  for (const job of jobs) {
    const card = main.querySelector<HTMLElement>(`[data-job="${CSS.escape(job.jobName)}"]`);
    if (card === null) continue;
    setText(card, "[data-available]", String(job.available));
    setText(card, "[data-available-label]", t("tasks available", { count: job.available }));
    setText(card, "[data-submitted]", String(job.submitted));
    setText(card, "[data-job-share]", `${Math.floor((100 * job.finishedObjects) / (job.totalObjects || 1))} %`);
    const meter = card.querySelector<HTMLProgressElement>("[data-job-meter]");
    if (meter !== null) meter.value = job.finishedObjects;
  }
}

/** Replaces the list by a new one from the server, which renders it. */
async function redraw(main: HTMLElement): Promise<void> {
  const response = await fetch("/portal/", { credentials: "same-origin" });
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("main[data-jobs]");
  if (!response.ok || fresh === null) return;
  main.replaceChildren(...Array.from(fresh.childNodes));
  localTimes(main);
}

/** A notice belongs to the last action: a later reload of the page must not show it again. */
function forgetNotice(): void {
  if (window.location.search.includes("notice=")) window.history.replaceState(null, "", window.location.pathname);
}

function setText(card: HTMLElement, selector: string, text: string): void {
  const found = card.querySelector(selector);
  if (found !== null && found.textContent !== text) found.textContent = text;
}
