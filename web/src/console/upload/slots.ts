/** A number of places; work waits until one is free. In the order of asking. */
export class Slots {
  private readonly waiting: (() => void)[] = [];

  constructor(private places: number) {}

  async use<T>(work: () => Promise<T>): Promise<T> {
    if (this.places > 0) this.places--;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.places++;
      else next();
    }
  }

  /** Resolves when a place is free. It is not taken. */
  free(): Promise<void> {
    return this.use(() => Promise.resolve());
  }
}
