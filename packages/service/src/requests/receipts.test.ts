import { createSigner, type Signer } from "expunge";
import { selectRows, sourceOf } from "expunge/data";
import { verify } from "expunge/verify";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { syntheticDataset } from "../../../../test/synthetic.js";
import { DATABASES, databaseLocation } from "../../testing/databases.js";
import { openTestService, signer, type TestService } from "../../testing/test-service.js";
import { newId } from "../database/ids.js";
import { certificates, certifiedSubjects, namedSubjects } from "../database/tables.js";
import type { DeletionRequest } from "./deletion-request.js";
import type { SubjectReceipt } from "./receipts.js";

const dataset = syntheticDataset({ rowCount: 400 });
const people = [...new Set(dataset.subjects as readonly string[])];
const rowsOf = (subject: string): number[] =>
  (dataset.subjects as readonly string[]).flatMap((name, row) => (name === subject ? [row] : []));
const options = { epsilon: 1, delta: 1e-4, epochs: 2, batchSize: 20, maxSteps: 1000 };

describe.each(DATABASES)("on %s", (kind) => {
  const location = databaseLocation(kind);
  let opened: TestService | undefined;
  let { database, service, tenantId, datasetId, work } = {} as TestService;
  let modelId: string;

  beforeEach(async () => {
    opened = await openTestService(location(), dataset);
    ({ database, service, tenantId, datasetId, work } = opened);
    modelId = (await service.createModel(tenantId, { name: "m", datasetId, options })).id;
    await work();
  });
  afterEach(() => opened?.close());

  const submit = async (subjects: string[], more: Partial<DeletionRequest> = {}): Promise<string> =>
    (await service.submit(tenantId, { datasetId, subjects, ...more })).request.id;

  /** Whom the certificate of a request names, by count; it verifies, and every subject finds itself in it. */
  async function certified(id: string, subjects: readonly string[]): Promise<number> {
    const request = await service.getRequest(tenantId, id);
    expect(request.state).toBe("completed");
    const found = await service.receipts(tenantId, id, subjects);
    let count = -1;
    for (const [i, receipts] of found.entries()) {
      expect(receipts).toHaveLength(1);
      const { certificateId, salt, proof } = receipts[0] as SubjectReceipt;
      const { envelope } = await service.getCertificate(tenantId, certificateId);
      const subject = { id: subjects[i] as string, salt, proof, asked: request.kind };
      const { ok, issues, statement } = verify(envelope, { publicKey: signer.publicKey, subject });
      expect({ ok, issues }).toEqual({ ok: true, issues: [] });
      if (certificateId === request.tasks[0]?.certificateId)
        count = statement?.predicate.request.subjects.count as number;
    }
    return count;
  }

  describe("a certificate verifies, and names whoever lost rows once,", () => {
    it("where one subject is named twice", async () => {
      const [ann, bob] = people as [string, string];
      const id = await submit([ann, bob, ann]);
      await work();
      expect(await certified(id, [ann, bob])).toBe(2);
    });

    it("where a subject is named together with one who was forgotten before", async () => {
      const [ann, bob] = people as [string, string];
      const first = await submit([ann]);
      await work();
      const second = await submit([ann, bob]);
      await work();
      expect(await certified(second, [bob])).toBe(1);
      // Ann is in the certificate of that time, and both requests lead there.
      const [[early], [late]] = [
        await service.receipts(tenantId, first, [ann]),
        await service.receipts(tenantId, second, [ann]),
      ];
      expect(late).toEqual(early);
      expect(await certified(second, [ann, bob])).toBe(1);
    });

    it("where two requests at once name one subject", async () => {
      const [ann, bob] = people as [string, string];
      const both = [await submit([ann]), await submit([bob, ann])];
      await work();
      for (const id of both) expect(await certified(id, [ann])).toBe(2);
      expect(await certified(both[1] as string, [bob, ann])).toBe(2);
    });

    it("where a data set's ids have a form, by any spelling", async () => {
      const shouted = people.map((id) => ` ${id.toUpperCase()}`);
      const subjects = (dataset.subjects as string[]).map((id, row) =>
        row % 2 === 0 ? id : ` ${id.toUpperCase()}`,
      );
      const source = sourceOf({ ...dataset, subjects, subjectForm: "NFC-trim-lower-case" });
      datasetId = (await service.createDataset(tenantId, { name: "formed", source, schema: null })).id;
      modelId = (await service.createModel(tenantId, { name: "m", datasetId, options })).id;
      await work();
      const id = await submit([shouted[0] as string, people[0] as string]);
      await work();
      expect((await service.getRequest(tenantId, id)).rowCount).toBe(rowsOf(people[0] as string).length);
      expect(await certified(id, [people[0] as string, shouted[0] as string])).toBe(1);
    });

    it("where rows are named by number beside them", async () => {
      const [ann, bob] = people as [string, string];
      await service.submit(tenantId, { datasetId, rows: [...rowsOf(bob), 200] });
      const id = await submit([ann]);
      await work();
      expect(await certified(id, [ann])).toBe(1);
    });
  });

  it("a receipt tells of nobody else, though a batch is certified together", async () => {
    const batch = people.slice(0, 20);
    const ids = [await submit(batch.slice(0, 15)), await submit(batch.slice(15))];
    await work();
    const receipts = [
      ...(await service.receipts(tenantId, ids[0] as string, batch.slice(0, 15))),
      ...(await service.receipts(tenantId, ids[1] as string, batch.slice(15))),
    ].flat();
    expect(new Set(receipts.map(({ salt }) => salt)).size).toBe(20);
    expect(new Set(receipts.map(({ certificateId }) => certificateId)).size).toBe(1);
    const { envelope } = await service.getCertificate(tenantId, receipts[0]?.certificateId as string);
    const check = (id: string, { salt, proof }: SubjectReceipt): boolean =>
      verify(envelope, { publicKey: signer.publicKey, subject: { id, salt, proof } }).ok;
    for (const [i, id] of batch.entries()) {
      expect(check(id, receipts[i] as SubjectReceipt)).toBe(true);
      // Whoever guesses another id of the batch learns nothing from a receipt of their own.
      for (const [k, other] of batch.entries())
        if (k !== i) expect(check(other, receipts[i] as never)).toBe(false);
    }
  });

  it("receipts are for whoever can name the subject of the request, as long as the data set is there", async () => {
    const [ann, bob] = people as [string, string];
    const id = await submit([ann]);
    expect(await service.receipts(tenantId, id, [ann])).toEqual([[]]);
    await work();
    await expect(service.receipts(tenantId, id, [ann, bob])).rejects.toMatchObject({
      code: "E_UNKNOWN_SUBJECT",
      message: expect.stringMatching(/^subjects\[1\] /),
    });
    await expect(service.receipts(newId(), id, [ann])).rejects.toMatchObject({ code: "E_NOT_FOUND" });
    await expect(service.receipts(tenantId, id, [])).rejects.toMatchObject({ code: "E_OPTION" });
    await service.deleteModel(tenantId, modelId);
    expect((await service.receipts(tenantId, id, [ann]))[0]).toHaveLength(1);
    await service.deleteDataset(tenantId, datasetId);
    await expect(service.receipts(tenantId, id, [ann])).rejects.toMatchObject({ code: "E_CONFLICT" });
    for (const table of [namedSubjects, certifiedSubjects]) {
      const left = await database.queries.select().from(table);
      expect(left.filter((row) => row.requestId === id)).toEqual([]);
    }
  });

  describe("receipts lead to the certificate of the request, not to another of the same person,", () => {
    const [ann, bob] = people as [string, string];
    const certificatesOf = async (id: string, who: string): Promise<(string | undefined)[]> =>
      (await service.receipts(tenantId, id, [who]))[0]!.map(({ certificateId }) => certificateId);
    const own = async (id: string) => (await service.getRequest(tenantId, id)).tasks[0]?.certificateId;
    const rowOf = (subject: string) => ({ ...selectRows(dataset, Uint32Array.of(7)), subjects: [subject] });

    it("where she was corrected and then deleted", async () => {
      // Of one row, so that the correction names her.
      const ann = "ann@example.com";
      await service.addRows(tenantId, datasetId, { source: sourceOf(rowOf(ann)) });
      await service.learn(tenantId, modelId, { steps: 5 });
      await work();
      const to = sourceOf(rowOf(ann));
      const corrected = (await service.correct(tenantId, { datasetId, to })).request.id;
      await work();
      const deleted = await submit([ann]);
      await work();
      expect(await own(deleted)).not.toBe(await own(corrected));
      for (const id of [corrected, deleted]) expect(await certificatesOf(id, ann)).toEqual([await own(id)]);
      for (const id of [corrected, deleted]) await certified(id, [ann]);
      // Named once more she is in the certificate of her deletion, not in that of her correction.
      const again = await submit([ann]);
      await work();
      expect(await certificatesOf(again, ann)).toEqual([await own(deleted)]);
    });

    it("where he was deleted, came again and was deleted before the model learned his new row", async () => {
      const add = () => service.addRows(tenantId, datasetId, { source: sourceOf(rowOf(bob)) });
      const first = await submit([bob]);
      await work();
      await add();
      const waiting = await submit([bob, ann]);
      await work();
      expect(await own(waiting)).not.toBeNull();
      expect([await certificatesOf(waiting, bob), await certificatesOf(waiting, ann)]).toEqual([
        [],
        [await own(waiting)],
      ]);
      await add();
      await service.learn(tenantId, modelId, { steps: 5 });
      await work();
      const second = await submit([bob]);
      await work();
      for (const id of [first, second]) expect(await certificatesOf(id, bob)).toEqual([await own(id)]);
    });
  });

  it("subjects whom nobody knows are refused or skipped, by place", async () => {
    const [ann, bob] = people as [string, string];
    const named = ["nobody", ann, "no one", bob];
    await expect(submit(named)).rejects.toMatchObject({
      code: "E_UNKNOWN_SUBJECT",
      message: expect.stringMatching(/^subjects\[0\] \(and 1 more of the 4 named\)/),
      details: { index: 0, indices: [0, 2], count: 2 },
    });
    await expect(submit(["nobody"], { unknown: "skip" })).rejects.toMatchObject({
      code: "E_UNKNOWN_SUBJECT",
    });
    const asked = { datasetId, subjects: named, unknown: "skip", idempotencyKey: "a" } as const;
    expect(
      (await service.preview(tenantId, { datasetId, subjects: named, unknown: "skip" })).unknown,
    ).toEqual([0, 2]);
    const taken = await service.submit(tenantId, asked);
    expect(taken.unknown).toEqual([0, 2]);
    expect(await service.submit(tenantId, asked)).toMatchObject({ isRepeated: true, unknown: [0, 2] });
    await expect(service.submit(tenantId, { ...asked, unknown: "refuse" })).rejects.toMatchObject({
      code: "E_UNKNOWN_SUBJECT",
    });
    await work();
    expect(await certified(taken.request.id, [ann, bob])).toBe(2);
    const rows = service.submit(tenantId, { datasetId, rows: [1], unknown: "skip" });
    await expect(rows).rejects.toMatchObject({ code: "E_OPTION" });
  });

  it("a certificate that would not verify is never stored, and nothing of its request is done", async () => {
    const id = await submit([people[0] as string]);
    const before = await service.getModel(tenantId, modelId);
    const weights = await service.weights(tenantId, modelId);
    const other = createSigner(new Uint8Array(32).fill(4));
    const failures: Error[] = [];
    const wrong: Signer = { ...signer, publicKey: other.publicKey };
    await work({ signer: async () => wrong, onFailure: ({ error }) => void failures.push(error) });
    expect(failures[0]).toMatchObject({
      code: "E_ASSUMPTION",
      message: expect.stringMatching(/would not verify \(SIGNATURE/),
    });
    const stored = await database.queries.select().from(certificates);
    expect(stored.filter((one) => one.modelId === modelId)).toEqual([]);
    expect((await service.getModel(tenantId, modelId)).timeline).toEqual(before.timeline);
    expect(await service.weights(tenantId, modelId)).toEqual(weights);
    expect((await service.getRequest(tenantId, id)).state).toBe("running");
    await work();
    expect(await certified(id, [people[0] as string])).toBe(1);
  });
});
