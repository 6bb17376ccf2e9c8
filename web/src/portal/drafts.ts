/** Versions of unfinished work. Each change makes a version, which names the versions that it may replace. */
import type { Assignment, Json } from "./api.js";

export interface DraftVersion {
  readonly version: string;
  /** The versions that the server may have before; null is "no draft". */
  readonly basedOn: readonly (string | null)[];
}

/** Unfinished work as this browser keeps it. */
export interface Draft extends DraftVersion {
  readonly state: Json;
  readonly assignmentId: string;
  /** The task was only reserved when the draft was kept: the server takes the draft when the worker gets the task. */
  readonly isReserved?: boolean;
  readonly timeSpentSeconds: number;
  readonly keptAtMs: number;
  /** The server has it. */
  readonly isSent: boolean;
}

/** As many as the server accepts in one list. */
const MOST_VERSIONS = 100;

/** The versions of one sitting that the server may have: the last one it confirmed, and all later ones. */
export class Lineage {
  private lastSent: string | null = null;

  constructor(private known: readonly (string | null)[]) {}

  /** A new version, which may replace all earlier ones of this sitting. */
  next(): DraftVersion {
    const made = { version: newVersion(), basedOn: this.known };
    const [confirmed = null, ...later] = this.known;
    this.known = [confirmed, ...later.slice(2 - MOST_VERSIONS), made.version];
    return made;
  }

  /** The versions that an answer is made from. */
  current(): DraftVersion {
    return { version: this.known.at(-1) ?? newVersion(), basedOn: this.known };
  }

  has(version: string | null): boolean {
    return this.known.includes(version);
  }

  send(version: string): void {
    this.lastSent = version;
  }

  /** Whether no later version was sent since. */
  isLastSent(version: string): boolean {
    return this.lastSent === version;
  }

  /** The server has this version, and none before it. */
  confirm(version: string): void {
    const at = this.known.indexOf(version);
    if (at >= 0) this.known = this.known.slice(at);
  }

  /** The worker decided that the next version replaces this one of another tab. */
  overrule(version: string | null): void {
    this.known = [version, ...this.known.slice(2 - MOST_VERSIONS)];
  }
}

/** Random, because no tab knows what the others do. `randomUUID` exists only in pages with HTTPS. */
function newVersion(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What the API expects with unfinished work. */
export function draftBody({ state, timeSpentSeconds, version, basedOn }: Draft): Record<string, Json> {
  return { state, timeSpentSeconds, draft: { version, basedOn: [...basedOn] } };
}

/** A draft belongs to a worker and an object, whatever the assignment. */
export function objectKey({ jobName, objectIndex }: Pick<Assignment, "jobName" | "objectIndex">): string {
  return `${jobName}.${objectIndex}`;
}
