import { hasLeft } from "../some-at-once.js";
import type { Asked } from "./draft-requests.js";
import { fittingLot, lotLength } from "./lots.js";
import type { AcceptedRequest } from "./request-views.js";

/** Requests of one transaction, and people or rows that they name together, as asked and as found. */
export const MAX_AT_ONCE = 500;
export const MAX_NAMED_AT_ONCE = 10_000;

/** A request that waits for its answer. */
export interface Waiting extends Asked {
  /** Comes when nobody waits for the answer any more. */
  readonly signal: AbortSignal | undefined;
  /** Rows of whom it names, once they were looked up. */
  rowCount?: number;
  resolve(accepted: AcceptedRequest): void;
  reject(error: Error): void;
}

export const namedBy = ({ request: { subjects, rows }, rowCount = 0 }: Waiting): number =>
  Math.max(rowCount, (subjects ?? rows ?? []).length);

/** Those of the first that go together in one transaction. */
export const firstOf = (all: readonly Waiting[]): Waiting[] =>
  all.slice(0, lotLength(all, MAX_AT_ONCE, MAX_NAMED_AT_ONCE, namedBy));

/** Whoever has left is not accepted. @returns whether somebody still waits */
export function isWaiting({ signal, reject }: Waiting): boolean {
  if (!signal?.aborted) return true;
  reject(hasLeft());
  return false;
}

/** Requests in a line from which lots are taken, of tenants in turn: one's many keep no other's waiting for longer than a lot takes. */
export class WaitingLine {
  /** Whose turn is next comes first. */
  private readonly lines = new Map<string, Waiting[]>();

  get isEmpty(): boolean {
    return this.lines.size === 0;
  }

  push(one: Waiting): void {
    const own = this.lines.get(one.tenantId);
    if (own) own.push(one);
    else this.lines.set(one.tenantId, [one]);
  }

  /** @returns as many as go together in one transaction, without those who have left; none where all have */
  take(): Waiting[] {
    const lot: Waiting[] = [];
    const fits = fittingLot(MAX_AT_ONCE, MAX_NAMED_AT_ONCE);
    for (const [tenantId, own] of this.lines) {
      while (own.length > 0 && !isWaiting(own[0]!)) own.shift();
      if (own.length > 0 && !fits(namedBy(own[0]!))) break;
      // Behind the others, and visited there again.
      this.lines.delete(tenantId);
      lot.push(...own.splice(0, 1));
      if (own.length > 0) this.lines.set(tenantId, own);
    }
    return lot;
  }
}
