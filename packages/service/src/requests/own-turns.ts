import type { Turns } from "../child/turns.js";
import { DatasetHeld } from "./draft-requests.js";
import { firstOf, isWaiting, MAX_AT_ONCE, type Waiting } from "./waiting-requests.js";

/** Requests that have turns of their own beside all others: those for one data set together, or under one key, one tenant's after another's. */
export class OwnTurns {
  private readonly turns: Turns;
  private readonly submit: (lot: readonly Waiting[]) => Promise<void>;
  private readonly waiting = new Map<string, Waiting[]>();
  private readonly underWay = new Set<string>();

  /** @param submit sees to a lot; where it throws, so fares whoever waits for the same */
  constructor(turns: Turns, submit: (lot: readonly Waiting[]) => Promise<void>) {
    this.turns = turns;
    this.submit = submit;
  }

  /** Whether requests for it wait or have their turn. */
  has(what: string): boolean {
    return this.underWay.has(what);
  }

  /**
   * @param what a data set, or a key
   * @param mostOthers who may wait for it already
   */
  add(what: string, one: Waiting, mostOthers: number = MAX_AT_ONCE): void {
    const others = this.waiting.get(what);
    if (others !== undefined) {
      if (others.length < mostOthers) others.push(one);
      else one.reject(new DatasetHeld());
      return;
    }
    this.waiting.set(what, [one]);
    this.underWay.add(what);
    void this.submitAll(one.tenantId, what);
  }

  /** With those that come before it is their turn. */
  private async submitAll(tenantId: string, what: string): Promise<void> {
    let own: readonly Waiting[] = [];
    const submitThem = async (): Promise<void> => {
      own = this.take(what).filter(isWaiting);
      while (own.length > 0) {
        const lot = firstOf(own);
        await this.submit(lot);
        own = own.slice(lot.length);
      }
    };
    try {
      await this.turns.within(tenantId, undefined, submitThem);
    } catch (error) {
      for (const { reject } of [...own, ...this.take(what)]) reject(error as Error);
    }
    if (!this.waiting.has(what)) this.underWay.delete(what);
  }

  private take(what: string): Waiting[] {
    const all = this.waiting.get(what) ?? [];
    this.waiting.delete(what);
    return all;
  }
}
