import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { databaseLocation } from "../../testing/databases.js";
import { openTestService, type TestService } from "../../testing/test-service.js";
import { lookAtDueDates } from "./watch-due.js";
import { startWorker, type WorkFailure } from "./worker.js";

const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, maxSteps: 1000 };
const HOUR = 3_600_000;

describe("due dates", () => {
  const location = databaseLocation("postgres");
  let opened: TestService;
  beforeAll(async () => {
    if (location() === "memory:") return;
    opened = await openTestService(location(), syntheticDataset({ rowCount: 400 }));
  });
  afterAll(() => opened?.close());

  it("are told of by a worker when they are near or past, in numbers alone", async () => {
    const { service, tenantId, datasetId, database, work, context } = opened;
    await service.createModel(tenantId, { name: "m", datasetId, options });
    await work();
    const submit = (row: number, dueAt: Date) => service.submit(tenantId, { datasetId, rows: [row], dueAt });
    await submit(1, new Date(Date.now() + 1000 * HOUR));
    expect(await lookAtDueDates(database.queries)).toBeNull();
    await submit(2, new Date(Date.now() + HOUR));
    await submit(3, new Date("2020-01-01"));
    await submit(4, new Date("2020-01-01"));
    expect((await lookAtDueDates(database.queries))?.details).toEqual({ late: 2, soon: 1 });
    // They fail, so that they stay open.
    const failures: WorkFailure[] = [];
    const worker = startWorker(
      context({
        signer: () => Promise.reject(new Error("no key")),
        onFailure: (failure) => void failures.push(failure),
      }),
    );
    const told = () => failures.find((failure) => failure.work === "due");
    while (told() === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
    await worker.stop();
    expect(told()?.error.message).toMatch(/overdue: 2; due within 24 hours: 1/);
  });
});
