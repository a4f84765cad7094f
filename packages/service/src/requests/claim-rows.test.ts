import { sourceOf } from "expunge/data";
import { describe, expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { DATABASES, databaseLocation } from "../../testing/databases.js";
import { openTestService } from "../../testing/test-service.js";

const COUNT = 40_000;
/** One who owns most rows, one who owns a third of the first of them, and others with one each. */
const subjectOf = (row: number): string => {
  if (row % 40 === 0) return `person-${row}`;
  return row % 3 === 0 ? "third" : "most";
};
const dataset = {
  ...syntheticDataset({ rowCount: COUNT, featureCount: 2 }),
  subjects: Array.from({ length: COUNT }, (_, row) => subjectOf(row)),
};
const rowsOf = (subject: string): number[] =>
  dataset.subjects.flatMap((name, row) => (name === subject ? [row] : []));

describe.each(DATABASES)("on %s", (kind) => {
  const location = databaseLocation(kind);

  it("a request claims all rows of whoever it names, and those of others never", async () => {
    const test = await openTestService(location(), dataset);
    const { service, tenantId, datasetId, database } = test;
    const claimed = async (id: string): Promise<number[]> => {
      const { rows } = await database.executor.executeSql<{ row: number }>(
        'select "row" from claimed_rows where request_id = $1 order by 1',
        [id],
      );
      return rows.map(({ row }) => row);
    };
    const options = { epochs: 1, batchSize: 1000, l2: 0.1, maxNoise: 10 };
    await service.createModel(tenantId, { name: "m", datasetId, options });
    await test.work();
    // Both are more than one statement takes: of the one most rows of a stretch are hers, of the other few are his.
    for (const [subjects, rows] of [
      [["most"], rowsOf("most")],
      [["third", "person-40"], [...rowsOf("third"), 40].sort((a, b) => a - b)],
    ] as const) {
      const asked = { datasetId, subjects, idempotencyKey: subjects[0] };
      expect((await service.preview(tenantId, asked)).rowCount).toBe(rows.length);
      const { request } = await service.submit(tenantId, asked);
      expect(request.rowCount).toBe(rows.length);
      expect(await claimed(request.id)).toEqual(rows);
      expect(await service.submit(tenantId, asked)).toMatchObject({
        isRepeated: true,
        request: { id: request.id, rowCount: rows.length },
      });
      expect((await service.cancel(tenantId, request.id)).state).toBe("cancelled");
      expect(await claimed(request.id)).toEqual([]);
    }
    await test.close();
  });

  it("a correction claims the old row of its owner, and not the new one", async () => {
    const test = await openTestService(location(), syntheticDataset({ rowCount: 200 }));
    const { service, tenantId, datasetId, database } = test;
    const to = { ...syntheticDataset({ rowCount: 1 }), subjects: ["ann@example.com"] };
    await service.addRows(tenantId, datasetId, { source: sourceOf(to) });
    const { request } = await service.correct(tenantId, { datasetId, to: sourceOf(to) });
    const { rows } = await database.executor.executeSql(
      'select "row" from claimed_rows where request_id = $1',
      [request.id],
    );
    expect(rows).toEqual([{ row: 200 }]);
    expect((await service.getRequest(tenantId, request.id)).rowCount).toBe(1);
    await test.close();
  });
});
