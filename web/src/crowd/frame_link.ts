/** How does the form talk to the page around its frame? Messages by postMessage, only to and from the parent. */

export type PageMessage =
  | { readonly type: "restore"; readonly state: unknown }
  | { readonly type: "request-state" }
  | { readonly type: "submit" }
  | { readonly type: "submitted" }
  | { readonly type: "error"; readonly message: string };

export type FrameMessage =
  | { readonly type: "ready"; readonly dirty: boolean }
  | { readonly type: "submit"; readonly answer: Readonly<Record<string, unknown>> }
  | { readonly type: "state"; readonly state: unknown }
  | { readonly type: "shortcut"; readonly key: string };

const SOURCE = "trigpoint";

/** False where the template was opened by itself, as a preview is. */
export function hasPage(): boolean {
  return window.parent !== window;
}

/** The frame's origin is opaque and the page's unknown to it, hence "*"; messages hold the worker's own work only. */
export function sendToPage(message: FrameMessage): void {
  if (hasPage()) window.parent.postMessage({ source: SOURCE, ...message }, "*");
}

/** Calls `receive` for each message of the page; returns what ends that. */
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
