/**
 * Messages between the form and the page around its frame, with postMessage, only to and from the parent.
 *
 * A template can also be opened without our page: as a file, or in a frame of another page. Our page answers `loading`
 * and `hello`; another one does not.
 */
import { turn } from "../workspace/turn.js";

export type PageMessage =
  /**
   * The page is there. `proposesMasks`: it can ask the operator's model. `isAhead`: the task is loaded out of sight, and
   * takes no focus until it is `shown`.
   */
  | { readonly type: "page"; readonly proposesMasks?: boolean; readonly isAhead?: boolean }
  /** What the model has found: a mask, or nothing. */
  | { readonly type: "proposal"; readonly number: number; readonly proposal: unknown }
  | { readonly type: "restore"; readonly state: unknown }
  | { readonly type: "preferences"; readonly preferences: unknown }
  /** Whether the page is dark. */
  | { readonly type: "appearance"; readonly theme: "light" | "dark" }
  | { readonly type: "request-state" }
  | { readonly type: "submit" }
  /** The worker sees the task, or no longer sees it. */
  | { readonly type: "shown" | "hidden" }
  | { readonly type: "submitted" }
  | { readonly type: "error"; readonly message: string };

export type FrameMessage =
  /** Asks for the model's mask of an object, in image pixels. */
  | { readonly type: "propose"; readonly number: number; readonly pointing: Readonly<Record<string, unknown>> }
  /** Asks whether the page is there. */
  | { readonly type: "hello" }
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

/** So long the page around a frame may take to answer. */
const NO_PAGE_AFTER_MS = 3000;

let isThere = false;
let proposesMasks = false;
let search: Promise<boolean> | null = null;

/** Whether our page is known to be around this document; false while it has not answered. */
export function hasPage(): boolean {
  return isThere;
}

/** Whether the page can ask the operator's model for masks. */
export function pageProposes(): boolean {
  return proposesMasks;
}

/** Whether our page is around this document: asks it, unless it has sent something already. */
export async function findPage(): Promise<boolean> {
  if (isThere || !isFramed()) return isThere;
  search ??= new Promise<boolean>((resolve) => {
    const stop = listenToPage(() => finish());
    const finish = (): void => {
      clearTimeout(timer);
      stop();
      search = null;
      resolve(isThere);
    };
    const timer = setTimeout(finish, NO_PAGE_AFTER_MS);
    sendToPage({ type: "hello" });
  });
  return search;
}

function isFramed(): boolean {
  return window.parent !== window;
}

export function sendToPage(message: FrameMessage): void {
  // "*", because a sandboxed frame does not know the origin of its page. Messages hold only the worker's own work.
  if (isFramed()) window.parent.postMessage({ source: SOURCE, ...message }, "*");
}

function followTurn(message: PageMessage): void {
  if (message.type === "hidden" || (message.type === "page" && message.isAhead === true)) turn.end();
  else if (message.type === "shown" || message.type === "page") turn.begin();
}

/** Calls `receive` for each message of the page. Returns a function that stops it. */
export function listenToPage(receive: (message: PageMessage) => void): () => void {
  const listener = (event: MessageEvent): void => {
    const data: unknown = event.data;
    if (event.source !== window.parent || typeof data !== "object" || data === null) return;
    const message = data as { source?: unknown; type?: unknown };
    if (message.source !== SOURCE || typeof message.type !== "string") return;
    isThere = true;
    const known = message as unknown as PageMessage;
    if (known.type === "page") proposesMasks = known.proposesMasks === true;
    followTurn(known);
    receive(known);
  };
  window.addEventListener("message", listener);
  return () => window.removeEventListener("message", listener);
}
