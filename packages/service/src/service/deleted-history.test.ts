import { expect, it } from "vitest";
import { postgresPrograms } from "../../../../test/postgres.js";
import { createTestDatabase } from "../../../../test/shared-postgres.js";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { openTestService } from "../../testing/test-service.js";
import { requireRoom, setQuotas } from "../accounts/quotas.js";
import { modelsDue } from "../models/lessons.js";

const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, sigma: 0.05, maxSteps: 1000 };

const PAGES = `select sum(heap_blks_hit + heap_blks_read + coalesce(idx_blks_hit, 0) + coalesce(idx_blks_read, 0)
  + coalesce(toast_blks_hit, 0) + coalesce(toast_blks_read, 0))::int as count
  from pg_statio_user_tables where relname in ('models', 'datasets', 'releases')`;

/** Pages more than before: looks into indexes that have grown, not all that was deleted. */
const FEW = 60;

/** Others, who vacuum say, are counted too: the least of some looks is without them. */
const LOOKS = 3;

it.skipIf(postgresPrograms() === null)(
  "what was deleted, and what was released before, costs nothing where somebody looks at what is there",
  async () => {
    const postgres = await createTestDatabase();
    const dataset = syntheticDataset({ rowCount: 200 });
    // Figures of one session are told by that session.
    const test = await openTestService(postgres.url, dataset, { connections: 1 });
    try {
      const { database, service, tenantId, datasetId } = test;
      const { executeSql } = database.executor;
      const { id } = await service.createModel(tenantId, { name: "m", datasetId, options });
      await test.work();
      await setQuotas(database.executor, tenantId, { rows: 1e9 });
      await executeSql(`update models set schedule = '{"rows": 1000}' where id = $1`, [id]);

      const pages = async (): Promise<number> => {
        await executeSql("select pg_stat_force_next_flush()");
        await executeSql("select pg_stat_clear_snapshot()");
        return (await executeSql<{ count: number }>(PAGES)).rows[0]!.count;
      };
      const looks = {
        activity: () => service.activity(tenantId),
        listModels: () => service.listModels(tenantId),
        listDatasets: () => service.listDatasets(tenantId),
        preview: () => service.preview(tenantId, { datasetId, rows: [5] }),
        quota: () => database.transaction((open) => requireRoom(open, tenantId, "rows", 1)),
        modelsDue: () => modelsDue(database.queries),
      };
      const costs = async (): Promise<Record<string, number>> => {
        const found: Record<string, number> = {};
        for (const [name, look] of Object.entries(looks)) {
          await look();
          const counts: number[] = [];
          for (let i = 0; i < LOOKS; i++) {
            const before = await pages();
            await look();
            counts.push((await pages()) - before);
          }
          found[name] = Math.min(...counts);
        }
        return found;
      };
      await executeSql("vacuum analyze models, datasets, releases");
      const first = await costs();

      const count = 5000;
      await executeSql(
        `insert into models (id, tenant_id, dataset_id, name, state, options, plan, timeline, version, page_slots, schedule)
          select gen_random_uuid(), tenant_id, dataset_id, name, 'deleted', options, plan, timeline, 3, page_slots, schedule
          from models, generate_series(1, ${count}) where id = $1`,
        [id],
      );
      await executeSql(
        `insert into datasets (id, tenant_id, name, state, description, secret, page_rows)
          select gen_random_uuid(), tenant_id, name, 'deleted', description, secret, page_rows
          from datasets, generate_series(1, ${count}) where id = $1`,
        [datasetId],
      );
      await executeSql(
        `insert into releases (model_id, version, steps, unlearn_steps, request_count, row_count, noise, kind)
          select $1, 10 + n, 1, 1, 1, 1, 0.1, 'deletion' from generate_series(1, 50000) n`,
        [id],
      );
      await executeSql("vacuum analyze models, datasets, releases");
      const later = await costs();
      for (const [name, cost] of Object.entries(later))
        expect(cost, `${name}: ${first[name]} pages before`).toBeLessThanOrEqual(first[name]! + FEW);
    } finally {
      await test.close();
      await postgres.remove();
    }
  },
  120_000,
);
