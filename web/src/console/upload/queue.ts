/** The files of a visit to a folder, and how far each is. */
import { Calls, Refused, Stopped, type Target } from "./calls.js";
import type { Chosen } from "./chosen.js";
import { sendFile } from "./sending.js";
import { Slots } from "./slots.js";

export type State = "waiting" | "sending" | "sent" | "same" | "exists" | "failed" | "stopped";

export interface Row {
  readonly target: Target;
  readonly path: string;
  readonly file: File;
  state: State;
  bytes: number;
  problem: string;
  replace: boolean;
}

const FILES_TOGETHER = 4;
const REQUESTS_TOGETHER = 4;

export interface Counts {
  readonly files: number;
  readonly finished: number;
  readonly bytes: number;
  readonly sentBytes: number;
  readonly by: Readonly<Record<State, number>>;
}

/** Sends files, a few at a time. `changed` is called after each change. */
export class Queue {
  readonly rows: Row[] = [];
  private readonly slots = new Slots(REQUESTS_TOGETHER);
  private stopping = new AbortController();
  private active = 0;
  private next = 0;
  private readonly again: Row[] = [];

  constructor(
    private readonly bucket: string,
    private readonly calls: Calls,
    private readonly changed: () => void,
  ) {}

  /** Adds files below a prefix. A file of the same key that has not ended keeps its place. */
  add(files: readonly Chosen[], prefix: string): void {
    const running = new Set(this.rows.filter((row) => row.state === "waiting" || row.state === "sending").map((row) => row.target.key));
    for (const { path, file } of files) {
      const key = prefix + path;
      if (running.has(key)) continue;
      const target = { bucket: this.bucket, key, size: file.size, modified: file.lastModified, type: file.type };
      this.rows.push({ target, path, file, state: "waiting", bytes: 0, problem: "", replace: false });
    }
    this.start();
  }

  /** Sends files again that failed, were stopped, or are to replace an object. */
  retry(rows: readonly Row[], replace = false): void {
    for (const row of rows) {
      Object.assign(row, { state: "waiting", problem: "", bytes: 0, replace: row.replace || replace });
      this.again.push(row);
    }
    this.start();
  }

  stop(): void {
    this.stopping.abort();
    for (const row of this.rows) if (row.state === "waiting") row.state = "stopped";
    this.changed();
  }

  get isBusy(): boolean {
    return this.active > 0;
  }

  counts(): Counts {
    const by: Record<State, number> = { waiting: 0, sending: 0, sent: 0, same: 0, exists: 0, failed: 0, stopped: 0 };
    let bytes = 0;
    let sentBytes = 0;
    for (const row of this.rows) {
      by[row.state]++;
      bytes += row.target.size;
      sentBytes += row.state === "sent" || row.state === "same" ? row.target.size : row.bytes;
    }
    return { files: this.rows.length, finished: this.rows.length - by.waiting - by.sending, bytes, sentBytes, by };
  }

  private start(): void {
    if (this.stopping.signal.aborted) this.stopping = new AbortController();
    while (this.active < FILES_TOGETHER) {
      const row = this.take();
      if (row === undefined) break;
      this.active++;
      void this.run(row, this.stopping.signal).finally(() => {
        this.active--;
        this.start();
        this.changed();
      });
    }
    this.changed();
  }

  private take(): Row | undefined {
    for (;;) {
      const row = this.again.shift() ?? this.rows[this.next++];
      if (row === undefined) {
        this.next = this.rows.length;
        return undefined;
      }
      if (row.state === "waiting") return row;
    }
  }

  private async run(row: Row, signal: AbortSignal): Promise<void> {
    row.state = "sending";
    const progressed = (bytes: number): void => {
      row.bytes = Math.min(bytes, row.target.size);
      this.changed();
    };
    try {
      row.state = await sendFile(row.file, row.target, row.replace, { calls: this.calls, slots: this.slots, progressed, signal });
    } catch (problem) {
      row.state = problem instanceof Stopped ? "stopped" : "failed";
      if (problem instanceof Refused) row.problem = problem.message;
      else if (!(problem instanceof Stopped)) row.problem = String(problem);
    }
  }
}
