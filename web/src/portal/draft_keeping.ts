/**
 * When the browser keeps a draft: a small one at once, a large one a little later.
 *
 * The browser's storage is written at once and on the page's only thread: two copies of 2 MB take 150 to 300 ms. While a
 * worker paints, a large draft is therefore written once in a while, and always before the page is hidden or closed.
 */
import type { Draft } from "./drafts.js";
import type { DraftStorage } from "./draft_storage.js";
import type { Sitting } from "./sitting.js";

/** Characters of JSON. */
export const LARGE_CHARACTERS = 200_000;
/** So much of a large draft a crash of the browser can lose, if the server does not have it yet. */
export const LARGE_KEPT_AFTER_MS = 5000;

type Keeper = Pick<Sitting, "isOver" | "isOutdated" | "isKeptHere">;

interface Late {
  readonly sitting: Keeper;
  readonly key: string;
  readonly draft: Draft;
}

export class DraftKeeping {
  private late: Late | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly storage: Pick<DraftStorage, "keep">) {}

  /** Keeps a draft now, or soon if it is large. `isKeptHere` of the sitting says whether it is kept, or will be. */
  keep(sitting: Keeper, key: string, draft: Draft, characters: number): void {
    if (this.late !== null && this.late.key !== key) this.keepNow();
    if (characters <= LARGE_CHARACTERS) {
      this.forget();
      sitting.isKeptHere = this.storage.keep(key, draft);
      return;
    }
    this.late = { sitting, key, draft };
    this.timer ??= setTimeout(() => this.keepNow(), LARGE_KEPT_AFTER_MS);
  }

  /** Keeps what waits: the page may be closing, or another part of it reads the storage. */
  keepNow(): void {
    const { late } = this;
    this.forget();
    // The newer draft of another tab stays in its place; the page has put this one aside.
    if (late === null || late.sitting.isOver || late.sitting.isOutdated) return;
    late.sitting.isKeptHere = this.storage.keep(late.key, late.draft);
  }

  /** The server has this version, so that the browser needs no copy. */
  confirm(version: string): void {
    if (this.late?.draft.version === version) this.forget();
  }

  private forget(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.late = null;
  }
}
