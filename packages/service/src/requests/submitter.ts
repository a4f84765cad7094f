import { ExpungeError } from "expunge";
import { Turns } from "../child/turns.js";
import { causesOf, isConnectionLost } from "../database/connection-lost.js";
import type { Database } from "../database/open-database.js";
import type { Queue } from "../database/queue.js";
import type { DeletionRequest } from "./deletion-request.js";
import { requireShape } from "./deletion-request.js";
import { type Asked, DatasetHeld, type OnHeld } from "./draft-requests.js";
import { lotLength } from "./lots.js";
import type { AcceptedRequest } from "./request-views.js";
import { submitAll } from "./submit-requests.js";

/** Whether the database is not there, or has no room: it would not be there for each alone. */
function isOfDatabase(error: unknown): boolean {
  return isConnectionLost(error) || causesOf(error).some(({ code }) => /^53[0-9A-Z]{3}$/.test(String(code)));
}

/** Requests of one transaction, and people or rows that they name together. */
const MAX_AT_ONCE = 500;
const MAX_NAMED_AT_ONCE = 10_000;

/** Of the very large requests, or of the data sets that somebody holds: who may wait. */
const MOST_WAITING = 16;
/** Data sets of tenants that are waited for at once, each on a connection. */
const HELD_AT_ONCE = 3;

const namedBy = ({ request: { subjects, rows } }: Asked): number => (subjects ?? rows ?? []).length;

const firstOf = (all: readonly Waiting[]): Waiting[] =>
  all.slice(0, lotLength(all, MAX_AT_ONCE, MAX_NAMED_AT_ONCE, namedBy));

interface Waiting extends Asked {
  /** Comes when nobody waits for the answer any more. */
  readonly signal: AbortSignal | undefined;
  resolve(accepted: AcceptedRequest): void;
  reject(error: Error): void;
}

/** Whoever has left has not been accepted. */
function isWaiting({ signal, reject }: Waiting): boolean {
  if (!signal?.aborted) return true;
  reject(new ExpungeError("E_ABORTED", "Whoever waited has left."));
  return false;
}

/** Takes requests in, those that come while a transaction is under way together in the next one. */
export interface Submitter {
  /**
   * @param signal lets a request go that waits for its turn: nothing was accepted then
   * @throws ExpungeError E_NOT_FOUND, E_CONFLICT, E_OPTION, E_UNKNOWN_SUBJECT naming positions, never ids; E_LOCKED where too many wait, E_ABORTED
   */
  submit(tenantId: string, request: DeletionRequest, signal?: AbortSignal): Promise<AcceptedRequest>;
}

/**
 * One commit of PostgreSQL takes about as long for five hundred requests as for one. An answer still means that the request is
 * durable: it is given after the commit. What names very many takes seconds: it goes alone, beside the others, one tenant's after another's. Nobody waits
 * for another's data set that somebody holds, while rows are added to it say: requests for that one go together, beside the others.
 */
export function createSubmitter(database: Database, queue: Queue): Submitter {
  let waiting: Waiting[] = [];
  let isBusy = false;
  const turns = new Turns({ most: 1, mostWaiting: MOST_WAITING });
  const heldTurns = new Turns({ most: HELD_AT_ONCE, mostWaiting: MOST_WAITING });
  const held = new Map<string, Waiting[]>();

  async function drain(): Promise<void> {
    isBusy = true;
    while (waiting.length > 0) {
      const lot = firstOf(waiting);
      waiting = waiting.slice(lot.length);
      await submitTogether(lot, "skip");
    }
    isBusy = false;
  }

  async function submitTogether(lot: readonly Waiting[], onHeld: OnHeld): Promise<void> {
    // What fails with others may be one's fault alone: then each stands for itself.
    if (!(await submitLot(lot, onHeld))) for (const one of lot) await submitLot([one], onHeld);
  }

  /** @returns whether all have their answers, or wait for a data set */
  async function submitLot(lot: readonly Waiting[], onHeld: OnHeld): Promise<boolean> {
    try {
      const outcomes = await submitAll(database, queue, lot, onHeld);
      for (const [i, outcome] of outcomes.entries()) {
        const one = lot[i]!;
        if (outcome instanceof DatasetHeld) waitForDataset(one);
        else if (outcome instanceof Error) one.reject(outcome);
        else one.resolve(outcome);
      }
      return true;
    } catch (error) {
      const isOver = lot.length === 1 || isOfDatabase(error);
      if (isOver) for (const { reject } of lot) reject(error as Error);
      return isOver;
    }
  }

  async function submitAlone(one: Waiting): Promise<void> {
    await turns.within(one.tenantId, one.signal, () => submitLot([one], "skip"));
  }

  function waitForDataset(one: Waiting): void {
    const { datasetId } = one.request;
    const others = held.get(datasetId);
    if (others !== undefined) {
      if (others.length < MAX_AT_ONCE) others.push(one);
      else one.reject(new DatasetHeld());
      return;
    }
    held.set(datasetId, [one]);
    void submitHeld(one.tenantId, datasetId);
  }

  /** Requests for a data set that somebody holds, with those that come before it is their turn. */
  async function submitHeld(tenantId: string, datasetId: string): Promise<void> {
    const submitThem = async (): Promise<void> => {
      let own = taken(datasetId).filter(isWaiting);
      while (own.length > 0) {
        const lot = firstOf(own);
        own = own.slice(lot.length);
        await submitTogether(lot, "wait");
      }
    };
    try {
      await heldTurns.within(tenantId, undefined, submitThem);
    } catch (error) {
      for (const { reject } of taken(datasetId)) reject(error as Error);
    }
  }

  function taken(datasetId: string): Waiting[] {
    const all = held.get(datasetId) ?? [];
    held.delete(datasetId);
    return all;
  }

  return {
    async submit(tenantId, request, signal) {
      requireShape(request);
      return new Promise((resolve, reject) => {
        const one = { tenantId, request, signal, resolve, reject };
        if (namedBy(one) > MAX_NAMED_AT_ONCE) return void submitAlone(one).catch(reject);
        waiting.push(one);
        if (!isBusy) void drain();
      });
    },
  };
}
