import { isDeepStrictEqual } from "node:util";
import { type Dataset, selectRows, sourceOf } from "expunge/data";
import { beforeAll, describe, expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { databaseLocation } from "../../testing/databases.js";
import {
  excludes,
  type LockMode,
  type LockTaken,
  locksTaken,
  neverWaits,
} from "../../testing/locks-taken.js";
import { makeHopeless, openTestService, type TestService } from "../../testing/test-service.js";
import { setQuotas } from "../accounts/quotas.js";
import { TABLE_ORDER } from "../database/table-order.js";
import { chooseOrigin } from "../keys/log-origin.js";
import { deliverCallbacks } from "../protocols/callbacks.js";
import { submitErasure } from "../protocols/erasures.js";
import { keepLedger } from "../work/ledger-keeper.js";

/* Two transactions that take the same locks in different orders wait for each other for ever: PostgreSQL ends one of them, and its work is done again. */

/** Tables, and locks without one. */
const ORDER: readonly string[] = [
  "gates",
  ...TABLE_ORDER,
  ...["sequenceLedger", "ledger_staged", "appendToLedger", "publishCheckpoint", "makeSigningKey"],
];

/** Rows that are locked with one that they belong to: whoever has that one for himself finds nobody else at them. Some are of the owner that a part of their key names. */
const BELONGING: Readonly<Record<string, readonly [owner: string, keyPlace?: number]>> = {
  tasks: ["models", 1],
  model_pages: ["models", 0],
  model_order: ["models", 0],
  returned_rows: ["models", 0],
  training_checkpoints: ["models", 0],
  joined_rows: ["models", 0],
  owners: ["dataset_pages", 0],
  named_subjects: ["datasets"],
  certified_subjects: ["datasets"],
  corrected_rows: ["datasets"],
  additions: ["datasets"],
  certificates: ["sequenceLedger"],
};

const all = syntheticDataset({ rowCount: 520 });
/** Few of its rows are in a page. */
const wide = syntheticDataset({ rowCount: 100, featureCount: 100 });
const range = (from: number, to: number): Dataset =>
  selectRows(
    all,
    Uint32Array.from({ length: to - from }, (_, i) => from + i),
  );
const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, maxSteps: 1000 };
/** Requests wait for others to come: they can be taken back. */
const unhurried = { maxWaitMs: 600_000 };

/** All that a service does with requests and models, one thing after another. */
async function live({ database, service, tenantId, datasetId, work }: TestService): Promise<void> {
  const create = async (name: string, evaluationDatasetId?: string): Promise<string> => {
    const judged = evaluationDatasetId === undefined ? {} : { evaluationDatasetId };
    return (await service.createModel(tenantId, { name, datasetId, options, ...judged })).id;
  };
  const submit = async (...lists: readonly (readonly number[])[]): Promise<string[]> => {
    const taken = await Promise.all(lists.map((rows) => service.submit(tenantId, { datasetId, rows })));
    return taken.map(({ request }) => request.id);
  };
  const submitNamed = (...subjects: readonly string[]) =>
    Promise.all(subjects.map((subject) => service.submit(tenantId, { datasetId, subjects: [subject] })));
  const correct = (row: number, by: number) =>
    service.correct(tenantId, {
      ...{ datasetId, rows: [row] },
      to: sourceOf({ ...range(by, by + 1), subjects: [all.subjects![row] as string] }),
    });
  const erase = (subject: string, subjectRequestId: string) =>
    submitErasure(service, database, {
      ...{ tenantId, version: "2.0" },
      asked: {
        ...{ subject_request_id: subjectRequestId, subject_request_type: "erasure", regulation: "gdpr" },
        ...{ submitted_time: "2026-01-31T12:00:00Z", status_callback_urls: ["https://one.example/x"] },
        subject_identities: [{ identity_type: "email", identity_value: subject, identity_format: "raw" }],
      },
    } as Parameters<typeof submitErasure>[2]);
  await chooseOrigin(database.queries, "test");
  await setQuotas(database.executor, tenantId, {
    openRequests: 1000,
    rows: 10_000,
    models: 10,
    datasets: 9,
  });
  const judges = { name: "judges", source: sourceOf(range(500, 520)), schema: null };
  const { id: evaluationId } = await service.createDataset(tenantId, judges);
  await submit([0], [1]);
  const first = await create("first", evaluationId);
  await create("second");
  await work();
  // Two models, each of which has tasks of several requests, and finishes them.
  await submit([20], [21, 22], [23], [150]);
  await submitNamed(...[100, 200, 210].map((row) => all.subjects![row] as string));
  await work();
  await submit([24], [25]);
  await work({ maxBatch: 1 });
  // Taken back: before and while models are trained without them.
  const [one, other] = await submit([30], [31]);
  const third = await create("third");
  await work(unhurried);
  await service.cancelAll(tenantId, [one as string, other as string]);
  // Rows that come, are learnt, corrected and forgotten.
  await service.addRows(tenantId, datasetId, { source: sourceOf(range(400, 420)) });
  await service.previewLesson(tenantId, first);
  await service.setSchedule(tenantId, third, { rows: 5, steps: 5 });
  await service.learn(tenantId, first, { steps: 5 });
  await work();
  await correct(40, 430);
  await correct(41, 431);
  await service.preview(tenantId, { datasetId, rows: [42] });
  await work();
  await submit([405], [406], [400 + 20]);
  await work();
  // Of a model that can forget nobody; with it what is asked of it is gone.
  const hopeless = await create("hopeless");
  await makeHopeless(database, hopeless);
  await work();
  await submit([50], [51]);
  await work();
  await submit([52], [53]);
  await service.deleteModel(tenantId, hopeless);
  // Of one that is deleted, or begins again, while requests wait for it.
  const fourth = await create("fourth");
  let isFirst = true;
  const giveWay = async (): Promise<void> => {
    if (!isFirst) return;
    isFirst = false;
    await submit([60], [61]);
    await service.submit(tenantId, { datasetId, rows: [62], dueAt: new Date(Date.now() + 1000) });
  };
  await work({ giveWay, checkpointMs: 1 });
  await submit([70], [71]);
  await service.deleteModel(tenantId, fourth);
  await work();
  await erase(all.subjects![300] as string, "11111111-1111-4111-8111-111111111111");
  await work();
  await deliverCallbacks(database, { processor: null, fides: null });
  await keepLedger(database);
  // One of several pages is deleted, with all that was asked of it.
  const copy = { name: "copy", source: sourceOf(wide), schema: null };
  const { id: copyId } = await service.createDataset(tenantId, copy);
  const { id: copied } = await service.createModel(tenantId, { name: "c", datasetId: copyId, options });
  await work();
  for (const place of [10, 50])
    await service.submit(tenantId, { datasetId: copyId, subjects: [wide.subjects![place] as string] });
  await service.addRows(tenantId, copyId, { source: sourceOf(wide) });
  const corrected = [70, 71];
  await service.correct(tenantId, {
    ...{ datasetId: copyId, rows: corrected },
    to: sourceOf({
      ...selectRows(wide, [80, 81]),
      subjects: corrected.map((row) => wide.subjects![row] as string),
    }),
  });
  await work();
  await service.deleteModel(tenantId, copied);
  await service.deleteDataset(tenantId, copyId);
}

const location = databaseLocation("postgres");
let transactions: LockTaken[][] = [];
const modes = new Map<string, Set<LockMode>>();

beforeAll(async () => {
  const opened = await openTestService(location(), range(0, 400));
  try {
    transactions = await locksTaken(location(), () => live(opened));
  } finally {
    await opened.close();
  }
  for (const { table, mode } of transactions.flat())
    modes.set(table, (modes.get(table) ?? new Set()).add(mode));
});

const isAlone: readonly LockMode[] = ["No Key Update", "Update"];

/** How a transaction had what a row belongs to when it locked that row; null where it did not have it. */
function ownersMode(taken: readonly LockTaken[], { table, key, place }: LockTaken): LockMode | null {
  const [owner, keyPlace] = BELONGING[table] ?? [];
  const held = taken.filter(
    (one) =>
      one.table === owner && one.place <= place && (keyPlace === undefined || one.key[0] === key[keyPlace]),
  );
  return held.at(-1)?.mode ?? null;
}

/** Of a transaction the locks for which it may wait for another, or another for it. */
function contended(taken: readonly LockTaken[]): LockTaken[] {
  return taken.filter((lock) => {
    const mode = ownersMode(taken, lock);
    return !(mode !== null && isAlone.includes(mode)) && isTakenInTurn(lock);
  });
}

/** Whether anybody takes rows of the table in a mode that excludes this one. */
const isTakenInTurn = ({ table, mode }: LockTaken): boolean =>
  [...modes.get(table)!].some((other) => excludes(mode, other));

const shown = ({ table, mode, text }: LockTaken): string =>
  `${table} (${mode}) by: ${text.replace(/\s+/g, " ").slice(0, 200)}`;

/** Columns by which a statement orders what it locks. */
const orderOf = ({ text }: LockTaken): string =>
  (/order by ([^()]+?) for (?:no key )?(?:update|share|key share)/i.exec(text)?.[1] ?? "").replace(
    /"|\w+"?\./g,
    "",
  );

describe("transactions lock rows", () => {
  it("of all that is told of here, and of several requests at once", () => {
    const taken = transactions.flat().filter(isTakenInTurn);
    expect([...new Set(taken.map(({ table }) => table))].sort()).toEqual(
      [...new Set([...ORDER, ...Object.keys(BELONGING)])].sort(),
    );
    const counts = transactions.map((own) => own.filter(({ table }) => table === "requests").length);
    expect(Math.max(...counts)).toBeGreaterThan(2);
  });

  it("of tables in one order", () => {
    const wrong = new Set<string>();
    for (const taken of transactions.map(contended))
      for (const [i, later] of taken.entries()) {
        if (!ORDER.includes(later.table)) wrong.add(`${later.table} has no place in the order`);
        if (neverWaits(later)) continue;
        for (const earlier of taken.slice(0, i))
          if (earlier.place < later.place && ORDER.indexOf(earlier.table) > ORDER.indexOf(later.table))
            wrong.add(`${shown(earlier)}\n  before ${shown(later)}`);
      }
    expect([...wrong]).toEqual([]);
  });

  it("that belong to another with that one", () => {
    const locks = transactions.flatMap((taken) => contended(taken).map((lock) => ({ taken, lock })));
    const wrong = locks.filter(
      ({ taken, lock }) => lock.table in BELONGING && ownersMode(taken, lock) === null,
    );
    expect([...new Set(wrong.map(({ lock }) => shown(lock)))]).toEqual([]);
  });

  it("of one table in the order of their keys", () => {
    const wrong = new Set<string>();
    for (const taken of transactions.map(contended))
      for (const [i, later] of taken.entries()) {
        if (neverWaits(later)) continue;
        for (const earlier of taken.slice(0, i)) {
          if (earlier.table !== later.table || isDeepStrictEqual(earlier.key, later.key)) continue;
          if (earlier.place === later.place ? orderOf(later) === "" : isBehind(earlier, later))
            wrong.add(`${shown(earlier)}\n  before ${shown(later)}`);
        }
      }
    expect([...wrong]).toEqual([]);
  });
});

/** Keys as the database orders them. */
function isBehind({ key }: LockTaken, other: LockTaken): boolean {
  const at = key.findIndex((value, i) => value !== other.key[i]);
  return at >= 0 && key[at]! > other.key[at]!;
}
