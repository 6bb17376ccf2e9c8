/** JSON calls to the portal, with failures sorted by what a person can do about them. */

import { t } from "../language/index.js";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** One worker's task, as the server describes it. */
export interface Assignment {
  assignmentId: string;
  jobName: string;
  objectIndex: number;
  title: string;
  description: string;
  acceptedAt: string;
  expiresAt: string;
  timeLimitSeconds: number;
  timeSpentSeconds: number;
  /** The worker's unfinished work on the object, also from an earlier task. */
  state: Json;
  draft: { version: string; savedAt: string } | null;
  /** The operator has a model for masks. */
  proposesMasks: boolean;
  frameUrl: string;
  pageUrl: string;
  progress: { submitted: number; available: number };
  now: string;
}

/** A labeling job, as the server describes it to a worker. */
export interface Job {
  jobName: string;
  title: string;
  available: number;
  submitted: number;
  finishedObjects: number;
  totalObjects: number;
  resumable: string[];
  workUrl: string;
}

/**
 * Why a call failed: `unreachable` and `broken` may work when tried again, `signed-out` needs a sign-in, `over` means
 * that the task is no longer open, `outdated` that another tab or device has saved a newer draft, `refused` that the
 * server did not accept the request.
 */
export type FailureKind = "unreachable" | "broken" | "signed-out" | "over" | "outdated" | "refused";

export class CallFailed extends Error {
  constructor(
    readonly kind: FailureKind,
    message: string,
  ) {
    super(message);
  }
}

/** Whether it makes sense to send the same thing again. */
export function mayWorkLater(failure: unknown): boolean {
  return failure instanceof CallFailed && (failure.kind === "unreachable" || failure.kind === "broken");
}

export function isSignedOut(failure: unknown): boolean {
  return failure instanceof CallFailed && failure.kind === "signed-out";
}

export function failureKind(status: number): FailureKind {
  if (status === 401) return "signed-out";
  if (status === 404 || status === 409) return "over";
  if (status === 429 || status >= 500) return "broken";
  return "refused";
}

const TIMEOUT_MS = 30_000;
/** More time for a large body, such as that of a mask: 32 KB a second are a slow mobile network. */
const SLOWEST_BYTES_PER_MS = 32;

export function timeoutMs(characters: number): number {
  return TIMEOUT_MS + Math.ceil(characters / SLOWEST_BYTES_PER_MS);
}

export async function get<T>(path: string): Promise<T> {
  return call<T>(path, { headers: { Accept: "application/json" } });
}

const JSON_HEADERS = { "Content-Type": "application/json", Accept: "application/json" };

export async function post<T>(path: string, body: Record<string, Json>, limitMs?: number): Promise<T> {
  return call<T>(path, { method: "POST", headers: JSON_HEADERS, body: JSON.stringify(body) }, limitMs);
}

/** Browsers limit the requests that outlive their page to 64 KiB. */
const KEEPALIVE_BYTES = 60_000;

/** Sends while the page may be closing. Calls `arrived` if the page is still there when the server has accepted it. */
export function postOnLeaving(path: string, body: Record<string, Json>, arrived: () => void): void {
  const bytes = new TextEncoder().encode(JSON.stringify(body));
  const keepalive = bytes.length < KEEPALIVE_BYTES;
  fetch(path, { method: "POST", headers: JSON_HEADERS, body: bytes, keepalive, credentials: "same-origin" }).then(
    (response) => response.ok && arrived(),
    () => {}, // the next page sends the browser's copy
  );
}

export function assignmentUrl(assignmentId: string): string {
  return `/portal/api/assignments/${encodeURIComponent(assignmentId)}`;
}

export function actionUrl({ assignmentId }: Pick<Assignment, "assignmentId">, action: string): string {
  return `${assignmentUrl(assignmentId)}/${action}`;
}

async function call<T>(path: string, init: RequestInit, limitMs?: number): Promise<T> {
  let response: Response;
  const characters = typeof init.body === "string" ? init.body.length : 0;
  const signal = AbortSignal.timeout(limitMs ?? timeoutMs(characters));
  try {
    response = await fetch(path, { ...init, credentials: "same-origin", redirect: "error", signal });
  } catch {
    throw new CallFailed("unreachable", t("The server cannot be reached."));
  }
  const body = (await response.json().catch(() => null)) as { error?: { code?: string; message?: string } } | null;
  if (!response.ok) {
    const message = body?.error?.message ?? t("The server answered {{status}}.", { status: response.status });
    const kind = body?.error?.code === "Outdated" ? "outdated" : failureKind(response.status);
    throw new CallFailed(kind, sentence(message));
  }
  if (body === null) throw new CallFailed("broken", t("The server's answer was cut off."));
  return body as T;
}

export function sentence(text: string): string {
  const trimmed = text.trim();
  const capital = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
