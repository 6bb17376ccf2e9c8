/**
 * Whose turn the keyboard focus is: a task that is loaded ahead, out of sight, must not take it from the task that the
 * worker sees. Not all browsers keep the focus out of a frame that is `inert`.
 */
export class Turn {
  private state: "unknown" | "seen" | "hidden";
  private readonly listeners = new Set<() => void>();
  private readonly endListeners = new Set<() => void>();
  private wanted: (() => void) | null = null;

  /** Without a page around it the document is always seen. */
  constructor(
    isAlone: boolean,
    private readonly hasWorked: () => boolean,
  ) {
    this.state = isAlone ? "seen" : "unknown";
  }

  /** The task is known to be out of sight. */
  get isHidden(): boolean {
    return this.state === "hidden";
  }

  /** The worker sees the task from now on. */
  begin(): void {
    if (this.state === "seen") return;
    this.state = "seen";
    for (const listener of [...this.listeners]) listener();
    this.wanted?.();
    this.wanted = null;
  }

  /** It is out of sight. */
  end(): void {
    if (this.state === "hidden") return;
    this.state = "hidden";
    for (const listener of [...this.endListeners]) listener();
  }

  /** Calls `take` each time that the worker no longer sees the task. Returns what stops it. */
  onEnd(take: () => void): () => void {
    this.endListeners.add(take);
    return () => this.endListeners.delete(take);
  }

  /** Calls `take` at once if the worker sees the task, else as soon as they see it. */
  once(take: () => void): void {
    if (this.state === "seen") {
      take();
      return;
    }
    const listener = (): void => {
      this.listeners.delete(listener);
      take();
    };
    this.listeners.add(listener);
  }

  /** Calls `take` each time that the window of a seen task gets the focus, and when the task is seen. Returns what stops it. */
  onFocus(take: () => void): () => void {
    const listener = (): void => {
      if (this.state === "seen") take();
    };
    window.addEventListener("focus", listener);
    this.listeners.add(listener);
    return () => {
      window.removeEventListener("focus", listener);
      this.listeners.delete(listener);
    };
  }

  /**
   * Moves the focus, or remembers the last one asked for until the worker sees the task. Without an answer of the page a
   * key or click in this document shows that it is seen: the page around it may be another one than ours.
   */
  focus(move: () => void): void {
    if (this.state === "seen" || (this.state === "unknown" && this.hasWorked())) move();
    else this.wanted = move;
  }
}

export const turn = new Turn(typeof window === "undefined" || window.parent === window, () => navigator.userActivation?.hasBeenActive ?? true);

/** From now on `focus()`, also that of the template's scripts, waits for the task's turn. */
export function keepFocusInTurn(): void {
  for (const { prototype } of [HTMLElement, SVGElement]) {
    const original = prototype.focus;
    prototype.focus = function (options?: FocusOptions): void {
      turn.focus(() => original.call(this, options));
    };
  }
}
