import type { Asked } from "./draft-requests.js";

/** How long a data set's requests go by themselves once one of them had to. */
const APART_MS = 60_000;
/** Data sets that are remembered. */
const MOST = 10_000;

const nameOf = ({ tenantId, request: { datasetId } }: Asked): string => `${tenantId} ${datasetId}`;

/** Data sets whose requests would make a lot fail, or wait for objects: for a while they do not go together with others'. */
export class ApartDatasets {
  /** Until when, by performance.now(); the oldest come first. */
  private readonly until = new Map<string, number>();

  has(one: Asked): boolean {
    return this.until.size > 0 && (this.until.get(nameOf(one)) ?? 0) > performance.now();
  }

  note(one: Asked): void {
    this.until.delete(nameOf(one));
    this.until.set(nameOf(one), performance.now() + APART_MS);
    for (const [name, until] of this.until) {
      if (until > performance.now() && this.until.size <= MOST) return;
      this.until.delete(name);
    }
  }
}
