import { ExpungeError } from "expunge";
import { Turns } from "../child/turns.js";
import { waitingBriefly } from "../database/brief-waits.js";
import { causesOf, isConnectionLost } from "../database/connection-lost.js";
import type { Database } from "../database/open-database.js";
import type { Queue } from "../database/queue.js";
import type { DeletionRequest } from "./deletion-request.js";
import { requireShape } from "./deletion-request.js";
import { type Asked, DatasetHeld, KeyHeld, type OnHeld, SetAside } from "./draft-requests.js";
import { lotLength } from "./lots.js";
import type { AcceptedRequest } from "./request-views.js";
import { submitAll } from "./submit-requests.js";

/** Whether the database is not there, or has no room: it would not be there for each alone. Where two waited for each other only one of a lot may have been the cause. */
function isOfDatabase(error: unknown): boolean {
  const codes = causesOf(error).map(({ code }) => String(code));
  if (codes.includes(DEADLOCK)) return false;
  return isConnectionLost(error) || codes.some((code) => /^53[0-9A-Z]{3}$/.test(code));
}

/** What somebody else has held on. */
const isLocked = (error: unknown): boolean => error instanceof ExpungeError && error.code === "E_LOCKED";

/** SQLSTATE deadlock_detected. */
const DEADLOCK = "40P01";

/** Requests of one transaction, and people or rows that they name together, as asked and as found. */
const MAX_AT_ONCE = 500;
const MAX_NAMED_AT_ONCE = 10_000;

/** Of the very large requests, or of the data sets that somebody holds: who may wait. */
const MOST_WAITING = 16;
/** Data sets and keys of tenants that are waited for at once, each on a connection. */
const HELD_AT_ONCE = 3;
/** Tenants whose requests are sorted out at once. */
const SORTED_AT_ONCE = 2;
/** How long a lot waits for what is not passed over, keys that another server is just taking in say, or pages that it writes: all its requests wait so long. */
const BRIEF_MS = 200;
/** How long requests wait together for what somebody holds: another server's commit takes some ms. */
const AGAIN_MS = 2000;
/** And by themselves: whoever waits has a turn, and a connection. */
const HELD_MS = 10_000;

const namedBy = ({ request: { subjects, rows }, rowCount = 0 }: Waiting): number =>
  Math.max(rowCount, (subjects ?? rows ?? []).length);

const firstOf = (all: readonly Waiting[]): Waiting[] =>
  all.slice(0, lotLength(all, MAX_AT_ONCE, MAX_NAMED_AT_ONCE, namedBy));

interface Waiting extends Asked {
  /** Comes when nobody waits for the answer any more. */
  readonly signal: AbortSignal | undefined;
  /** Rows of whom it names, once they were looked up. */
  rowCount?: number;
  resolve(accepted: AcceptedRequest): void;
  reject(error: Error): void;
}

const keyOf = ({ tenantId, request: { idempotencyKey } }: Waiting): string => `${tenantId} ${idempotencyKey}`;

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

/** Options of a submitter. */
export interface SubmitterOptions {
  /** How long a lot waits for one lock that another transaction has, in ms; default 2,000. */
  readonly againMs?: number;
  /** And how long those for one data set that is held on do, in a turn of their own; default 10,000. */
  readonly heldMs?: number;
}

/** How a lot is submitted: what becomes of those that somebody holds up, or of all of them. */
interface Way {
  readonly database: Database;
  readonly onHeld: OnHeld;
  onSkipped(one: Waiting): void;
  /** For requests that have waited too long. @returns whether it has seen to them */
  onLocked(lot: readonly Waiting[], error: unknown): boolean;
  /** Rows that requests name together; those that would be more are set aside, as those are whose rows are to be erased at once and many. */
  readonly mostRows: number;
  /** Whether one alone that fails is tried in another way. */
  readonly isTry?: boolean;
}

/**
 * One commit of PostgreSQL takes about as long for five hundred requests as for one. An answer still means that the request is
 * durable: it is given after the commit. What names very many, or one who has very many rows, takes seconds: it goes alone, beside the others, one tenant's after
 * another's; so do, together, those for a data set without models of which many pages are to be written anew. Nobody waits
 * for another's data set, or quotas, that somebody holds: requests for such go together beside the others, as one lot that waits a little, for the commit of
 * another server say. What is held on, while rows are added say, is then waited for by itself, a few seconds more. So are
 * pages that somebody writes, and an idempotency key that somebody has used and not committed: these show only in that a lot waits, which is sorted out after a moment.
 */
export function createSubmitter(
  database: Database,
  queue: Queue,
  { againMs = AGAIN_MS, heldMs = HELD_MS }: SubmitterOptions = {},
): Submitter {
  let waiting: Waiting[] = [];
  let isBusy = false;
  let skipped: Waiting[] = [];
  let isTryingAgain = false;
  const turns = new Turns({ most: 1, mostWaiting: MOST_WAITING });
  const heldTurns = new Turns({ most: HELD_AT_ONCE, mostWaiting: MOST_WAITING });
  const sortingTurns = new Turns({ most: SORTED_AT_ONCE });
  const held = new Map<string, Waiting[]>();
  /** Data sets and keys that are waited for by themselves. */
  const heldLong = new Set<string>();

  const onSkipped = (one: Waiting): void => {
    skipped.push(one);
    if (!isTryingAgain) void tryAgain();
  };
  const mostRows = MAX_NAMED_AT_ONCE;
  const brief = waitingBriefly(database, BRIEF_MS);
  const first: Way = { ...{ database: brief, onHeld: "skip", mostRows }, onSkipped, onLocked: sortOut };
  const together: Way = {
    ...{ database: waitingBriefly(database, againMs), onHeld: "wait", mostRows },
    onSkipped,
    onLocked: () => false,
    isTry: true,
  };
  const last: Way = { ...first, onSkipped: (one) => waitFor(one.request.datasetId, one) };
  const sorted: Way = { ...last, onLocked: waitForKeys };
  const large: Way = {
    ...sorted,
    database: waitingBriefly(database, againMs),
    mostRows: Number.POSITIVE_INFINITY,
  };
  const alone: Way = {
    ...{ ...large, database: waitingBriefly(database, heldMs), onHeld: "wait" },
    onLocked(_, error) {
      // Nor would it be let go of for each of them.
      throw error;
    },
  };

  async function drain(): Promise<void> {
    isBusy = true;
    while (waiting.length > 0) {
      const lot = firstOf(waiting);
      waiting = waiting.slice(lot.length);
      await submitTogether(lot, first);
    }
    isBusy = false;
  }

  /** Those that were held up when it was their turn. Where one of them is held on, it keeps the others for a little while, once. */
  async function tryAgain(): Promise<void> {
    isTryingAgain = true;
    while (skipped.length > 0) {
      const lot = firstOf(skipped);
      skipped = skipped.slice(lot.length);
      const own: Waiting[] = [];
      for (const one of lot.filter(isWaiting))
        if (heldLong.has(one.request.datasetId)) waitFor(one.request.datasetId, one);
        else own.push(one);
      if (own.length > 0 && !(await submitLot(own, together))) await submitTogether(own, last);
    }
    isTryingAgain = false;
  }

  async function submitTogether(lot: readonly Waiting[], way: Way): Promise<void> {
    // What fails with others may be one's fault alone: then each stands for itself.
    if (!(await submitLot(lot, way))) for (const one of lot) await submitLot([one], way);
  }

  /** @returns whether all have their answers, or wait for a data set */
  async function submitLot(lot: readonly Waiting[], way: Way): Promise<boolean> {
    try {
      const outcomes = await submitAll(way.database, queue, lot, way.onHeld, way.mostRows);
      for (const [i, outcome] of outcomes.entries()) {
        const one = lot[i]!;
        if (outcome instanceof DatasetHeld) way.onSkipped(one);
        else if (outcome instanceof SetAside) setAside(one, outcome);
        else if (outcome instanceof Error) one.reject(outcome);
        else one.resolve(outcome);
      }
      return true;
    } catch (error) {
      if (isLocked(error) && way.onLocked(lot, error)) return true;
      const isOver = (lot.length === 1 && !way.isTry) || isOfDatabase(error);
      if (isOver) for (const { reject } of lot) reject(error as Error);
      return isOver;
    }
  }

  async function submitAlone(one: Waiting): Promise<void> {
    // Nor do others wait for it where it is held up.
    await turns.within(one.tenantId, one.signal, () => submitLot([one], large));
  }

  /** One of a lot holds up the others: each tenant's are tried for themselves, and where they wait again, one after another. */
  function sortOut(lot: readonly Waiting[]): true {
    for (const tenantId of new Set(lot.map((one) => one.tenantId))) {
      const own = lot.filter((one) => one.tenantId === tenantId);
      const submitOwn = () => submitSorted(own.filter(isWaiting));
      sortingTurns.within(tenantId, undefined, submitOwn).catch((error: Error) => {
        for (const { reject } of own) reject(error);
      });
    }
    return true;
  }

  async function submitSorted(own: readonly Waiting[]): Promise<void> {
    if (own.length === 0 || (await submitLot(own, sorted))) return;
    const end = performance.now() + heldMs;
    for (const one of own)
      if (performance.now() < end) await submitLot([one], sorted);
      else one.reject(new DatasetHeld());
  }

  function waitForKeys(lot: readonly Waiting[], error: unknown): boolean {
    const isKey = error instanceof KeyHeld;
    if (isKey && lot.length > 1) return false;
    for (const one of lot)
      if (isKey) waitFor(keyOf(one), one);
      else waitFor(one.request.datasetId, one, Number.POSITIVE_INFINITY);
    return true;
  }

  function submitSoon(one: Waiting): void {
    // It would hold up others again.
    if (heldLong.size > 0 && heldLong.has(keyOf(one))) {
      waitFor(keyOf(one), one);
      return;
    }
    if (namedBy(one) > MAX_NAMED_AT_ONCE) return void submitAlone(one).catch(one.reject);
    waiting.push(one);
    if (!isBusy) void drain();
  }

  function setAside(one: Waiting, { rowCount, isErasing }: SetAside): void {
    one.rowCount = rowCount;
    if (isErasing) waitFor(one.request.datasetId, one, Number.POSITIVE_INFINITY);
    else submitSoon(one);
  }

  /** @param what a data set, or a key */
  function waitFor(what: string, one: Waiting, mostOthers: number = MAX_AT_ONCE): void {
    const others = held.get(what);
    if (others !== undefined) {
      if (others.length < mostOthers) others.push(one);
      else one.reject(new DatasetHeld());
      return;
    }
    held.set(what, [one]);
    heldLong.add(what);
    void submitHeld(one.tenantId, what);
  }

  /** Requests for what somebody holds, or for a data set whose pages are to be written, with those that come before it is their turn. */
  async function submitHeld(tenantId: string, what: string): Promise<void> {
    let own: readonly Waiting[] = [];
    const submitThem = async (): Promise<void> => {
      own = taken(what).filter(isWaiting);
      while (own.length > 0) {
        const lot = firstOf(own);
        await submitTogether(lot, alone);
        own = own.slice(lot.length);
      }
    };
    try {
      await heldTurns.within(tenantId, undefined, submitThem);
    } catch (error) {
      for (const { reject } of [...own, ...taken(what)]) reject(error as Error);
    }
    if (!held.has(what)) heldLong.delete(what);
  }

  function taken(what: string): Waiting[] {
    const all = held.get(what) ?? [];
    held.delete(what);
    return all;
  }

  return {
    async submit(tenantId, request, signal) {
      requireShape(request);
      return new Promise((resolve, reject) => {
        submitSoon({ tenantId, request, signal, resolve, reject });
      });
    },
  };
}
