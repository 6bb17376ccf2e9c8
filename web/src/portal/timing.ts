/** The time left for a task, and the time that the worker has spent on it. */

import { locale, t } from "../language/index.js";

export type Urgency = "calm" | "soon" | "urgent";

/** `4:05` or `1:02:03`; never below zero. */
export function formatLeft(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** The time as the worker writes it, `14:05` or `2:05 PM`; with the day if that is not today. */
export function shortTime(ms: number, nowMs = Date.now(), languages: readonly string[] = [locale()]): string {
  const [at, today] = [new Date(ms), new Date(nowMs)];
  const time: Intl.DateTimeFormatOptions = { hour: "numeric", minute: "2-digit" };
  if (at.toDateString() === today.toDateString()) return at.toLocaleTimeString([...languages], time);
  return at.toLocaleString([...languages], { day: "numeric", month: "short", ...time });
}

/** "soon" from five minutes (or a quarter of a short limit), "urgent" from one minute (or a tenth). */
export function urgency(leftS: number, limitS: number): Urgency {
  if (leftS <= Math.min(60, limitS / 10)) return "urgent";
  if (leftS <= Math.min(300, limitS / 4)) return "soon";
  return "calm";
}

const SPOKEN: readonly (readonly [number, () => string])[] = [
  [60, () => t("One minute left for this task.")],
  [300, () => t("Five minutes left for this task.")],
];

/** Counts down to the server's deadline, independent of this machine's clock. */
export class Countdown {
  private readonly endsAtMs: number;
  private spokenBelowS: number;

  /** `nowMs` is this machine's monotonic time at which the server said `serverNow`. */
  constructor(
    expiresAt: string,
    serverNow: string,
    private readonly limitS: number,
    nowMs: number,
  ) {
    this.endsAtMs = nowMs + (Date.parse(expiresAt) - Date.parse(serverNow));
    this.spokenBelowS = this.leftS(nowMs);
  }

  leftS(nowMs: number): number {
    return (this.endsAtMs - nowMs) / 1000;
  }

  urgency(nowMs: number): Urgency {
    return urgency(this.leftS(nowMs), this.limitS);
  }

  /** The announcement for a screen reader: once for each threshold, when it is crossed. */
  announcement(nowMs: number): string | null {
    const left = this.leftS(nowMs);
    const crossed = SPOKEN.find(([threshold]) => left <= threshold && this.spokenBelowS > threshold);
    if (crossed === undefined) return null;
    this.spokenBelowS = crossed[0];
    return crossed[1]();
  }
}

const LONGEST_STEP_MS = 2000;

/** Adds up the time during which the worker was present. In a step longer than two seconds the machine was asleep. */
export class ActiveTime {
  private lastMs: number;
  private totalMs: number;

  constructor(
    private readonly isPresent: () => boolean,
    startS: number,
    nowMs: number,
  ) {
    this.totalMs = startS * 1000;
    this.lastMs = nowMs;
  }

  tick(nowMs: number): void {
    const step = nowMs - this.lastMs;
    this.lastMs = nowMs;
    if (this.isPresent() && step > 0) this.totalMs += Math.min(step, LONGEST_STEP_MS);
  }

  totalS(nowMs: number): number {
    this.tick(nowMs);
    return Math.round(this.totalMs) / 1000;
  }
}
