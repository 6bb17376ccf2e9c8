/** What a worker chose on the task page of a job, such as the label and the closed instructions, kept in this browser. */
import { readKeyChoices } from "../ui/key_choices.js";
import type { Json } from "./api.js";

type Shelf = Pick<Storage, "getItem" | "setItem">;
type Choices = Record<string, Json>;

/** The jobs that a worker used last; the choices of older ones are dropped. */
const JOBS_KEPT = 50;
/** The name of a field and of a job in whose place choices are that hold for all jobs. */
const OF_THE_WORKER = "*";
/** Bytes of JSON. A template decides what its fields keep, so there is a limit for each job, and one for all jobs. */
const SIZE_LIMIT = 8000;
/** The fields of one job that keep choices. */
const FIELDS_LIMIT = 100;

/** The choices by job and field. With a full or forbidden storage nothing is kept, and nothing else fails. */
export class Preferences {
  private readonly key: string;

  constructor(
    workerId: string,
    private readonly shelf: () => Shelf,
  ) {
    this.key = `trigpoint.preferences.${workerId}`;
  }

  /** The choices of a job's fields, by the name of the field; with those of the worker for all jobs. */
  of(jobName: string): Choices {
    const ofWorker = this.keptFor(OF_THE_WORKER)[OF_THE_WORKER];
    const choices = { ...this.keptFor(jobName) };
    delete choices[OF_THE_WORKER];
    return ofWorker === undefined ? choices : { ...choices, [OF_THE_WORKER]: readOfWorker(ofWorker) };
  }

  /**
   * Takes over the choices that the server has, which may come from another machine. It has those for all jobs as they
   * were when this job was worked on, so that those of this browser, where it has any, are newer.
   */
  adopt(jobName: string, { [OF_THE_WORKER]: ofWorker, ...choices }: Choices): void {
    if (Object.keys(choices).length > 0) this.keep(jobName, choices);
    if (ofWorker !== undefined && Object.keys(this.keptFor(OF_THE_WORKER)).length === 0) this.put(jobName, OF_THE_WORKER, ofWorker);
  }

  /**
   * Keeps the choices of a field in place of its earlier ones. Choices over the limits are not kept. A template can write
   * here, too: of what holds for all jobs only keys are kept.
   */
  put(jobName: string, field: string, chosen: Json): void {
    const isOfWorker = field === OF_THE_WORKER;
    const choices = isOfWorker ? { [field]: readOfWorker(chosen) } : { ...this.keptFor(jobName), [field]: chosen };
    if (isSmall(choices)) this.keep(isOfWorker ? OF_THE_WORKER : jobName, choices);
  }

  private keptFor(jobName: string): Choices {
    return this.read().find(([job]) => job === jobName)?.[1] ?? {};
  }

  private keep(jobName: string, choices: Choices): void {
    const all = [...this.read().filter(([job]) => job !== jobName), [jobName, choices] as const];
    const ofWorker = all.filter(([job]) => job === OF_THE_WORKER);
    this.write([...ofWorker, ...all.filter(([job]) => job !== OF_THE_WORKER).slice(-JOBS_KEPT)]);
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

function readOfWorker(chosen: unknown): Json {
  const keys = readKeyChoices((chosen as { keys?: unknown } | null)?.keys);
  return { keys: Object.fromEntries(Object.entries(keys).map(([id, names]) => [id, [...names]])) };
}

function isSmall(choices: Choices): boolean {
  const bytes = new TextEncoder().encode(JSON.stringify(choices)).length;
  return bytes <= SIZE_LIMIT && Object.keys(choices).length <= FIELDS_LIMIT;
}

function isEntry(entry: unknown): entry is [string, Choices] {
  return Array.isArray(entry) && typeof entry[0] === "string" && typeof entry[1] === "object" && entry[1] !== null;
}
