/** Messages between the form and the page around its frame, with postMessage, only to and from the parent. */

export type PageMessage =
  | { readonly type: "restore"; readonly state: unknown }
  | { readonly type: "preferences"; readonly preferences: unknown }
  /** Whether the page is dark. */
  | { readonly type: "appearance"; readonly theme: "light" | "dark" }
  | { readonly type: "request-state" }
  | { readonly type: "submit" }
  /** The worker sees the task. It may have been loaded before, behind another one, where nothing gets the focus. */
  | { readonly type: "shown" }
  | { readonly type: "submitted" }
  | { readonly type: "error"; readonly message: string };

export type FrameMessage =
  /** The crowd elements are there, and will report when the task is ready. */
  | { readonly type: "loading" }
  /** A part of the task could not be loaded yet. A notice in the frame says so. */
  | { readonly type: "incomplete" }
  | { readonly type: "ready"; readonly dirty: boolean }
  | { readonly type: "submit"; readonly answer: Readonly<Record<string, unknown>> }
  /** `change`: the state at once after a change; `state`: a second later, or when the page has requested it. */
  | { readonly type: "change" | "state"; readonly state: unknown }
  | { readonly type: "preferences"; readonly field: string; readonly preferences: object }
  | { readonly type: "shortcut"; readonly key: string };

const SOURCE = "trigpoint";

/** In place of a field's name in `preferences`: what the worker chose for all jobs. */
export const OF_THE_WORKER = "*";

/** False for a template that was opened without a page around it, as a preview. */
export function hasPage(): boolean {
  return window.parent !== window;
}

export function sendToPage(message: FrameMessage): void {
  // "*", because a sandboxed frame does not know the origin of its page. Messages hold only the worker's own work.
  if (hasPage()) window.parent.postMessage({ source: SOURCE, ...message }, "*");
}

/** Calls `receive` for each message of the page. Returns a function that stops it. */
export function listenToPage(receive: (message: PageMessage) => void): () => void {
  const listener = (event: MessageEvent): void => {
    const data: unknown = event.data;
    if (event.source !== window.parent || typeof data !== "object" || data === null) return;
    const message = data as { source?: unknown; type?: unknown };
    if (message.source === SOURCE && typeof message.type === "string") receive(message as unknown as PageMessage);
  };
  window.addEventListener("message", listener);
  return () => window.removeEventListener("message", listener);
}
