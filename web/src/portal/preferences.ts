/** What a worker chose on the task page of a job, such as the label and the closed instructions, kept in this browser. */
import type { Json } from "./api.js";

type Shelf = Pick<Storage, "getItem" | "setItem">;
type Choices = Record<string, Json>;

/** The jobs that a worker used last; the choices of older ones are dropped. */
const JOBS_KEPT = 50;
/** Characters of JSON. A template decides what its fields keep, so there is a limit for each job. */
const SIZE_LIMIT = 8000;

/** The choices by job and field. With a full or forbidden storage nothing is kept, and nothing else fails. */
export class Preferences {
  private readonly key: string;

  constructor(
    workerId: string,
    private readonly shelf: () => Shelf,
  ) {
    this.key = `trigpoint.preferences.${workerId}`;
  }

  /** The choices of a job's fields, by the name of the field. */
  of(jobName: string): Choices {
    return this.read().find(([job]) => job === jobName)?.[1] ?? {};
  }

  /** Takes over the choices that the server has, which may come from another machine. */
  adopt(jobName: string, choices: Choices): void {
    if (Object.keys(choices).length > 0) this.keep(jobName, choices);
  }

  /** Keeps the choices of a field in place of its earlier ones. Choices over the limit are not kept. */
  put(jobName: string, field: string, chosen: Json): void {
    const choices = { ...this.of(jobName), [field]: chosen };
    if (JSON.stringify(choices).length <= SIZE_LIMIT) this.keep(jobName, choices);
  }

  private keep(jobName: string, choices: Choices): void {
    const others = this.read().filter(([job]) => job !== jobName);
    this.write([...others, [jobName, choices] as const].slice(-JOBS_KEPT));
  }

  /** The job used last is at the end. */
  private read(): (readonly [string, Choices])[] {
    try {
      const kept: unknown = JSON.parse(this.shelf().getItem(this.key) ?? "[]");
      return Array.isArray(kept) ? kept.filter(isEntry) : [];
    } catch {
      return [];
    }
  }

  private write(jobs: readonly (readonly [string, Choices])[]): void {
    try {
      this.shelf().setItem(this.key, JSON.stringify(jobs));
    } catch {
      // the choices apply to this task only
    }
  }
}

function isEntry(entry: unknown): entry is [string, Choices] {
  return Array.isArray(entry) && typeof entry[0] === "string" && typeof entry[1] === "object" && entry[1] !== null;
}
