/**
 * The limit of what a frame may send to the page, so that a template that never stops sending leaves the page usable.
 *
 * A drag sends up to 120 messages a second. A large mask takes up to half a second for each stroke.
 */
export const WINDOW_MS = 2000;
const MOST_MESSAGES = 500;
/** Of the time in which the page takes its messages. */
const MOST_SHARE = 0.8;

export class Traffic {
  private beginsAtMs = -Infinity;
  private count = 0;
  private spentMs = 0;

  /** Counts a message that the page has handled from `fromMs` to `toMs`. Returns whether it was too much. */
  handled(fromMs: number, toMs: number): boolean {
    if (fromMs >= this.beginsAtMs + WINDOW_MS) {
      const wasTooSlow = this.spentMs > MOST_SHARE * WINDOW_MS;
      [this.beginsAtMs, this.count, this.spentMs] = [fromMs, 0, 0];
      if (wasTooSlow) return true;
    }
    this.count += 1;
    this.spentMs += toMs - fromMs;
    return this.count > MOST_MESSAGES;
  }
}
