/** Sends one file: asks what is there, sends it whole or in parts, and goes on where an earlier attempt ended. */
import { Calls, Refused, type Beginning, type Target } from "./calls.js";
import { crc32, crc32Text } from "./crc32.js";
import { Slots } from "./slots.js";

const READ_BYTES = 8 << 20;
const MOST_BEGINNINGS = 4;
const PARTS_TOGETHER = 3;

export type Sent = "sent" | "same" | "exists";

export interface Sending {
  readonly calls: Calls;
  /** Requests with bytes of all files together. */
  readonly slots: Slots;
  readonly progressed: (bytes: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Sends the file, or finds that its content is there, or that another content is ("exists"; nothing has changed then).
 * Throws Refused or Stopped.
 */
export async function sendFile(file: File, target: Target, replace: boolean, sending: Sending): Promise<Sent> {
  let known = "";
  for (let beginnings = 1; ; beginnings++) {
    const beginning = await sending.calls.begin(target, known, replace, sending.signal);
    if (beginning.outcome === "same" || beginning.outcome === "exists") return beginning.outcome;
    if (beginning.outcome === "compare") {
      known = await wholeCrc32(file);
      continue;
    }
    try {
      if (beginning.outcome === "whole") await sendWhole(file, target, replace, sending);
      else await sendParts(file, target, beginning, replace, sending);
      return "sent";
    } catch (problem) {
      // An answer may have been lost after the object was written: the comparison finds out.
      if (!(problem instanceof Refused) || !problem.isStale || beginnings >= MOST_BEGINNINGS) throw problem;
    }
  }
}

async function sendWhole(file: File, target: Target, replace: boolean, sending: Sending): Promise<void> {
  await sending.slots.use(async () => {
    const sum = crc32Text(crc32(await bytesOf(file)));
    await sending.calls.send("whole", target, { crc32: sum, ...replaces(replace) }, file, sending.progressed, sending.signal);
  });
  sending.progressed(file.size);
}

async function sendParts(
  file: File,
  target: Target,
  beginning: Beginning,
  replace: boolean,
  sending: Sending,
): Promise<void> {
  const received = new Set(beginning.received);
  const sent = new Map<number, number>();
  const report = (): void => sending.progressed([...sent.values()].reduce((sum, each) => sum + each, 0));
  const own = new Slots(PARTS_TOGETHER);
  const running: Promise<void>[] = [];
  let failed: unknown;
  let whole = 0;
  for (let start = 0, number = 1; start < file.size && failed === undefined; start += beginning.partBytes, number++) {
    const part = file.slice(start, start + beginning.partBytes);
    await own.free(); // before reading: only parts that are on their way are in memory
    const bytes = await bytesOf(part);
    whole = crc32(bytes, whole);
    if (received.has(number)) {
      sent.set(number, part.size);
      report();
      continue;
    }
    const values = { crc32: crc32Text(crc32(bytes)), upload: beginning.upload, part: String(number) };
    const progressed = (count: number): void => {
      sent.set(number, Math.min(count, part.size));
      report();
    };
    const send = (): Promise<void> => sending.calls.send("part", target, values, part, progressed, sending.signal);
    running.push(own.use(() => sending.slots.use(send)).catch((problem: unknown) => void (failed ??= problem)));
  }
  await Promise.all(running);
  if (failed !== undefined) throw failed as Error;
  await sending.calls.complete(target, beginning.upload, crc32Text(whole), replace, sending.signal);
}

async function wholeCrc32(file: File): Promise<string> {
  let sum = 0;
  for (let start = 0; start < file.size; start += READ_BYTES) {
    sum = crc32(await bytesOf(file.slice(start, start + READ_BYTES)), sum);
  }
  return crc32Text(sum);
}

/** Throws Refused: the file has changed or gone since it was chosen. */
async function bytesOf(part: Blob): Promise<Uint8Array> {
  try {
    return new Uint8Array(await part.arrayBuffer());
  } catch (problem) {
    throw new Refused(problem instanceof Error ? problem.message : String(problem), false);
  }
}

function replaces(replace: boolean): Readonly<Record<string, string>> {
  return replace ? { replace: "1" } : {};
}
