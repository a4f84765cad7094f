import type { BatchSlots } from "./cell-visits.js";
import { EMPTY_HISTORY, type History, NEGLIGIBLE_SHARE, withDeletedNoted } from "./history.js";
import type { ProcessConstants } from "./process.js";

/** A plan without a ball may start late too, where that raises the sum of all shifts by no more than this share. */
const PLANNED_SHARE = 1e-13;

/**
 * The history of planned requests, one after another, where every step has noise; and whether they have begun to repeat themselves.
 *
 * Without a ball nothing would ever be forgotten. But no visit of a plan shifts by more than all its records together, so that two runs are never further
 * apart than records * sensitivity / (1 - c), and a ball of that diameter bounds them.
 *
 * Source: docs/theory.md, "Plans of many requests".
 */
export class PlannedHistory {
  /** The process that histories are to be judged by. */
  readonly process: ProcessConstants;
  private readonly share: number;
  private readonly unit: number;
  private history: History = EMPTY_HISTORY;
  private requests = 0;
  private mark: { readonly history: History; readonly steps: number; readonly request: number } | null = null;

  /**
   * @param records of all requests together
   * @param unit    how a request is served depends on its step only through the remainder by this number
   */
  constructor(process: ProcessConstants, records: number, unit: number) {
    const { radius, sensitivity, contraction } = process;
    const isOpen = radius === Number.POSITIVE_INFINITY && contraction < 1;
    this.process = isOpen
      ? { ...process, radius: (records * sensitivity) / (2 * (1 - contraction)) }
      : process;
    this.share = isOpen ? PLANNED_SHARE : NEGLIGIBLE_SHARE;
    this.unit = unit;
  }

  /** The history once a request's slots are emptied. */
  add(deleted: readonly BatchSlots[], steps: number): History {
    const added = withDeletedNoted(this.process, "every-step", this.history, deleted, steps, this.share);
    // Blocks of merged cells lie at multiples of their widths: they do not move along with the steps.
    if (added.isMerged) this.mark = null;
    this.history = added.history;
    this.requests++;
    return added.history;
  }

  /**
   * How many requests ago everything stood, seen from the step then, as it stands now; null where that is not known. From then on all repeats
   * itself. One earlier state is kept, at powers of two (Brent 1980).
   */
  period(steps: number): number | null {
    const mark = this.mark;
    if (mark !== null) {
      const by = steps - mark.steps;
      if (by % this.unit === 0 && isMoved(mark.history, this.history, by))
        return this.requests - mark.request;
    }
    if (mark === null || (this.requests & (this.requests - 1)) === 0)
      this.mark = { history: this.history, steps, request: this.requests };
    return null;
  }
}

/** Whether the second history is the first, so many steps later. */
function isMoved(first: History, second: History, by: number): boolean {
  if (first.start === 0 || second.start !== first.start + by) return false;
  if (first.cells.length !== second.cells.length) return false;
  return first.cells.every(({ step, shift }, i) => {
    const cell = second.cells[i];
    return cell?.step === step + by && cell.shift === shift;
  });
}
