/** How rows are read: by another thread, ahead of the work on them, or by the thread that works, when it is about to. */
export type ReadingWay = "ahead" | "now";

/** Calls after which the way that took longer is tried again. */
const TRY_AGAIN_AFTER = 12;

/**
 * Picks the way of reading rows that took less time lately. Which that is depends on the machine, and on what else runs there: reading ahead needs a core of
 * its own, and to wake a thread for every piece; where rows are on their way from a disk it loses no time waiting.
 */
export class FasterWay {
  private readonly lately: Record<ReadingWay, number | undefined> = { ahead: undefined, now: undefined };
  private callsSinceTry = 0;

  /** The way of the next call. */
  pick(): ReadingWay {
    const { ahead, now } = this.lately;
    if (ahead === undefined) return "ahead";
    if (now === undefined) return "now";
    const [faster, other]: ReadingWay[] = now < ahead ? ["now", "ahead"] : ["ahead", "now"];
    return this.callsSinceTry < TRY_AGAIN_AFTER ? faster! : other!;
  }

  /** Takes note of how long a call took. @param perSlot any unit */
  note(way: ReadingWay, perSlot: number): void {
    const { ahead, now } = this.lately;
    const wasSlower = ahead !== undefined && now !== undefined && way === (now < ahead ? "ahead" : "now");
    this.callsSinceTry = wasSlower ? 0 : this.callsSinceTry + 1;
    this.lately[way] = perSlot;
  }
}
