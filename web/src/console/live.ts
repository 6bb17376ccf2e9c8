/**
 * A page that follows its topic: when the server says `changed`, the page is fetched again, and its parts (`data-part`) take
 * what is new. The rest stays: what is typed, open panels, the place of the focus and of the scroll bars.
 */
import { Idiomorph } from "idiomorph";
import { localTimes } from "../ui/page/forms.js";
import { showCharts } from "./charts.js";

const AT_MOST_EVERY_MS = 1000;
const TIMES_MS = 30_000;

export function follow(content: HTMLElement): void {
  const address = content.dataset["live"] ?? "";
  const update = paced(() => refresh(content), AT_MOST_EVERY_MS);
  let stream: EventSource | null = null;
  const open = (): void => {
    stream ??= new EventSource(address);
    stream.addEventListener("changed", update);
  };
  const close = (): void => {
    stream?.close();
    stream = null;
  };
  // A hidden page holds no stream. When it is shown again, the server says at once whether it has changed.
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  window.addEventListener("pagehide", close);
  content.addEventListener("input", (event) => {
    const form = event.target instanceof Element ? event.target.closest("form") : null;
    if (form !== null) form.dataset["typed"] = "";
  });
  if (!document.hidden) open();
  window.setInterval(() => {
    if (!document.hidden) update(); // "4 minutes ago" grows old without a change
  }, TIMES_MS);
}

/** `work`, run at once and then at most once in `everyMs`; one call is kept for later. Never two at a time. */
export function paced(work: () => Promise<void>, everyMs: number): () => void {
  let busy = false;
  let again = false;
  const run = (): void => {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    void work().finally(() => {
      window.setTimeout(() => {
        busy = false;
        if (again) {
          again = false;
          run();
        }
      }, everyMs);
    });
  };
  return run;
}

async function refresh(content: HTMLElement): Promise<void> {
  try {
    const answer = await fetch(window.location.href, { headers: { accept: "text/html" }, cache: "no-store" });
    if (!answer.ok || answer.redirected) return; // signed out, or gone: the page stays, and says so when it is used
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of content.querySelectorAll<HTMLElement>("[data-part]")) {
      const found = fresh.querySelector(`[data-part="${part.dataset["part"] ?? ""}"]`);
      if (found !== null) exchange(part, found);
    }
    localTimes(content);
    showCharts(content);
  } catch {
    // The network is away. The stream opens again by itself, and the next change fetches the page.
  }
}

function exchange(part: HTMLElement, fresh: Element): void {
  Idiomorph.morph(part, fresh, {
    ignoreActiveValue: true,
    callbacks: {
      beforeAttributeUpdated: (name: string) => name !== "open",
      // A form that somebody has begun to fill in stays as it is.
      beforeNodeMorphed: (old: Node) => !(old instanceof HTMLFormElement && old.dataset["typed"] !== undefined),
    },
  });
}
