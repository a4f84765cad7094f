/** What was opened and is to be closed, the last first. */
export interface Closing {
  add(close: () => Promise<void>): void;
  /** Closes everything, whatever of it fails. @throws the first failure */
  close(): Promise<void>;
}

export function createClosing(): Closing {
  const closers: (() => Promise<void>)[] = [];
  return {
    add: (close) => void closers.push(close),
    async close() {
      const failures: unknown[] = [];
      for (const close of closers.splice(0).reverse())
        await close().catch((error: unknown) => void failures.push(error));
      if (failures.length > 0) throw failures[0];
    },
  };
}
