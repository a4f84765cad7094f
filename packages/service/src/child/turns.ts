import { ExpungeError } from "expunge";
import { hasLeft } from "../some-at-once.js";
import { LastTurns } from "./last-turns.js";

interface Waiting {
  readonly owner: string;
  readonly go: () => void;
  readonly refuse: (reason: Error) => void;
}

/** How many may have a turn, and wait for one. */
export interface TurnLimits {
  /** Turns at once; of one owner one. */
  readonly most: number;
  /** Who may wait; default without end. */
  readonly mostWaiting?: number;
}

/** Lets others go first, where any wait. @throws ExpungeError E_ABORTED where whoever waits for the work has left */
export type Pass = () => Promise<void>;

/**
 * Turns at something dear: some at a time, and of one owner one at a time. The next turn is of the owner whose last one was longest ago, so that nobody's
 * many keep others waiting; where too many wait, one goes of whoever has the most of them.
 */
export class Turns {
  private readonly most: number;
  private readonly mostWaiting: number;
  private readonly taken: string[] = [];
  private waiting: readonly Waiting[] = [];
  private readonly last = new LastTurns();

  constructor({ most, mostWaiting = Number.POSITIVE_INFINITY }: TurnLimits) {
    this.most = most;
    this.mostWaiting = mostWaiting;
  }

  /**
   * @returns what gives the turn back
   * @throws ExpungeError E_ABORTED where the signal comes first; E_LOCKED where too many wait
   */
  async take(owner: string, signal?: AbortSignal): Promise<() => void> {
    return this.queue(owner, signal, (one) => [...this.waiting, one]);
  }

  /**
   * Does something in a turn of its own.
   *
   * @param use given what to await between pieces of long work: it lets other owners who wait go first
   * @throws as `take`
   */
  async within<T>(
    owner: string,
    signal: AbortSignal | undefined,
    use: (pass: Pass) => Promise<T>,
  ): Promise<T> {
    let giveBack: (() => void) | null = await this.take(owner, signal);
    const pass = async (): Promise<void> => {
      if (signal?.aborted) throw hasLeft();
      if (this.waiting.every((one) => one.owner === owner)) return;
      giveBack?.();
      giveBack = null;
      // Before its owner's other calls, and never the one that is too many.
      giveBack = await this.queue(owner, signal, (one) => [one, ...this.waiting]);
    };
    try {
      return await use(pass);
    } finally {
      giveBack?.();
    }
  }

  private async queue(
    owner: string,
    signal: AbortSignal | undefined,
    withOne: (one: Waiting) => readonly Waiting[],
  ): Promise<() => void> {
    await new Promise<void>((resolve, reject) => {
      const one = { owner, go: resolve, refuse: reject };
      this.waiting = withOne(one);
      signal?.addEventListener("abort", () => this.dismiss(one, hasLeft()), { once: true });
      if (signal?.aborted) this.dismiss(one, hasLeft());
      this.next();
      if (this.waiting.length > this.mostWaiting) this.dismissOne();
    });
    return () => {
      this.taken.splice(this.taken.indexOf(owner), 1);
      this.next();
    };
  }

  private next(): void {
    if (this.taken.length >= this.most) return;
    let first: Waiting | null = null;
    for (const one of this.waiting) {
      if (this.taken.includes(one.owner)) continue;
      if (first === null || this.last.of(one.owner) < this.last.of(first.owner)) first = one;
    }
    if (first === null) return;
    this.waiting = this.waiting.filter((other) => other !== first);
    this.taken.push(first.owner);
    this.last.note(first.owner);
    first.go();
    this.next();
  }

  private dismiss(one: Waiting, reason: Error): void {
    if (!this.waiting.includes(one)) return;
    this.waiting = this.waiting.filter((other) => other !== one);
    one.refuse(reason);
  }

  /** The newest of whoever has the most. */
  private dismissOne(): void {
    const counts = new Map<string, number>();
    for (const { owner } of this.waiting) counts.set(owner, (counts.get(owner) ?? 0) + 1);
    const most = Math.max(...counts.values());
    const newest = this.waiting.findLast(({ owner }) => counts.get(owner) === most) as Waiting;
    const reason = `${this.mostWaiting} long calls wait already. Try again a little later.`;
    this.dismiss(newest, new ExpungeError("E_LOCKED", reason));
  }
}
