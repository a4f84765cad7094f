/** Something that is done again and again, until it is stopped. */
export interface Loop {
  /** Begins the next round now, where the loop rests. */
  wake(): void;
  /** Resolves when the round in hand has ended; there is none after it. */
  stop(): Promise<void>;
}

/**
 * Does a round after another; after one that did nothing, or failed, it rests.
 *
 * @param round returns how much it did
 * @param onError told of a round that failed; the loop goes on
 */
export function startLoop(
  round: () => Promise<number>,
  restMs: number,
  onError: (error: Error) => void = () => {},
): Loop {
  let isStopping = false;
  let wake = (): void => {};
  const run = async (): Promise<void> => {
    while (!isStopping) {
      const done = await round().catch((error: Error) => {
        onError(error);
        return 0;
      });
      if (done > 0 || isStopping) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, restMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };
  const ended = run();
  return {
    wake: () => wake(),
    async stop() {
      isStopping = true;
      wake();
      await ended;
    },
  };
}
