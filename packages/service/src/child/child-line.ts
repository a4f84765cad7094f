import { ExpungeError } from "expunge";
import type { Answers } from "./answers.js";
import { LimitError, LimitedChild } from "./limited-child.js";

/** Questions that wait are held in memory, each with what it asks of. */
const MAX_WAITING = 16;

/** A child that stays, and answers one question after another: one that is ended takes nobody else's question with it. */
export class ChildLine {
  private child: LimitedChild | null = null;
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;
  private readonly limits: { readonly ms: number; readonly mib: number };
  private readonly tooMuch: () => Error;

  /**
   * @param limits  of one answer
   * @param tooMuch what whoever asked is told where an answer is above them
   */
  constructor(limits: { readonly ms: number; readonly mib: number }, tooMuch: () => Error) {
    this.limits = limits;
    this.tooMuch = tooMuch;
  }

  /** @throws whatever the answer is instead of a result; ExpungeError E_WORKER, E_LOCKED where too many wait already */
  async ask<N extends keyof Answers>(
    name: N,
    parameters: Parameters<Answers[N]>,
  ): Promise<Awaited<ReturnType<Answers[N]>>> {
    if (this.waiting >= MAX_WAITING)
      throw new ExpungeError("E_LOCKED", `${MAX_WAITING} long calls wait already. Try again a little later.`);
    this.waiting += 1;
    const answer = this.last.then(() => {
      this.waiting -= 1;
      if (this.child === null || this.child.hasEnded) this.child = new LimitedChild(this.limits);
      return this.child.ask(name, parameters, this.limits.ms).catch((error: Error) => {
        throw error instanceof LimitError ? this.tooMuch() : error;
      });
    });
    this.last = answer.catch(() => {});
    return answer;
  }
}
