import PgBoss from "pg-boss";
import type { Database, SqlExecutor } from "./open-database.js";

/** Work that waits to be done, by the model it is for. */
export type QueueName = "train" | "unlearn";

export interface Job {
  readonly id: string;
  readonly modelId: string;
}

/** Jobs that survive everything the database survives: pg-boss, on either database. */
export interface Queue {
  /** Adds a job for each model within a transaction: they are there if and only if that commits. */
  add(name: QueueName, modelIds: readonly string[], executor: SqlExecutor): Promise<void>;
  /** Takes up to `most` jobs, which nobody else gets until they fail or expire. */
  take(name: QueueName, most: number): Promise<readonly Job[]>;
  done(name: QueueName, jobs: readonly Job[]): Promise<void>;
  /** Puts jobs back, to be tried again a little later. */
  failed(name: QueueName, jobs: readonly Job[], reason: string): Promise<void>;
  close(): Promise<void>;
}

/** A worker that has not finished by then is taken for dead; what it then tries to commit is refused by the model's version. */
const EXPIRE_SECONDS = { train: 6 * 3600, unlearn: 900 } as const;
const RETRIES = 20;

const TURN_MS = 50;

export async function openQueue(database: Database): Promise<Queue> {
  const boss = new PgBoss({ db: database.executor, schema: "pgboss", schedule: false });
  // Every call reports its own failure; this one is for the housekeeping, which tries again by itself.
  boss.on("error", () => {});
  try {
    await setUp(database, boss);
  } catch (error) {
    // Its timers would keep the process from ending.
    await boss.stop({ graceful: false, close: false });
    throw error;
  }
  return {
    async add(name, modelIds, executor) {
      const jobs = modelIds.map((modelId) => ({
        name,
        data: { modelId },
        retryLimit: RETRIES,
        retryDelay: 1,
        retryBackoff: true,
        expireInSeconds: EXPIRE_SECONDS[name],
      }));
      if (jobs.length > 0) await boss.insert(jobs, { db: preparedOn(executor, "insert jobs") });
    },
    async take(name, most) {
      const jobs = await boss.fetch<{ modelId: string }>(name, { batchSize: most });
      return (jobs ?? []).map(({ id, data }) => ({ id, modelId: data.modelId }));
    },
    async done(name, jobs) {
      if (jobs.length > 0)
        await boss.complete(
          name,
          jobs.map(({ id }) => id),
        );
    },
    async failed(name, jobs, reason) {
      // One by one: for several at once pg-boss keeps no reason.
      for (const { id } of jobs) await boss.fail(name, id, { reason });
    },
    close: () => boss.stop({ graceful: false, close: false }),
  };
}

/** For a call that sends one statement, always the same. */
function preparedOn({ executeSql }: SqlExecutor, name: string): PgBoss.Db {
  return { executeSql: (text, values) => executeSql(text, values, name) };
}

/** One process after another: of two that make pg-boss' tables at once the slower one fails. */
async function setUp(database: Database, boss: PgBoss): Promise<void> {
  for (;;) {
    const isDone = await database.exclusively("queue", async () => {
      await boss.start();
      for (const name of ["train", "unlearn"] as const) await boss.createQueue(name);
      return true;
    });
    if (isDone) return;
    await new Promise((resolve) => setTimeout(resolve, TURN_MS));
  }
}
