/** Touches that a hand makes while it holds a pen. No DOM. */

/** After a pen was near, a touch is the hand's for this long. */
const PEN_MS = 600;

export class PalmRejection {
  private penSeenMs = -Infinity;
  private readonly rejected = new Set<number>();

  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  /**
   * Whether the event of a pointer is to be ignored. A pen that hovers, draws or has just done so makes touches that come
   * down the hand's; a touch that began before the pen came stays a finger.
   */
  rejects({ type, pointerType, pointerId }: { readonly type: string; readonly pointerType: string; readonly pointerId: number }): boolean {
    if (pointerType === "pen") this.penSeenMs = this.nowMs();
    if (pointerType !== "touch") return false;
    if (type === "pointerdown" && this.nowMs() - this.penSeenMs < PEN_MS) this.rejected.add(pointerId);
    const rejects = this.rejected.has(pointerId);
    if (type === "pointerup" || type === "pointercancel") this.rejected.delete(pointerId);
    return rejects;
  }
}
