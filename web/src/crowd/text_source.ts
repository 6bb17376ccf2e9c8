/** The text of an element: written in its attribute, or in an object of a bucket to which the attribute has a link. */
import type { ReactiveControllerHost } from "lit";
import { t } from "../language/index.js";

const LARGEST_BYTES = 4 * 1024 * 1024;
const LIMIT_MS = 30_000;
/** As grant_read_access makes it. */
const SIGNED_LINK = /^https?:\/\/\S+[?&](?:X-Amz-Signature|Signature)=\S+$/;

export class TextSource {
  private written: string | null = null;
  private loaded: string | null = null;
  private failure: string | null = null;

  constructor(
    private readonly host: ReactiveControllerHost,
    /** The text is there, at once or later. */
    private readonly changed: (text: string) => void,
  ) {}

  /** Null until it is there. */
  get text(): string | null {
    return this.loaded;
  }

  /** What the requester has to correct. */
  get setupProblem(): string | null {
    return this.written?.startsWith("s3://") === true ? "its text is an S3 URI, which needs the filter grant_read_access" : null;
  }

  /** Why there is no text yet, in words for the worker. */
  get problem(): string | null {
    if (this.failure !== null) return this.failure;
    return this.written !== null && this.loaded === null ? t("The text is still loading.") : null;
  }

  set(text: string | null): void {
    if (text === this.written) return;
    this.written = text;
    this.loaded = null;
    this.failure = null;
    if (text === null || this.setupProblem !== null) return;
    if (SIGNED_LINK.test(text)) void this.load(text);
    else this.show(text);
  }

  private async load(link: string): Promise<void> {
    try {
      const response = await fetch(link, { signal: AbortSignal.timeout(LIMIT_MS) });
      if (!response.ok) throw new Error(`status ${response.status}`);
      if (Number(response.headers.get("Content-Length") ?? 0) > LARGEST_BYTES) throw new Error("it is larger than 4 MiB");
      const text = await response.text();
      if (link === this.written) this.show(text);
    } catch (error) {
      console.warn("The text cannot be loaded:", error);
      if (link === this.written) this.failure = t("The text cannot be loaded. Please try again, or decline this task.");
    }
    this.host.requestUpdate();
  }

  private show(text: string): void {
    this.loaded = text;
    this.changed(text);
  }
}
