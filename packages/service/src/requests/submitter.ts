import { Turns } from "../child/turns.js";
import { causesOf, isConnectionLost } from "../database/connection-lost.js";
import type { Database } from "../database/open-database.js";
import type { Queue } from "../database/queue.js";
import type { DeletionRequest } from "./deletion-request.js";
import { requireShape } from "./deletion-request.js";
import type { Asked } from "./draft-requests.js";
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

const namedBy = ({ request: { subjects, rows } }: Asked): number => (subjects ?? rows ?? []).length;

interface Waiting extends Asked {
  resolve(accepted: AcceptedRequest): void;
  reject(error: Error): void;
}

/** Takes requests in, those that come while a transaction is under way together in the next one. */
export interface Submitter {
  /** @throws ExpungeError E_NOT_FOUND, E_CONFLICT, E_OPTION, E_UNKNOWN_SUBJECT naming positions, never ids */
  submit(tenantId: string, request: DeletionRequest): Promise<AcceptedRequest>;
}

/**
 * One commit of PostgreSQL takes about as long for five hundred requests as for one. An answer still means that the request is
 * durable: it is given after the commit. What names very many takes seconds: it goes alone, beside the others, one tenant's after another's.
 */
export function createSubmitter(database: Database, queue: Queue): Submitter {
  let waiting: Waiting[] = [];
  let isBusy = false;
  const turns = new Turns({ most: 1 });

  async function drain(): Promise<void> {
    isBusy = true;
    while (waiting.length > 0) {
      const length = lotLength(waiting, MAX_AT_ONCE, MAX_NAMED_AT_ONCE, namedBy);
      const lot = waiting.slice(0, length);
      waiting = waiting.slice(length);
      // What fails with others may be one's fault alone: then each stands for itself.
      if (!(await submitLot(lot))) for (const one of lot) await submitLot([one]);
    }
    isBusy = false;
  }

  /** @returns whether all have their answers */
  async function submitLot(lot: readonly Waiting[]): Promise<boolean> {
    try {
      const outcomes = await submitAll(database, queue, lot);
      for (const [i, outcome] of outcomes.entries()) {
        if (outcome instanceof Error) lot[i]?.reject(outcome);
        else lot[i]?.resolve(outcome);
      }
      return true;
    } catch (error) {
      const isOver = lot.length === 1 || isOfDatabase(error);
      if (isOver) for (const { reject } of lot) reject(error as Error);
      return isOver;
    }
  }

  async function submitAlone(one: Waiting): Promise<void> {
    const giveBack = await turns.take(one.tenantId);
    await submitLot([one]);
    giveBack();
  }

  return {
    async submit(tenantId, request) {
      requireShape(request);
      return new Promise((resolve, reject) => {
        const one = { tenantId, request, resolve, reject };
        if (namedBy(one) > MAX_NAMED_AT_ONCE) return void submitAlone(one);
        waiting.push(one);
        if (!isBusy) void drain();
      });
    },
  };
}
