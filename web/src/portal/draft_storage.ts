/**
 * Copies of unfinished work in this browser, so that a reload, a crash or a lost connection loses nothing.
 *
 * The tab keeps its own last draft. The browser keeps, for all tabs, the newest draft that the server does not have
 * yet, and at most one draft that another one has overtaken ("aside"), which the worker can still choose.
 */
import type { Assignment } from "./api.js";
import { type Draft, objectKey } from "./drafts.js";

type Shelf = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

/** As long as a job can be open. */
const KEPT_MS = 30 * 24 * 3600 * 1000;

/** By worker and object. With a full or forbidden storage nothing is kept, and nothing else fails. */
export class DraftStorage {
  constructor(
    private readonly workerId: string,
    private readonly tab: () => Shelf = () => window.sessionStorage,
    private readonly browser: () => Shelf = () => window.localStorage,
  ) {}

  /** Keeps a draft that the server does not have. Returns whether the browser has a copy that outlives the tab. */
  keep(key: string, draft: Draft): boolean {
    const text = JSON.stringify(draft);
    write(this.tab, this.name("work", key), text);
    return write(this.browser, this.name("draft", key), text);
  }

  /** Keeps a draft that has been overtaken by another one. */
  keepAside(key: string, draft: Draft): void {
    write(this.browser, this.name("aside", key), JSON.stringify(draft));
  }

  aside(key: string): Draft | null {
    return read(this.browser, this.name("aside", key));
  }

  dropAside(key: string): void {
    remove(this.browser, this.name("aside", key));
  }

  /** The newest draft of this browser that the server does not have. */
  newestOfBrowser(key: string): Draft | null {
    return read(this.browser, this.name("draft", key));
  }

  /** The server has this version. */
  confirm(key: string, version: string): void {
    if (this.newestOfBrowser(key)?.version === version) remove(this.browser, this.name("draft", key));
    const own = read(this.tab, this.name("work", key));
    if (own?.version === version) write(this.tab, this.name("work", key), JSON.stringify({ ...own, isSent: true }));
  }

  /** Forgets all work on an object. */
  drop(key: string): void {
    remove(this.tab, this.name("work", key));
    remove(this.browser, this.name("draft", key));
    remove(this.browser, this.name("aside", key));
  }

  /**
   * The newest draft that continues the server's; null when the server's is the newest, or there is none. A draft that
   * does not continue the server's, because another tab or device was faster, is put aside.
   */
  latest(assignment: Assignment): Draft | null {
    const key = objectKey(assignment);
    const stored = assignment.draft?.version ?? null;
    const found = [read(this.tab, this.name("work", key)), this.newestOfBrowser(key)];
    const unsent = found
      .filter((draft) => draft !== null)
      .filter((draft) => !draft.isSent && draft.version !== stored)
      .sort((one, other) => other.keptAtMs - one.keptAtMs);
    const latest = unsent.find((draft) => stored === null || draft.basedOn.includes(stored)) ?? null;
    const overtaken = unsent.find((draft) => draft.version !== latest?.version && !latest?.basedOn.includes(draft.version));
    if (overtaken !== undefined) this.keepAside(key, overtaken);
    if (latest === null) remove(this.browser, this.name("draft", key));
    return latest;
  }

  /** The drafts that the server could take and does not have, by key. Copies of jobs that must be over are dropped. */
  unsent(nowMs: number): [string, Draft][] {
    const found: [string, Draft][] = [];
    for (const kind of ["draft", "aside"]) {
      for (const key of this.keys(this.browser, kind)) {
        const draft = read(this.browser, this.name(kind, key));
        if (draft === null || draft.keptAtMs < nowMs - KEPT_MS) remove(this.browser, this.name(kind, key));
        else if (kind === "draft" && draft.isReserved !== true) found.push([key, draft]);
      }
    }
    return found;
  }

  /** Removes what was put aside, and everything in the tab. Drafts that could not be sent stay. */
  clear(): void {
    for (const key of this.keys(this.browser, "aside")) this.dropAside(key);
    for (const name of namesIn(this.tab)) remove(this.tab, name);
  }

  private keys(shelf: () => Shelf, kind: string): string[] {
    const prefix = this.name(kind, "");
    return namesIn(shelf)
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length));
  }

  private name(kind: string, key: string): string {
    return `trigpoint.${kind}.${this.workerId}.${key}`;
  }
}

function namesIn(shelf: () => Shelf): string[] {
  try {
    const { length } = shelf();
    return Array.from({ length }, (_, at) => shelf().key(at) ?? "");
  } catch {
    return [];
  }
}

function read(shelf: () => Shelf, name: string): Draft | null {
  try {
    const draft = JSON.parse(shelf().getItem(name) ?? "null") as Draft | null;
    return draft !== null && Array.isArray(draft.basedOn) ? draft : null;
  } catch {
    return null;
  }
}

function write(shelf: () => Shelf, name: string, text: string): boolean {
  try {
    shelf().setItem(name, text);
    return true;
  } catch {
    remove(shelf, name); // an older draft would be taken for the newest
    return false;
  }
}

function remove(shelf: () => Shelf, name: string): void {
  try {
    shelf().removeItem(name);
  } catch {
    // nothing was kept
  }
}
