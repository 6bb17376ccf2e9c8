/** The calls of the server with which files are sent. Lost connections are tried again; refusals are not. */
import { t } from "../../language/index.js";

export interface Target {
  readonly bucket: string;
  readonly key: string;
  readonly size: number;
  readonly modified: number;
  readonly type: string;
}

export interface Beginning {
  readonly outcome: "same" | "compare" | "exists" | "whole" | "parts";
  readonly upload: string;
  readonly partBytes: number;
  readonly received: readonly number[];
}

/** The server refused; the message is for people. `isStale`: the state has changed, and beginning again helps. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly isStale: boolean,
  ) {
    super(message);
  }
}

export class Stopped extends Error {}

const WAITS_S = [1, 2, 4, 8, 15, 30, 30, 30];

export class Calls {
  constructor(
    private readonly address: string,
    private readonly token: string,
  ) {}

  begin(target: Target, crc32: string, replace: boolean, signal: AbortSignal): Promise<Beginning> {
    return this.patient(() => this.json("begin", { ...target, crc32, replace }, signal) as Promise<Beginning>, signal);
  }

  async complete(target: Target, upload: string, crc32: string, replace: boolean, signal: AbortSignal): Promise<void> {
    await this.patient(() => this.json("complete", { ...target, upload, crc32, replace }, signal), signal);
  }

  /** Sends a whole file or a part; `progressed` gets the bytes that have left. */
  async send(
    call: "whole" | "part",
    target: Target,
    values: Readonly<Record<string, string>>,
    body: Blob,
    progressed: (bytes: number) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const fields = { ...target, size: String(target.size), modified: String(target.modified), ...values };
    const url = `${this.address}/${call}?${new URLSearchParams(fields).toString()}`;
    await this.patient(() => this.bytes(url, body, progressed, signal), signal);
  }

  private async json(call: string, body: object, signal: AbortSignal): Promise<unknown> {
    const answer = await fetch(`${this.address}/${call}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal,
    });
    return check(answer.status, await answer.text());
  }

  private bytes(url: string, body: Blob, progressed: (bytes: number) => void, signal: AbortSignal): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest(); // fetch does not say how much has been sent
      const stop = (): void => request.abort();
      request.open("POST", url);
      request.setRequestHeader("X-Form-Token", this.token);
      request.upload.addEventListener("progress", (event) => progressed(event.loaded));
      request.addEventListener("error", () => reject(new TypeError("network")));
      request.addEventListener("abort", () => reject(new Stopped()));
      request.addEventListener("loadend", () => signal.removeEventListener("abort", stop));
      request.addEventListener("load", () => {
        try {
          resolve(check(request.status, request.responseText));
        } catch (problem) {
          reject(problem as Error);
        }
      });
      signal.addEventListener("abort", stop);
      request.send(body);
    });
  }

  /** Runs a call until it is answered. Waits longer each time, and for the network if it is away. */
  private async patient<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (let tries = 0; ; tries++) {
      if (signal.aborted) throw new Stopped();
      try {
        return await call();
      } catch (problem) {
        if (signal.aborted) throw new Stopped();
        if (problem instanceof Refused || problem instanceof Stopped) throw problem;
        const wait = WAITS_S[tries];
        if (wait === undefined) throw new Refused(t("The server cannot be reached."), false);
        await online(wait * 1000, signal);
        if (!navigator.onLine) tries = -1;
      }
    }
  }
}

function check(status: number, text: string): unknown {
  if (status >= 500 || status === 408 || status === 429) throw new TypeError(`status ${status}`);
  let found: { error?: { code?: string; message?: string } };
  try {
    found = JSON.parse(text) as typeof found;
  } catch {
    throw new Refused(t("The server gave an answer that is not understood. Reload the page."), false);
  }
  if (status < 400) return found;
  const message = found.error?.message ?? String(status);
  throw new Refused(message.charAt(0).toUpperCase() + message.slice(1), status === 404 || status === 409);
}

/** Resolves after a time, or as soon as the network is back. */
function online(waitMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      window.clearTimeout(timer);
      window.removeEventListener("online", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = window.setTimeout(done, waitMs);
    window.addEventListener("online", done);
    signal.addEventListener("abort", done);
  });
}
