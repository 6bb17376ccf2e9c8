/** JSON calls to the portal, with failures sorted by what a person can do about them. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** One worker's task, as the server describes it. */
export interface Assignment {
  assignmentId: string;
  jobName: string;
  title: string;
  description: string;
  acceptedAt: string;
  expiresAt: string;
  timeLimitSeconds: number;
  timeSpentSeconds: number;
  state: Json;
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
  resumable: string[];
  workUrl: string;
}

/**
 * Why a call failed: `unreachable` and `broken` may work when tried again, `signed-out` needs a sign-in, `over` means
 * that the task is no longer open, `refused` that the server did not accept the request.
 */
export type FailureKind = "unreachable" | "broken" | "signed-out" | "over" | "refused";

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

export function failureKind(status: number): FailureKind {
  if (status === 401) return "signed-out";
  if (status === 404 || status === 409) return "over";
  if (status === 429 || status >= 500) return "broken";
  return "refused";
}

const TIMEOUT_MS = 30_000;

export async function get<T>(path: string): Promise<T> {
  return call<T>(path, { headers: { Accept: "application/json" } });
}

export async function post<T>(path: string, body: Record<string, Json>): Promise<T> {
  return call<T>(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(body),
  });
}

/** Sends while the page is being closed, without waiting for the answer. Browsers limit such requests to 64 KiB. */
export function postOnLeaving(path: string, body: Record<string, Json>): void {
  const text = JSON.stringify(body);
  const keepalive = text.length < 60_000;
  void fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: text, keepalive }).catch(() => {});
}

export function actionUrl(assignment: Assignment, action: string): string {
  return `/portal/api/assignments/${encodeURIComponent(assignment.assignmentId)}/${action}`;
}

async function call<T>(path: string, init: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, { ...init, credentials: "same-origin", redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch {
    throw new CallFailed("unreachable", "The server cannot be reached.");
  }
  const body = (await response.json().catch(() => null)) as { error?: { message?: string } } | null;
  if (!response.ok) {
    const message = body?.error?.message ?? `The server answered ${response.status}.`;
    throw new CallFailed(failureKind(response.status), sentence(message));
  }
  if (body === null) throw new CallFailed("broken", "The server's answer was cut off.");
  return body as T;
}

export function sentence(text: string): string {
  const trimmed = text.trim();
  const capital = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
