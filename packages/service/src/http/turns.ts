import { ExpungeError } from "expunge";

interface Waiting {
  readonly owner: string;
  readonly go: () => void;
}

/** Turns at something dear: some at a time, and of one owner one at a time, so that nobody's many keep others waiting. */
export class Turns {
  private readonly most: number;
  private readonly taken: string[] = [];
  private waiting: readonly Waiting[] = [];

  constructor(most: number) {
    this.most = most;
  }

  /** @returns what gives the turn back @throws ExpungeError E_ABORTED where the signal comes first */
  async take(owner: string, signal: AbortSignal): Promise<() => void> {
    await new Promise<void>((resolve, reject) => {
      const one = { owner, go: resolve };
      const leave = (): void => {
        if (!this.waiting.includes(one)) return;
        this.waiting = this.waiting.filter((other) => other !== one);
        reject(new ExpungeError("E_ABORTED", "Whoever waited has left."));
      };
      this.waiting = [...this.waiting, one];
      signal.addEventListener("abort", leave, { once: true });
      if (signal.aborted) leave();
      this.next();
    });
    return () => {
      this.taken.splice(this.taken.indexOf(owner), 1);
      this.next();
    };
  }

  private next(): void {
    if (this.taken.length >= this.most) return;
    const first = this.waiting.find(({ owner }) => !this.taken.includes(owner));
    if (first === undefined) return;
    this.waiting = this.waiting.filter((other) => other !== first);
    this.taken.push(first.owner);
    first.go();
    this.next();
  }
}
