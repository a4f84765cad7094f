/** Something that is done again and again, until it is stopped. */
export interface Loop {
  /** Begins the next round now; where one is under way, another after it without a rest. */
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
  let isWoken = false;
  let endRest = (): void => {};
  const wake = (): void => {
    isWoken = true;
    endRest();
  };
  const run = async (): Promise<void> => {
    while (!isStopping) {
      isWoken = false;
      const done = await round().catch((error: Error) => {
        onError(error);
        return 0;
      });
      if (done > 0 || isWoken || isStopping) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, restMs);
        endRest = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };
  const ended = run();
  return {
    wake,
    async stop() {
      isStopping = true;
      wake();
      await ended;
    },
  };
}
