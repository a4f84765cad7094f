import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSigner } from "expunge";
import { selectRows, sourceOf } from "expunge/data";
import {
  createNoteSigner,
  encodeEntry,
  formatVerifierKey,
  parseCheckpoint,
  parseNote,
  signCheckpoint,
} from "expunge/ledger";
import { lockDirectory } from "expunge/process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { databaseLocation, emptyDatabase, entryOf, storeCertificate } from "../../testing/databases.js";
import { forgeSegments, rowsOfSegment, type SegmentRow } from "../../testing/segments.js";
import { openTestService, type TestService } from "../../testing/test-service.js";
import { newId } from "../database/ids.js";
import { openQueue } from "../database/queue.js";
import { ledgerStaged } from "../database/tables.js";
import { chooseOrigin } from "../keys/log-origin.js";
import { currentLogSigner } from "../keys/signing-keys.js";
import { publishCheckpoint } from "../ledger/ledger-checkpoints.js";
import { sequenceLedger } from "../ledger/ledger-sequencer.js";
import { createService } from "../service/create-service.js";
import { restoreBackup } from "./restore-backup.js";
import { writeBackup } from "./write-backup.js";
import { writeDeletions } from "./write-deletions.js";

const dataset = syntheticDataset({ rowCount: 400 });

/** Requests of a data set without models, which are over as soon as they are accepted; two segments after a full backup. */
describe("a folder of deletions", () => {
  const location = databaseLocation("postgres");
  const fresh = emptyDatabase("postgres");
  let root: string;
  let running: TestService;
  let full: string;
  let deletions: string;
  let note: string;
  const asked: string[] = [];
  let certificateId: string;
  let waitingId: string;
  let correctionId: string;

  const submit = async (rows: number[]): Promise<string> =>
    (await running.service.submit(running.tenantId, { datasetId: running.datasetId, rows })).request.id;
  const correct = (service: TestService["service"]) => {
    const { tenantId, datasetId } = running;
    const to = sourceOf({ ...selectRows(dataset, Uint32Array.of(2)), subjects: [dataset.subjects![310]!] });
    return service.correct(tenantId, { datasetId, rows: [310], to, idempotencyKey: "correction" });
  };
  const sign = async (): Promise<string> => {
    const { database } = running;
    await sequenceLedger(database);
    const { signer } = await database.transaction((transaction) => currentLogSigner(transaction));
    return (await publishCheckpoint(database, signer)).note;
  };

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "expunge-deletions-"));
    running = await openTestService(location(), dataset);
    await chooseOrigin(running.database.queries, "log.example");
    full = join(root, "full.backup");
    deletions = join(root, "deletions");
    for (let i = 0; i < 200; i++) asked.push(await submit([i]));
    await sign();
    // The first segment holds what is in the backup, too.
    await writeDeletions(running.database, deletions);
    await writeBackup(running.database, full);
    asked.push(await submit([300]), await submit([301, 302]));
    const { executeSql } = running.database.executor;
    await executeSql(
      `insert into erasures values ('${running.tenantId}', '${newId()}', '3.0', '', clock_timestamp(), clock_timestamp())`,
    );
    await executeSql(
      `insert into callbacks (id, tenant_id, request_id, address, receiver, told) values ('${newId()}', '${running.tenantId}', '${asked[200]}', 'https://a.example', 'a', 'pending')`,
    );
    await sign();
    // Without a place in the ledger when the segment is written.
    waitingId = await submit([303]);
    await writeDeletions(running.database, deletions);
    const { id, envelope } = await storeCertificate(running.database);
    certificateId = id;
    const entry = encodeEntry(entryOf(envelope));
    await running.database.queries.insert(ledgerStaged).values({ entry, certificateId });
    asked.push(await submit([304]));
    // Rows that arrive, of which one goes again, and one that is corrected.
    const { service, tenantId, datasetId } = running;
    await service.addRows(tenantId, datasetId, {
      source: sourceOf(selectRows(dataset, Uint32Array.of(0, 1))),
    });
    asked.push(await submit([401]));
    correctionId = (await correct(service)).request.id;
    asked.push(correctionId);
    note = await sign();
    // This one has no place in the ledger yet.
    asked.push(await submit([305]));
    await writeDeletions(running.database, deletions);
  });
  afterAll(async () => {
    await running?.close();
    await rm(root, { recursive: true, force: true });
  });

  const restore = (folder: string, more = {}) =>
    restoreBackup(fresh(), { backup: full, deletions: folder, ...more });
  const forged = async (change: Parameters<typeof forgeSegments>[1]): Promise<string> => {
    const folder = await mkdtemp(join(root, "forged-"));
    await cp(deletions, folder, { recursive: true });
    await forgeSegments(folder, change);
    return folder;
  };
  const isEmpty = async (): Promise<void> => {
    const { rows } = await fresh().executor.executeSql("select id from tenants");
    expect(rows).toEqual([]);
  };
  const objects = async (): Promise<string[]> => {
    const names: string[] = [];
    for await (const { name } of fresh().objects.list()) names.push(name);
    return names.sort();
  };
  const refused = async (folder: string, says: RegExp, more = {}): Promise<void> => {
    const before = await objects();
    await expect(restore(folder, more)).rejects.toMatchObject({
      code: "E_LEDGER",
      message: expect.stringMatching(says),
    });
    await isEmpty();
    // The rows that it had written already are gone, too.
    expect(await objects()).toEqual(before);
  };

  it("brings every request after the backup back, once, with its certificate and the ledger", async () => {
    expect(await restore(deletions, { checkpoint: note })).toMatchObject({ requests: 7, retrained: 0 });
    const idsIn = async (of: TestService["database"], table: string): Promise<string[]> =>
      (await of.executor.executeSql(`select id from ${table} order by id`)).rows.map(
        (row) => (row as { id: string }).id,
      );
    for (const table of ["requests", "certificates", "datasets", "models", "tenants", "callbacks"])
      expect(await idsIn(fresh(), table), table).toEqual(await idsIn(running.database, table));
    expect((await idsIn(fresh(), "requests")).sort()).toEqual([...asked, waitingId].sort());
    const ledger = async (of: TestService["database"]) =>
      (await of.executor.executeSql("select * from ledger_nodes order by level, index")).rows;
    expect(await ledger(fresh())).toEqual(await ledger(running.database));
    const { rows } = await fresh().executor.executeSql(
      `select (select count(*)::int from requests where state = 'completed') as done, (select count(*)::int from ledger_staged) as staged,
         (select ledger_index is not null from certificates) as placed, (select count(*)::int from erasures) as erasures, (select state from models) as model`,
    );
    // The certificate's model was made after the backup: it cannot come back.
    expect(rows).toEqual([
      { done: asked.length + 1, staged: 1, placed: true, erasures: 1, model: "deleted" },
    ]);
    // Of rows that came after the backup nothing comes back, their numbers included; of a correction the deletion of the old value does.
    const { rows: left } = await fresh().executor.executeSql(
      `select (select (description ->> 'rowCount')::int from datasets where state = 'ready') as rows, (select count(*)::int from claimed_rows where "row" >= 400) as claims,
         (select count(*)::int from owners where "row" = 310) as owners, (select kind from requests where id = '${correctionId}') as kind`,
    );
    expect(left).toEqual([{ rows: 400, claims: 0, owners: 0, kind: "deletion" }]);
    // Sent again it is told that its row is gone, not that it is done: its new value is nowhere.
    const queue = await openQueue(fresh());
    await expect(correct(createService(fresh(), queue))).rejects.toMatchObject({
      code: "E_CONFLICT",
      message: expect.stringMatching(/its row is gone/),
    });
    await queue.close();
  });

  it("costs what came since the last segment, not what came before", async () => {
    const segment = async (number: number): Promise<SegmentRow[]> =>
      rowsOfSegment(join(deletions, `0000000${number}.deletions`));
    const count = (rows: SegmentRow[], name: string): number =>
      rows.filter(({ table }) => table === name).length;
    const [first, second, third] = [await segment(1), await segment(2), await segment(3)];
    expect([first, second, third].map((rows) => count(rows, "ledger_entries"))).toEqual([200, 2, 5]);
    // Those without a place are in both segments.
    expect([first, second, third].map((rows) => count(rows, "requests"))).toEqual([200, 3, 5]);
    expect(third.length).toBeLessThan(40);
  });

  it("is refused without a request, which is named, whatever digests were computed anew", async () => {
    for (const id of [asked[200], asked.at(-1)] as string[]) {
      const folder = await forged((row) => (row.table === "requests" && row.row.id === id ? null : row));
      await refused(folder, new RegExp(`1 requests of the ledger are missing: ${id}`));
    }
  });

  it("is refused without a request and its entry, for the checkpoints were signed for others", async () => {
    const id = asked[200] as string;
    const isOf = ({ table, row }: SegmentRow): boolean =>
      table === "ledger_entries" && Buffer.from(String(row.entry).slice(2), "hex").toString().includes(id);
    let gone = Number.POSITIVE_INFINITY;
    const folder = await forged((found) => {
      const { table, row } = found;
      if (isOf(found)) gone = Number(row.index);
      if (isOf(found) || (table === "requests" && row.id === id)) return null;
      return table === "ledger_entries" && Number(row.index) > gone
        ? { table, row: { ...row, index: Number(row.index) - 1 } }
        : found;
    });
    await refused(folder, /does not fit: a checkpoint of 202 entries comes after 201/);
  });

  it("is refused without a row that a request claims, and with a request that nobody made", async () => {
    const claimed = await forged(({ table, row }) =>
      table === "claimed_rows" && row.row === 302 ? null : { table, row },
    );
    await refused(claimed, new RegExp(`do not have as many rows as they claim: ${asked[201]}`));
    // Nor where the data set is left out of what stands, too.
    const alone = await forged(({ table, row }) =>
      table === "datasets" || (table === "claimed_rows" && row.row === 302) ? null : { table, row },
    );
    await refused(alone, new RegExp(`do not have as many rows as they claim: ${asked[201]}`));
    const id = "00000000-0000-4000-8000-000000000000";
    const more = await forged(({ table, row }) =>
      table === "requests" && row.id === waitingId
        ? [
            { table, row },
            { table, row: { ...row, id } },
          ]
        : { table, row },
    );
    await refused(more, new RegExp(`1 requests are in no entry of the ledger: ${id}`));
  });

  it("is refused without a certificate of which the ledger speaks, or with another", async () => {
    const without = await forged((row) => (row.table === "certificates" ? null : row));
    await refused(without, /the certificate of entry 203 of the ledger is missing/);
    const other = await forged(({ table, row }) => ({
      table,
      row: table === "certificates" ? { ...row, envelope: { payload: "" } } : row,
    }));
    await refused(other, /certificates\..* does not fit its entry/);
  });

  it("is refused where a segment is missing, was exchanged, or begins too late", async () => {
    const missing = await mkdtemp(join(root, "missing-"));
    await cp(deletions, missing, { recursive: true });
    await rm(join(missing, "00000002.deletions"));
    await expect(restore(missing)).rejects.toThrow(/segment 2 is missing/);
    await cp(join(deletions, "00000003.deletions"), join(missing, "00000002.deletions"));
    await rm(join(missing, "00000003.deletions"));
    await expect(restore(missing)).rejects.toThrow(/does not go on from the segment before it/);
    await rm(join(missing, "00000001.deletions"));
    await refused(missing, /begin with entry \d+ of the ledger, the backup ends before entry 200/);
    await isEmpty();
  });

  it("is not enough where all of it was written before the backup", async () => {
    const early = await mkdtemp(join(root, "early-"));
    await cp(join(deletions, "00000001.deletions"), join(early, "00000001.deletions"));
    await refused(early, /were written before the backup/);
  });

  it("is refused with a checkpoint that the log did not sign", async () => {
    const signer = createNoteSigner("log.example", createSigner(new Uint8Array(32).fill(9)));
    const own = signCheckpoint(parseCheckpoint(parseNote(note).text), [signer]);
    await refused(deletions, /not signed by a key of the log/, { checkpoint: own });
    // Nor one that the log signed, where whoever restores has another key in hand.
    const logKey = formatVerifierKey(signer);
    await refused(deletions, /not signed by a key of the log/, { checkpoint: note, logKey });
    const unsigned = await forged(({ table, row }) => ({
      table,
      row:
        table === "ledger_checkpoints"
          ? { ...row, note: signCheckpoint(parseCheckpoint(parseNote(String(row.note)).text), [signer]) }
          : row,
    }));
    await refused(unsigned, /newest checkpoint is not signed by a key of the log/);
  });

  it("is a folder, and of one writer at a time", async () => {
    await expect(writeDeletions(running.database, full)).rejects.toMatchObject({ code: "E_OPTION" });
    const lock = await lockDirectory(deletions);
    await expect(writeDeletions(running.database, deletions)).rejects.toMatchObject({ code: "E_LOCKED" });
    await lock.release();
  });

  it("is not gone on with for another ledger", async () => {
    await expect(writeDeletions(fresh(), deletions)).rejects.toMatchObject({
      code: "E_LEDGER",
      message: expect.stringMatching(/of another ledger/),
    });
  });
});
