/** How long a training waits at most before its next few steps: a steady stream of deletions does not keep it from ever ending. */
const MOST_MS = 1000;

/** Lets deletions go first: a training of the same process pauses between its steps while one is served. */
export class Precedence {
  private count = 0;
  private waiting: (() => void)[] = [];

  /** Runs a function that goes first. */
  async first<T>(use: () => Promise<T>): Promise<T> {
    this.count += 1;
    try {
      return await use();
    } finally {
      this.count -= 1;
      if (this.count === 0) for (const go of this.waiting.splice(0)) go();
    }
  }

  /** Resolves when nothing goes first, or after a second. */
  giveWay(): Promise<void> {
    if (this.count === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, MOST_MS);
      this.waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
