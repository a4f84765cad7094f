import { hasLeft } from "../some-at-once.js";
import type { Answers } from "./answers.js";
import { LimitError, LimitedChild } from "./limited-child.js";
import { Turns } from "./turns.js";

/** Questions that wait are held in memory, each with what it asks of. */
const MAX_WAITING = 16;

/** A child that stays, and answers one question after another, of owners in turn: one that is ended takes nobody else's question with it. */
export class ChildLine {
  private child: LimitedChild | null = null;
  private readonly turns = new Turns({ most: 1, mostWaiting: MAX_WAITING });
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

  /**
   * @param owner whose question it is: a tenant, as a rule
   * @param signal comes when nobody waits for the answer any more: the child that works on it is ended
   * @throws whatever the answer is instead of a result; ExpungeError E_WORKER, E_ABORTED, E_LOCKED where too many wait already
   */
  ask<N extends keyof Answers>(
    owner: string,
    name: N,
    parameters: Parameters<Answers[N]>,
    signal?: AbortSignal,
  ): Promise<Awaited<ReturnType<Answers[N]>>> {
    return this.turns.within(owner, signal, async (): Promise<Awaited<ReturnType<Answers[N]>>> => {
      if (this.child === null || this.child.hasEnded) this.child = new LimitedChild(this.limits);
      const { child } = this;
      const end = (): void => child.end(hasLeft());
      signal?.addEventListener("abort", end);
      try {
        if (signal?.aborted) throw hasLeft();
        return await child.ask(name, parameters, this.limits.ms);
      } catch (error) {
        throw error instanceof LimitError ? this.tooMuch() : error;
      } finally {
        signal?.removeEventListener("abort", end);
      }
    });
  }
}
