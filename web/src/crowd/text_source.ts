/** The text of an element: written in its attribute, or in an object of a bucket to which the attribute has a link. */
import type { LitElement } from "lit";
import { t } from "../language/index.js";
import { readLinkedText, TextUnavailable } from "./linked_text.js";
import { nextTry } from "./next_try.js";

const LARGEST_BYTES = 4 * 1024 * 1024;
const LIMIT_MS = 30_000;
/** The server marks a text that is a link which it has signed. Any other text may be data that somebody wrote. */
const MARK = "signed-text";
const SIGNED_LINK = /^https?:\/\/\S+[?&](?:X-Amz-Signature|Signature)=\S+$/;

export class TextSource {
  private written: string | null = null;
  private loaded: string | null = null;
  private failure: string | null = null;

  constructor(
    private readonly host: LitElement,
    /** The text is there, at once or later. */
    private readonly changed: (text: string) => void,
  ) {}

  /** Null until it is there. */
  get text(): string | null {
    return this.loaded;
  }

  /** What the requester has to correct. */
  get setupProblem(): string | null {
    return this.written?.startsWith("s3://") === true ? t("its text is an S3 URI of which there is no object, or which a script has set") : null;
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
    if (this.isLink(text)) void this.load(text);
    else this.show(text);
  }

  private isLink(text: string): boolean {
    return this.host.hasAttribute(MARK) || (SIGNED_LINK.test(text) && new URL(text).origin === location.origin);
  }

  /** Tries again while the network or the server is away, until there is another text. */
  private async load(link: string): Promise<void> {
    while (link === this.written && this.loaded === null) {
      try {
        const text = await readLinkedText(link, LARGEST_BYTES, LIMIT_MS);
        if (link === this.written) this.show(text);
        this.host.requestUpdate();
      } catch (failure) {
        console.warn("The text cannot be loaded:", failure);
        const mayWork = failure instanceof TextUnavailable && failure.mayWork;
        if (link === this.written) this.fail(mayWork);
        if (!mayWork) return;
        await nextTry();
      }
    }
  }

  private fail(mayWork: boolean): void {
    this.failure = mayWork
      ? t("The text could not be loaded. It is tried again automatically.")
      : t("The text cannot be loaded. Please reload the page, or decline this task.");
    this.host.requestUpdate();
  }

  private show(text: string): void {
    this.loaded = text;
    this.failure = null;
    this.changed(text);
  }
}
