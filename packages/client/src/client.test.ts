import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commitToRequest, decodeEntry, decodeEntryBundle, parseCheckpoint, parseNote } from "expunge/ledger";
import { verify } from "expunge/verify";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { checkInLedger } from "../../expunge/src/cli/ledger-evidence.js";
import { listen } from "../../service/src/http/server.js";
import {
  startTestServer,
  TEST_FIT,
  TEST_SCHEMA,
  type TestServer,
  testTable,
} from "../../service/testing/test-server.js";
import { type Client, ClientError, createClient, everyItem } from "./index.js";

let server: TestServer;
let url: string;
let folder: string;
let datasetId: string;
let modelId: string;
const { csv, subjects } = testTable();
const as = (role: "submit" | "train" | "audit" | "admin"): Client =>
  createClient({ url, key: server.keys[role] });

const sizeOf = (checkpoint: string): number => parseCheckpoint(parseNote(checkpoint).text).size;
const cellsOf = (table: string): number[][] =>
  table
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split(",").slice(1).map(Number));
const rowsOf = (table: string): number[][] => cellsOf(table).map((cells) => cells.slice(0, -1));
const labelsOf = (table: string): number[] => cellsOf(table).map((cells) => cells.at(-1) as number);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "expunge-client-"));
  server = await startTestServer();
  url = await listen(server.app, { port: 0 });
  const client = as("train");
  datasetId = (await client.datasets.create({ name: "people", schema: TEST_SCHEMA, data: csv })).id;
  const model = await client.models.create({ name: "m", datasetId, options: TEST_FIT });
  modelId = model.id;
  const waiting = client.models.wait(modelId, { everyMs: 20 });
  await server.work();
  expect((await waiting).state).toBe("ready");
}, 120_000);
afterAll(async () => {
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

describe("the client", () => {
  it("reaches every part of the API", async () => {
    const train = as("train");
    expect((await train.datasets.get(datasetId)).description?.rowCount).toBe(200);
    expect((await train.datasets.list({ limit: 1 })).items).toHaveLength(1);
    const one = await train.datasets.create({ name: "more people", schema: TEST_SCHEMA, data: csv });
    const names: string[] = [];
    for await (const { name } of everyItem(train.datasets.list, { limit: 1 })) names.push(name);
    expect(names.sort()).toEqual(["more people", "people"]);
    await train.datasets.delete(one.id);
    expect((await train.models.list()).items[0]).toMatchObject({
      holds: null,
      timeline: { requestCount: 0 },
    });
    const { labels } = await train.models.predict(modelId, [[0.1, 0.2, 0.3]]);
    expect(await train.models.evaluate(modelId, [[0.1, 0.2, 0.3]], labels)).toMatchObject({ accuracy: 1 });
    expect((await train.models.weights(modelId)).length).toBeGreaterThan(10);

    const submit = as("submit");
    expect((await submit.requests.preview({ datasetId, rows: [5] })).rowCount).toBe(1);
    const { request } = await submit.requests.submit({ datasetId, rows: [5] });
    expect((await submit.requests.list({ state: "accepted" })).items[0]?.id).toBe(request.id);
    expect((await submit.requests.cancel(request.id)).state).toBe("cancelled");
    const input = { rowCount: 100, batchSize: 10, epochs: 2, l2: 0.1, smoothness: 0.25, lipschitz: 1 };
    expect((await submit.plan({ ...input, epsilon: 1, delta: 1e-5, sigma: 1 })).epsilon).toBeLessThanOrEqual(
      1,
    );
    const onRelease = await submit.planOnRelease({ ...input, epsilon: 1, delta: 1e-5, maxNoise: 10 });
    expect(onRelease.requests[0]?.noise).toBeLessThanOrEqual(10);

    const admin = as("admin");
    const { id, key } = await admin.keys.create({ role: "audit", label: "x" });
    expect((await createClient({ url, key }).certificates.list()).items).toEqual([]);
    await admin.keys.revoke(id);
    expect((await admin.keys.list()).items).toContainEqual(
      expect.objectContaining({ id, revokedAt: expect.any(String) }),
    );
    expect(sizeOf(await admin.ledger.checkpoint())).toBe(0);
    expect((await admin.keySet()).keys).toEqual([expect.objectContaining({ kty: "OKP", crv: "Ed25519" })]);
  });

  it("says whose key it is", async () => {
    expect(await as("audit").me()).toEqual({
      tenantId: server.tenantId,
      tenant: "first",
      role: "audit",
      label: "audit",
    });
  });

  it("adds rows, teaches, corrects and forgets; every certificate verifies, in the ledger too", async () => {
    const [train, submit, audit] = [as("train"), as("submit"), as("audit")];
    const { id: datasetId } = await train.datasets.create({ name: "life", schema: TEST_SCHEMA, data: csv });
    expect(await train.datasets.schema(datasetId)).toMatchObject({ task: "binary", subject: "who" });
    const schedule = { everyHours: 24, epochs: 2 };
    const { id } = await train.models.create({ name: "life", datasetId, options: TEST_FIT, schedule });
    await server.work();
    const row = { who: "new@example.com", x0: 0.5, x1: -0.25, x2: 0.125, label: "1" };
    const one = await train.datasets.addRows(datasetId, [row], { idempotencyKey: "k" });
    expect(one).toMatchObject({ firstRow: 200, rowCount: 1, isRepeated: false });
    expect((await train.datasets.addRows(datasetId, [row], { idempotencyKey: "k" })).isRepeated).toBe(true);
    const [head, ...lines] = csv.trim().split("\n") as [string, ...string[]];
    const table = [head, ...lines.slice(0, 5).map((line) => `more-${line}`)].join("\n");
    expect(await train.datasets.addRows(datasetId, new Blob([table]))).toMatchObject({
      firstRow: 201,
      rowCount: 5,
    });
    for (const [rows, code, message] of [
      [[{ ...row, x1: "far" }], "E_DATA", /rows\[0\].*column "x1"/],
      [[row, { ...row, extra: 1 }], "E_REQUEST", /rows\[1\]/],
      [[{ ...row, label: "7" }], "E_DATA", /rows\[0\].*column "label"/],
      [`${head}\n`, "E_DATA", /at least one row/],
    ] as const)
      await expect(train.datasets.addRows(datasetId, rows as never)).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message),
      });
    expect(await train.models.get(id)).toMatchObject({ waitingRowCount: 6, schedule });
    expect(await train.models.previewLesson(id, { steps: 20 })).toMatchObject({
      ...{ modelId: id, rowCount: 6, claimedRowCount: 0, steps: 20, holds: null, privacyAfter: null },
    });
    const asked = await train.models.learn(id, { steps: 20 });
    const given = train.models.waitForLesson(asked, { everyMs: 10 });
    await server.work();
    expect(await given).toMatchObject({ state: "done", rowCount: 6, version: 2 });
    expect((await train.models.lessons(id)).items).toHaveLength(1);
    expect(await train.models.setSchedule(id, null)).toMatchObject({
      schedule: null,
      waitingRowCount: 0,
      timeline: { joinedCount: 6, lessonCount: 1, steps: 40 },
    });
    const to = [{ ...row, x0: -0.5 }];
    expect((await submit.requests.previewCorrection({ datasetId, to })).rowCount).toBe(1);
    const corrected = await submit.requests.correct(
      { datasetId, to, reference: "r-1" },
      { idempotencyKey: "c" },
    );
    const gone = await submit.requests.submit({ datasetId, subjects: [subjects[0] as string] });
    await server.work();
    const releases = (await train.models.releases(id)).items;
    expect(releases.map(({ kind, joinedCount }) => [kind, joinedCount])).toEqual([
      ["deletion", 0],
      ["correction", 1],
      ["lesson", 6],
      ["training", 200],
    ]);
    const publicKey = Buffer.from((await audit.keySet()).keys[0]?.x as string, "base64url");
    const logKeys = (await audit.ledger.keys()).keys;
    for (const { request } of [corrected, gone]) {
      const done = await submit.requests.get(request.id);
      const certificateId = done.tasks[0]?.certificateId as string;
      const { envelope } = await submit.certificates.get(certificateId);
      const proof = join(folder, "certificate.tlog-proof");
      await writeFile(proof, await submit.certificates.proof(certificateId));
      const text = JSON.stringify(envelope);
      expect(verify(text, { publicKey })).toMatchObject({ ok: true, issues: [] });
      const place = await checkInLedger(text, { ledger: proof, logKey: logKeys[0] as string });
      expect(place).toMatchObject({ ok: true, issues: [] });
    }
    const [receipt] = (await submit.requests.receipts(corrected.request.id, { subjects: [row.who] })).items;
    expect(receipt?.receipts).toHaveLength(1);
    await train.models.delete(id);
    await train.datasets.delete(datasetId);
  }, 60_000);

  it("shows every release, scored on rows of its own", async () => {
    const train = as("train");
    const evaluation = await train.datasets.create({ name: "held out", schema: TEST_SCHEMA, data: csv });
    const input = { name: "scored", datasetId, options: TEST_FIT };
    await expect(train.models.create({ ...input, evaluationDatasetId: datasetId })).rejects.toMatchObject({
      code: "E_OPTION",
    });
    const { id } = await train.models.create({ ...input, evaluationDatasetId: evaluation.id });
    await server.work();
    await as("submit").requests.submit({ datasetId, rows: [7] });
    await server.work();
    const { items } = await train.models.releases(id);
    expect(items).toMatchObject([
      { version: 2, requestCount: 1, rowCount: 1, accuracy: expect.any(Number), retrainSteps: 20 },
      { version: 1, requestCount: 0, rowCount: 0, certificateId: null, accuracy: expect.any(Number) },
    ]);
    const { labels } = await train.models.predict(id, rowsOf(csv));
    const right = labels.filter((label, i) => label === labelsOf(csv)[i]).length;
    expect(items[0]?.accuracy).toBeCloseTo(right / labels.length, 12);
    const measured = await train.models.releaseEvaluation(id, 2);
    expect(measured).toMatchObject({ task: "binary", rowCount: labels.length, accuracy: items[0]?.accuracy });
    // The rows are the same, so the release in force says of them what the model does.
    expect(await train.models.evaluate(id, rowsOf(csv), labelsOf(csv))).toEqual(measured);
    expect((await train.models.releaseEvaluation(id, 1))?.rowCount).toBe(labels.length);
    await expect(train.models.releaseEvaluation(id, 3)).rejects.toMatchObject({ code: "E_NOT_FOUND" });
    expect(
      await train.models.releaseEvaluation((await train.models.list()).items.at(-1)?.id as string, 1),
    ).toBeNull();
    expect(items[0]?.steps).toBe((items[1]?.steps ?? 0) + (items[0]?.unlearnSteps ?? 0));
    const versions: number[] = [];
    const list = (query: { after?: string; limit?: number }) => train.models.releases(id, query);
    for await (const { version } of everyItem(list, { limit: 1 })) versions.push(version);
    expect(versions).toEqual([2, 1]);
    // A model that is scored says what a request would do to the score.
    const preview = await as("submit").requests.preview({ datasetId, rows: [8] });
    const cost = preview.models.find((one) => one.modelId === id);
    expect(cost?.score).toBeCloseTo(right / labels.length, 12);
    expect(cost?.trades.every(({ expectedScore }) => expectedScore === null || expectedScore <= 1)).toBe(
      true,
    );
    const chosen = cost?.trades.find(({ isChosen }) => isChosen);
    if (chosen?.expectedScore != null)
      expect(cost?.expectedScoreChange).toBeCloseTo(chosen.expectedScore - (cost?.score as number), 12);
  });

  it("lets whoever asked find the request in the ledger, and nobody else", async () => {
    const asked = { datasetId, subjects: [subjects[50] as string] };
    const { request, ledgerSalt } = await as("submit").requests.submit(asked);
    await server.work();
    const { ledger } = as("audit");
    const size = sizeOf(await ledger.checkpoint());
    expect(await ledger.consistency(1, size)).toMatchObject({ to: size });
    const bundle = decodeEntryBundle(await ledger.tile(`tile/entries/000.p/${size}`), size);
    const entries = bundle.map((entry) => decodeEntry(entry));
    const mine = entries.find((entry) => entry.kind === "request" && entry.requestId === request.id);
    expect(mine).toMatchObject({ commitment: commitToRequest(asked, ledgerSalt as string) });
    const other = { datasetId, subjects: [subjects[51] as string] };
    expect(mine).not.toMatchObject({ commitment: commitToRequest(other, ledgerSalt as string) });
  });

  it("deletes a model, which frees what requests ask of it, and then its data", async () => {
    const train = as("train");
    const data = await train.datasets.create({ name: "short", schema: TEST_SCHEMA, data: csv });
    const { id } = await train.models.create({ name: "gone", datasetId: data.id, options: TEST_FIT });
    await server.work();
    const { request } = await as("submit").requests.submit({ datasetId: data.id, rows: [3] });
    await expect(train.datasets.delete(data.id)).rejects.toMatchObject({ code: "E_CONFLICT" });
    await train.models.delete(id);
    await expect(train.models.get(id)).rejects.toMatchObject({ code: "E_NOT_FOUND" });
    await expect(train.models.predict(id, [[1, 2, 3]])).rejects.toMatchObject({ code: "E_NOT_FOUND" });
    await expect(train.models.delete(id)).rejects.toMatchObject({ code: "E_NOT_FOUND" });
    const done = await as("submit").requests.get(request.id);
    expect(done).toMatchObject({ state: "completed", tasks: [{ state: "done", certificateId: null }] });
    await train.datasets.delete(data.id);
    await expect(train.datasets.get(data.id)).rejects.toMatchObject({ code: "E_NOT_FOUND" });
    const again = as("submit").requests.submit({ datasetId: data.id, rows: [4] });
    await expect(again).rejects.toMatchObject({ code: "E_NOT_FOUND" });
    const countOf = async (table: string, column: string, of: string): Promise<number> => {
      const query = `select count(*)::int as count from ${table} where ${column} = $1`;
      const { rows } = await server.database.executor.executeSql(query, [of]);
      return (rows[0] as { count: number }).count;
    };
    for (const table of ["dataset_pages", "owners", "claimed_rows"])
      expect(await countOf(table, "dataset_id", data.id), table).toBe(0);
    for (const table of ["model_pages", "model_order"])
      expect(await countOf(table, "model_id", id), table).toBe(0);
  });

  it("watches: what is, and then what changes", async () => {
    const stop = new AbortController();
    const seen: number[] = [];
    for await (const { requests, models } of as("audit").events({ signal: stop.signal })) {
      expect(models.some(({ id }) => id === modelId)).toBe(true);
      seen.push(requests.accepted);
      if (seen.length === 1) await as("submit").requests.submit({ datasetId, rows: [9] });
      else if (requests.accepted > (seen[0] as number)) stop.abort();
    }
    expect(seen.at(-1)).toBe((seen[0] as number) + 1);
    await server.work();
    const wrong = createClient({ url, key: "wrong" }).events();
    await expect(wrong.next()).rejects.toMatchObject({ status: 401 });
  });

  it("throws what the server says, with its code", async () => {
    const refused = await as("audit")
      .requests.submit({ datasetId, rows: [1] })
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ClientError);
    expect(refused).toMatchObject({
      code: "E_FORBIDDEN",
      status: 403,
      details: { requestId: expect.any(String) },
    });
    await expect(as("submit").requests.get("none")).rejects.toMatchObject({
      code: "E_NOT_FOUND",
      status: 404,
    });
    const form = as("submit").requests.submit({ datasetId });
    await expect(form).rejects.toMatchObject({
      code: "E_REQUEST",
      details: { errors: [{ path: "/subjects" }] },
    });
  });

  it("says when nobody answers, and never sends its key elsewhere", async () => {
    const nobody = createClient({ url: "http://127.0.0.1:1", key: "k" });
    await expect(nobody.keys.list()).rejects.toMatchObject({ code: "E_NETWORK", status: 0 });
    const fetch = vi.fn(async () => new Response("not json", { status: 502 }));
    const odd = createClient({ url, key: "k", fetch });
    await expect(odd.keys.list()).rejects.toMatchObject({ code: "E_NETWORK", status: 502 });
    expect(fetch.mock.calls[0]).toMatchObject([expect.any(String), { redirect: "error" }]);
  });

  it("stops waiting when it is told to", async () => {
    const waiting = as("submit").requests.wait("x", { signal: AbortSignal.abort() });
    await expect(waiting).rejects.toMatchObject({ code: "E_ABORTED" });
  });
});

/** The example with this source in place of the package, which may not be built. */
async function loadExample() {
  const text = await readFile(join(import.meta.dirname, "../../../examples/delete-account.mjs"), "utf8");
  const body = text
    .replaceAll(/^import (\{[^}]*\}) from "([^"]+)";$/gm, 'const $1 = await load("$2");')
    .replaceAll(/^export /gm, "")
    .replace(/^if \(process\.argv.*$/ms, "return { forget, openAccounts, readKeySet };");
  const load = (name: string): Promise<unknown> => {
    if (name === "@expunge/client") return import("./index.js");
    return name === "expunge/verify" ? import("expunge/verify") : import(name);
  };
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
  return AsyncFunction("load", body)(load);
}

describe("examples/delete-account.mjs", () => {
  it("deletes an account, sends the request, keeps the certificate, and it verifies", async () => {
    const { forget, openAccounts, readKeySet } = await loadExample();
    const email = subjects[30] as string;
    const file = join(folder, "accounts.json");
    await writeFile(file, JSON.stringify({ users: { [email]: {} }, outbox: [] }));
    const accounts = openAccounts(file);
    const entry = await accounts.delete(email);
    expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({ users: {}, outbox: [{ email }] });
    const client = as("submit");
    const keySet = join(folder, "expunge-keys.json");
    await writeFile(keySet, JSON.stringify(await client.keySet()));
    const keys = await readKeySet(keySet);
    const certificates = join(folder, "certificates");
    const forgetting = forget(client, { entry, datasetId, keys, folder: certificates, everyMs: 20 });
    while ((await client.requests.list()).items[0]?.state !== "accepted") await new Promise(setImmediate);
    await server.work();
    const kept = await forgetting;
    // Every model trained on the data set has one.
    expect(kept).toHaveLength(2);
    expect(kept).toContainEqual(expect.objectContaining({ modelId, delta: TEST_FIT.delta }));
    expect(kept[0].epsilon).toBeLessThanOrEqual(TEST_FIT.epsilon);
    expect(kept[0].against).toBe("independent");
    // Each with the receipt beside it.
    expect(await readdir(certificates)).toHaveLength(4);
    await accounts.done(entry.id);
    expect(await accounts.outbox()).toEqual([]);
    const stranger = { id: "another", email: "nobody@example.com" };
    expect(await forget(client, { entry: stranger, datasetId, keys, folder: certificates })).toEqual([]);
  });
});
