import { ExpungeError } from "expunge";
import { Turns } from "../child/turns.js";
import { waitingBriefly } from "../database/brief-waits.js";
import { causesOf, isConnectionLost } from "../database/connection-lost.js";
import type { Database } from "../database/open-database.js";
import type { Queue } from "../database/queue.js";
import { ApartDatasets } from "./apart-datasets.js";
import type { DeletionRequest } from "./deletion-request.js";
import { requireShape } from "./deletion-request.js";
import { DatasetHeld, KeyHeld, type OnHeld, SetAside } from "./draft-requests.js";
import { OwnTurns } from "./own-turns.js";
import type { AcceptedRequest } from "./request-views.js";
import { submitAll } from "./submit-requests.js";
import { isWaiting, MAX_NAMED_AT_ONCE, namedBy, type Waiting, WaitingLine } from "./waiting-requests.js";

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

/** Of the very large requests, or of the data sets that somebody holds: who may wait. */
const MOST_WAITING = 16;
/** Data sets and keys of tenants that are waited for at once, each on a connection. */
const HELD_AT_ONCE = 2;
/** Data sets whose rows are erased at once, or that made a lot fail: each on a connection, while it waits for objects. */
const APART_AT_ONCE = 2;
/** Requests that wait for the turn of one of them. */
const MOST_APART = 5000;
/** Tenants whose requests are sorted out at once. */
const SORTED_AT_ONCE = 2;
/** How long a lot waits for what is not passed over, keys that another server is just taking in say, or pages that it writes: all its requests wait so long. */
const BRIEF_MS = 200;
/** How long requests wait together for what somebody holds: another server's commit takes some ms. */
const AGAIN_MS = 2000;
/** And by themselves: whoever waits has a turn, and a connection. */
const HELD_MS = 10_000;

const keyOf = ({ tenantId, request: { idempotencyKey } }: Waiting): string => `${tenantId} ${idempotencyKey}`;

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
 * durable: it is given after the commit. A lot takes tenants in turn, and reads and writes no object. These go beside it:
 *
 * - A request that names very many people, or one with very many rows, takes seconds. It goes alone, one tenant's after another's.
 * - Rows of a data set without models are erased at once, so its pages are written anew. Its requests go together, in a turn of their own.
 * - Requests for a data set, or under quotas, that somebody holds go together as one lot that waits a little, for the commit of another server say. What is
 *   held longer, while rows are added say, is then waited for by itself, a few seconds more.
 * - An idempotency key that somebody has used and not committed is waited for in the same way. It shows only in that a lot waits, which is sorted out after a
 *   moment.
 * - A lot that fails is sorted out too. The data set whose request fails alone goes by itself for a while.
 */
export function createSubmitter(
  database: Database,
  queue: Queue,
  { againMs = AGAIN_MS, heldMs = HELD_MS }: SubmitterOptions = {},
): Submitter {
  const waiting = new WaitingLine();
  let isBusy = false;
  const skipped = new WaitingLine();
  let isTryingAgain = false;
  const turns = new Turns({ most: 1, mostWaiting: MOST_WAITING });
  const sortingTurns = new Turns({ most: SORTED_AT_ONCE });
  const heldTurns = new Turns({ most: HELD_AT_ONCE, mostWaiting: MOST_WAITING });
  /** For data sets and keys that somebody holds on. */
  const held = new OwnTurns(heldTurns, (lot) => submitParts(lot, alone));
  /** For data sets that are not to go together with others; as many wait as there are calls. */
  const apart = new OwnTurns(new Turns({ most: APART_AT_ONCE }), (lot) => submitParts(lot, erasing));
  const apartDatasets = new ApartDatasets();

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
  const last: Way = { ...first, onSkipped: (one) => held.add(one.request.datasetId, one) };
  const sorted: Way = { ...last, onLocked: waitForKeys };
  const erasing: Way = { ...sorted, mostRows: Number.POSITIVE_INFINITY };
  const large: Way = { ...erasing, database: waitingBriefly(database, againMs) };
  const alone: Way = {
    ...{ ...large, database: waitingBriefly(database, heldMs), onHeld: "wait" },
    onLocked(_, error) {
      // Nor would it be let go of for each of them.
      throw error;
    },
  };

  async function drain(): Promise<void> {
    isBusy = true;
    while (!waiting.isEmpty) {
      const lot = waiting.take();
      if (!(await submitLot(lot, first))) sortOut(lot);
    }
    isBusy = false;
  }

  /** Those that were held up when it was their turn. Where one of them is held on, it keeps the others for a little while, once. */
  async function tryAgain(): Promise<void> {
    isTryingAgain = true;
    while (!skipped.isEmpty) {
      const own: Waiting[] = [];
      for (const one of skipped.take())
        if (held.has(one.request.datasetId)) held.add(one.request.datasetId, one);
        else own.push(one);
      if (!(await submitLot(own, together)) && !(await submitLot(own, last))) sortOut(own);
    }
    isTryingAgain = false;
  }

  /** What fails with others may be one's fault alone: then each half stands for itself, down to one. Until when, by performance.now(), others are tried. */
  async function submitParts(
    all: readonly Waiting[],
    way: Way,
    end: number = Number.POSITIVE_INFINITY,
  ): Promise<void> {
    const lot = way === sorted ? all.filter((one) => !wentApart(one)) : all;
    if (await submitLot(lot, way)) return;
    if (performance.now() > end) {
      for (const { reject } of lot) reject(new DatasetHeld());
      return;
    }
    await submitParts(lot.slice(0, lot.length >> 1), way, end);
    await submitParts(lot.slice(lot.length >> 1), way, end);
  }

  /** @returns whether all have their answers, or wait elsewhere for them */
  async function submitLot(all: readonly Waiting[], way: Way): Promise<boolean> {
    const lot = all.filter(isWaiting);
    if (lot.length === 0) return true;
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
      const isOfAll = isOfDatabase(error);
      const isOver = (lot.length === 1 && !way.isTry) || isOfAll;
      if (!isOver) return false;
      if (!isOfAll) apartDatasets.note(lot[0]!);
      for (const { reject } of lot) reject(error as Error);
      return true;
    }
  }

  async function submitAlone(one: Waiting): Promise<void> {
    // Nor do others wait for it where it is held up.
    await turns.within(one.tenantId, one.signal, () => submitLot([one], large));
  }

  /** One of a lot holds up the others, or makes them fail: each tenant's are tried for themselves, and where they do again, ever fewer of them together. */
  function sortOut(lot: readonly Waiting[]): true {
    for (const tenantId of new Set(lot.map((one) => one.tenantId))) {
      const own = lot.filter((one) => one.tenantId === tenantId);
      // Those for one data set side by side.
      own.sort((a, b) =>
        a.request.datasetId < b.request.datasetId ? -1 : a.request.datasetId > b.request.datasetId ? 1 : 0,
      );
      const submitThem = () => submitParts(own, sorted, performance.now() + heldMs);
      sortingTurns.within(tenantId, undefined, submitThem).catch((error: Error) => {
        for (const { reject } of own) reject(error);
      });
    }
    return true;
  }

  function waitForKeys(lot: readonly Waiting[], error: unknown): boolean {
    const isKey = error instanceof KeyHeld;
    if (isKey && lot.length > 1) return false;
    for (const one of lot)
      if (isKey) held.add(keyOf(one), one);
      else held.add(one.request.datasetId, one, Number.POSITIVE_INFINITY);
    return true;
  }

  function submitSoon(one: Waiting): void {
    // It would hold up others again.
    if (held.has(keyOf(one))) {
      held.add(keyOf(one), one);
      return;
    }
    if (wentApart(one)) return;
    if (namedBy(one) > MAX_NAMED_AT_ONCE) return void submitAlone(one).catch(one.reject);
    waiting.push(one);
    if (!isBusy) void drain();
  }

  function setAside(one: Waiting, { rowCount, isErasing }: SetAside): void {
    one.rowCount = rowCount;
    if (isErasing) apartDatasets.note(one);
    submitSoon(one);
  }

  /** @returns whether it waits for its data set's own turn now */
  function wentApart(one: Waiting): boolean {
    if (!apartDatasets.has(one)) return false;
    apart.add(one.request.datasetId, one, MOST_APART);
    return true;
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
