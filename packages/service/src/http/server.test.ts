import { checkSignatures, parseNote, parseVerifierKey } from "expunge/ledger";
import { verify } from "expunge/verify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  formOf,
  startTestServer,
  TEST_FIT,
  TEST_SCHEMA,
  type TestServer,
  testTable,
  trainTestModel,
} from "../../testing/test-server.js";
import { findSlots } from "../rows/model-order.js";

let server: TestServer;
let datasetId: string;
let modelId: string;
const { csv, subjects } = testTable();

beforeAll(async () => {
  server = await startTestServer({ isLedgerPublic: false });
  ({ datasetId, modelId } = await trainTestModel(server));
});
afterAll(() => server?.close());

describe("data sets", () => {
  it("are stored from an upload, gzipped or not", async () => {
    const { body, statusCode } = await server.call("train", `GET /v1/datasets/${datasetId}`);
    expect(statusCode).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ name: "people", state: "ready", hasSubjects: true });
    expect(JSON.parse(body).description).toMatchObject({ rowCount: 200, featureNames: ["x0", "x1", "x2"] });
    const { gzipSync } = await import("node:zlib");
    const form = formOf({ name: "zipped", schema: JSON.stringify(TEST_SCHEMA), data: gzipSync(csv) });
    const zipped = await server.call("train", "POST /v1/datasets", form);
    expect(zipped.statusCode, zipped.body).toBe(201);
    expect(zipped.json().description.rowCount).toBe(200);
  });

  it("are listed page by page", async () => {
    const first = await server.call("audit", "GET /v1/datasets?limit=1");
    expect(first.json().items).toHaveLength(1);
    const next = await server.call("audit", `GET /v1/datasets?limit=1&after=${first.json().next}`);
    expect(next.json().items[0].id).not.toBe(first.json().items[0].id);
  });

  it.each([
    { what: "no name", parts: { schema: JSON.stringify(TEST_SCHEMA), data: csv }, code: "E_REQUEST" },
    { what: "no schema", parts: { name: "a", data: csv }, code: "E_REQUEST" },
    { what: "no data", parts: { name: "a", schema: JSON.stringify(TEST_SCHEMA) }, code: "E_REQUEST" },
    { what: "a strange part", parts: { other: "a" }, code: "E_REQUEST" },
    { what: "a schema that is none", parts: { name: "a", schema: "{", data: csv }, code: "E_SCHEMA" },
    { what: "a zero byte", parts: { name: "a", schema: '{"a":"\\u0000"}', data: csv }, code: "E_SCHEMA" },
    {
      what: "no header",
      parts: { name: "a", schema: JSON.stringify(TEST_SCHEMA), data: csv.slice(csv.indexOf("\n") + 1) },
      code: "E_SCHEMA",
    },
    {
      what: "a bad cell",
      parts: {
        name: "a",
        schema: JSON.stringify(TEST_SCHEMA),
        data: csv.replace(/,-?1\n/, ",secret-cell\n"),
      },
      code: "E_DATA",
    },
  ])("with $what are refused, and nothing of a row is said", async ({ parts, code }) => {
    const form = formOf(parts as unknown as Record<string, string>);
    const answer = await server.call("train", "POST /v1/datasets", form);
    expect(answer.statusCode, answer.body).toBe(422);
    expect(answer.headers["content-type"]).toContain("application/problem+json");
    expect(answer.json()).toMatchObject({ code, status: 422 });
    expect(answer.body).not.toMatch(/secret-cell|person-|\/tmp/);
  });

  it("leave no file behind", async () => {
    const { readdir } = await import("node:fs/promises");
    const { tmpdir } = await import("node:os");
    const own = (await readdir(tmpdir())).filter((name) => name.startsWith(`expunge-train-${process.pid}-`));
    expect(own).toEqual([]);
  });

  it("that are no form, or a broken one, are refused", async () => {
    const json = await server.call("train", "POST /v1/datasets", { payload: {} });
    expect(json.statusCode).toBe(415);
    const { headers, payload } = formOf({ name: "a" });
    const cut = await server.call("train", "POST /v1/datasets", {
      headers,
      payload: payload.subarray(0, -10),
    });
    expect([cut.statusCode, cut.json().code]).toEqual([400, "E_SYNTAX"]);
  });
});

describe("models", () => {
  it("say what is proved of them now", async () => {
    const answer = await server.call("train", `GET /v1/models/${modelId}`);
    expect(answer.json()).toMatchObject({ state: "ready", datasetId, failure: null });
    // Noise comes on release: of records in use nothing is proved, and of nobody until somebody asks.
    expect(answer.json()).toMatchObject({
      holds: null,
      meaning: expect.stringMatching(/certifies nothing about anybody yet/),
      privacy: null,
      disclosure: null,
      timeline: { steps: 20, requestCount: 0, deletedCount: 0, releaseCount: 0, certificateId: null },
      plan: {
        version: 2,
        requesters: "independent",
        noise: { kind: "on-release", most: 0.03 },
        limit: null,
        process: { radius: expect.any(Number) },
        kernel: "float64",
      },
    });
    expect(answer.json().plan.seed).toBeUndefined();
    expect(answer.json().timeline.history).toBeUndefined();
    expect((await server.call("train", "GET /v1/models")).json().items).toHaveLength(1);
  });

  it("predict, are scored, and give their weights", async () => {
    const payload = {
      rows: [
        [0.5, 0, 0],
        [-0.5, 0, 0],
      ],
    };
    const predicted = await server.call("train", `POST /v1/models/${modelId}/predict`, { payload });
    expect(predicted.statusCode, predicted.body).toBe(200);
    expect(predicted.json().labels).toHaveLength(2);
    expect(predicted.json().probabilities).toHaveLength(2);
    expect(predicted.json().names).toEqual(predicted.json().labels.map(String));
    const labels = predicted.json().labels;
    const scored = await server.call("train", `POST /v1/models/${modelId}/evaluate`, {
      payload: { ...payload, labels },
    });
    expect(scored.json()).toMatchObject({ task: "binary", rowCount: 2, accuracy: 1, balancedAccuracy: 1 });
    const wrong = await server.call("train", `POST /v1/models/${modelId}/evaluate`, {
      payload: { ...payload, labels: [1, 7] },
    });
    expect(wrong.statusCode).toBe(422);
    expect(wrong.json().detail).toContain("labels[1] = 7");
    const weights = await server.call("train", `GET /v1/models/${modelId}/weights`);
    expect(weights.headers["content-type"]).toBe("application/octet-stream");
    const expected = await server.service.weights(server.tenantId, modelId);
    expect(weights.rawPayload.equals(Buffer.from(expected))).toBe(true);
  });

  it.each([
    [{ name: "m", options: TEST_FIT }, "E_REQUEST", 422],
    [{ name: "m", datasetId: "x", options: TEST_FIT, more: 1 }, "E_REQUEST", 422],
    [{ name: "m", datasetId: "x", options: { ...TEST_FIT, seed: 1 } }, "E_REQUEST", 422],
    [{ name: "m", datasetId: "x", options: { ...TEST_FIT, kernel: "reference" } }, "E_REQUEST", 422],
    [{ name: "m", datasetId: "x", options: { ...TEST_FIT, requesters: "anybody" } }, "E_REQUEST", 422],
    [{ name: "m", datasetId: "x", options: TEST_FIT }, "E_NOT_FOUND", 404],
  ])("are refused: %j", async (payload, code, status) => {
    const answer = await server.call("train", "POST /v1/models", { payload });
    expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
  });

  it("are refused where options contradict each other", async () => {
    for (const more of [
      { sigma: 1, unlearnSteps: 5 },
      { noise: "on-release", sigma: 1 },
      { noise: "every-step", maxNoise: 1 },
      { requesters: "adaptive" },
      { requesters: "adaptive", adaptiveEpsilon: 1, noise: "on-release" },
      { adaptiveEpsilon: 1 },
    ]) {
      const payload = { name: "m", datasetId, options: { ...TEST_FIT, ...more } };
      const answer = await server.call("train", "POST /v1/models", { payload });
      expect([answer.statusCode, answer.json().code], JSON.stringify(more)).toEqual([422, "E_OPTION"]);
    }
    const rows = { rows: [[1, 2, 3]], labels: [1, 1] };
    const scored = await server.call("train", `POST /v1/models/${modelId}/evaluate`, { payload: rows });
    expect(scored.json().code).toBe("E_OPTION");
  });
});

describe("requests", () => {
  it("are previewed, taken, done and certified; the certificate verifies by what the API serves", async () => {
    const subject = subjects[7] as string;
    const payload = { datasetId, subjects: [subject] };
    const preview = await server.call("submit", "POST /v1/requests/preview", { payload });
    const [cost] = preview.json().models;
    expect(cost).toMatchObject({
      modelId,
      holds: { epsilon: cost.epsilon, delta: 1e-4, against: "independent" },
      meaning: expect.stringMatching(/does not depend on what this model showed/),
      milliseconds: expect.any(Number),
      score: null,
      expectedScoreChange: null,
    });
    expect(cost.epsilon).toBeLessThanOrEqual(1);
    // More steps leave less noise; one of the ways is the one that will be taken.
    const { trades } = cost;
    expect(trades.length).toBeGreaterThan(1);
    for (let i = 1; i < trades.length; i++) {
      expect(trades[i].steps).toBeGreaterThan(trades[i - 1].steps);
      expect(trades[i].noise).toBeLessThan(trades[i - 1].noise);
    }
    const chosen = trades.filter(({ isChosen }: { isChosen: boolean }) => isChosen);
    expect(chosen).toMatchObject([{ steps: cost.steps, noise: cost.noise }]);
    const taken = await server.call("submit", "POST /v1/requests", { payload });
    expect(taken.statusCode, taken.body).toBe(201);
    const { request, unknown } = taken.json();
    expect(unknown).toEqual([]);
    expect(taken.headers.location).toBe(`/v1/requests/${request.id}`);
    expect(request).toMatchObject({ state: "accepted", rowCount: preview.json().rowCount });
    expect(request.envelope).toBeUndefined();
    expect(Date.parse(request.dueAt)).toBeGreaterThan(Date.now() + 29 * 86_400_000);
    await server.work();
    const done = (await server.call("submit", `GET /v1/requests/${request.id}`)).json();
    expect(done).toMatchObject({ state: "completed" });
    const { certificateId } = done.tasks[0];
    const asked = { payload: { subjects: [subject] } };
    const receipts = await server.call("submit", `POST /v1/requests/${request.id}/receipts`, asked);
    expect(receipts.statusCode, receipts.body).toBe(200);
    expect(receipts.body).not.toContain(subject);
    const [{ salt, proof, ...where }] = receipts.json().items[0].receipts;
    expect(where).toEqual({ modelId, certificateId });
    const certificate = (await server.call("submit", `GET /v1/certificates/${certificateId}`)).json();
    const keySet = (await server.call({ key: null }, "GET /.well-known/expunge-keys.json")).json();
    const weights = await server.call("train", `GET /v1/models/${modelId}/weights`);
    const found = verify(certificate.envelope, {
      publicKey: Buffer.from(keySet.keys[0].x, "base64url"),
      model: weights.rawPayload,
      subject: { id: subject, salt, proof },
    });
    expect(found).toMatchObject({ ok: true, issues: [], holds: certificate.holds });
    expect(done.tasks[0]).toMatchObject({ holds: certificate.holds, meaning: certificate.meaning });
    const model = (await server.call("train", `GET /v1/models/${modelId}`)).json();
    expect(model).toMatchObject({
      holds: certificate.holds,
      meaning: certificate.meaning,
      timeline: { requestCount: 1, deletedCount: request.rowCount, releaseCount: 1, certificateId },
    });
    const first = (await server.call("train", `GET /v1/models/${modelId}/releases?limit=1`)).json();
    expect(first.items).toMatchObject([
      { version: 2, certificateId, rowCount: request.rowCount, privacy: null },
    ]);
    expect(first.items[0].noise).toBeCloseTo(cost.noise, 12);
    const second = (
      await server.call("train", `GET /v1/models/${modelId}/releases?after=${first.next}`)
    ).json();
    expect(second).toMatchObject({ items: [{ version: 1, requestCount: 0, noise: 0 }], next: null });
    const strange = await server.call("train", `GET /v1/models/${modelId}/releases?after=x`);
    expect([strange.statusCode, strange.json().code]).toEqual([422, "E_OPTION"]);
    const listed = await server.call("audit", `GET /v1/certificates?modelId=${modelId}`);
    expect(listed.json().items[0].id).toBe(certificateId);

    const ofLedger = await server.call("submit", `GET /v1/certificates/${certificateId}/proof`);
    expect(ofLedger.body).toMatch(/^c2sp\.org\/tlog-proof@v1\n/);
    const checkpoint = await server.call("audit", "GET /ledger/checkpoint");
    expect(parseNote(checkpoint.body).text).toMatch(/^log\.example\n/);
    const logKeys = (await server.call({ key: null }, "GET /.well-known/expunge-log-keys.json")).json();
    expect(logKeys).toMatchObject({
      origin: "log.example",
      keys: [expect.stringMatching(/^log\.example\+/)],
    });
    const signed = checkSignatures(parseNote(checkpoint.body), logKeys.keys.map(parseVerifierKey));
    expect([signed.verified.length, signed.failed.length]).toEqual([1, 0]);
    const size = Number(checkpoint.body.split("\n")[1]);
    const tile = await server.call("audit", `GET /ledger/tile/entries/000.p/${size}`);
    expect(tile.statusCode).toBe(200);
    expect(tile.headers["cache-control"]).toMatch(/^private, .*immutable/);
    expect((await server.call("audit", "GET /ledger/tile/9/999")).statusCode).toBe(404);
    const consistent = await server.call("audit", `GET /v1/ledger/consistency?from=1&to=${size}`);
    expect(consistent.json()).toMatchObject({ from: 1, to: size });
    expect((await server.call("audit", "GET /v1/ledger/consistency?from=1&to=99")).statusCode).toBe(422);
  });

  it("under an idempotency key are one", async () => {
    const payload = { datasetId, rows: [3], dueAt: "2099-01-01T00:00:00+02:00" };
    const headers = { "idempotency-key": "abc" };
    const first = await server.call("submit", "POST /v1/requests", { payload, headers });
    const again = await server.call("submit", "POST /v1/requests", { payload, headers });
    expect([first.statusCode, again.statusCode]).toEqual([201, 200]);
    expect(again.json()).toMatchObject({ isRepeated: true, request: { id: first.json().request.id } });
    expect(first.json().request.dueAt).toBe("2098-12-31T22:00:00.000Z");
    const other = await server.call("submit", "POST /v1/requests", {
      payload: { datasetId, rows: [4] },
      headers,
    });
    expect([other.statusCode, other.json().code]).toEqual([409, "E_CONFLICT"]);
    const bad = await server.call("submit", "POST /v1/requests", {
      payload,
      headers: { "idempotency-key": "a b" },
    });
    expect(bad.statusCode).toBe(422);
  });

  it("are cancelled until they are started", async () => {
    const submit = async (row: number): Promise<string> =>
      (await server.call("submit", "POST /v1/requests", { payload: { datasetId, rows: [row] } })).json()
        .request.id;
    const id = await submit(10);
    const cancelled = await server.call("submit", `DELETE /v1/requests/${id}`);
    expect(cancelled.json()).toMatchObject({ id, state: "cancelled" });
    const started = await submit(11);
    await server.work();
    const late = await server.call("submit", `DELETE /v1/requests/${started}`);
    expect([late.statusCode, late.json().code]).toEqual([409, "E_CONFLICT"]);
    const open = await server.call("audit", "GET /v1/requests?state=cancelled");
    expect(open.json().items.map((item: { id: string }) => item.id)).toEqual([id]);
  });

  it("have a reference of the sender's own, and are found by how it or their id begins", async () => {
    const submit = async (row: number, reference?: string): Promise<string> => {
      const payload = { datasetId, rows: [row], ...(reference === undefined ? {} : { reference }) };
      const answer = await server.call("submit", "POST /v1/requests", { payload });
      expect(answer.json().request.reference, answer.body).toBe(reference ?? null);
      return answer.json().request.id;
    };
    const ids = [await submit(60, "DSR-100%"), await submit(61, "dsr-1001 Änderung"), await submit(62)];
    const found = async (search: string): Promise<string[]> => {
      const answer = await server.call("audit", `GET /v1/requests?search=${encodeURIComponent(search)}`);
      return answer.json().items.map(({ id }: { id: string }) => id);
    };
    expect(await found("dsr-100")).toEqual([ids[1], ids[0]]);
    expect(await found("DSR-1001 ÄNDER")).toEqual([ids[1]]);
    expect(await found("dsr-100%")).toEqual([ids[0]]);
    expect(await found("sr-100")).toEqual([]);
    for (const text of [ids[2] as string, (ids[2] as string).slice(0, 15).toUpperCase()])
      expect(await found(text)).toEqual([ids[2]]);
    const both = await server.call("audit", "GET /v1/requests?search=dsr&state=cancelled");
    expect(both.json().items).toEqual([]);
    const bad = { datasetId, rows: [63], reference: "two\nlines" };
    expect((await server.call("submit", "POST /v1/requests", { payload: bad })).statusCode).toBe(422);
    for (const id of ids) await server.call("submit", `DELETE /v1/requests/${id}`);
  });

  it.each([
    [{}, "E_REQUEST", 422],
    [{ datasetId: "x", subjects: ["a"], rows: [1] }, "E_REQUEST", 422],
    [{ datasetId: "x", subjects: [] }, "E_REQUEST", 422],
    [{ datasetId: "x", subjects: ["a"], surprise: 1 }, "E_REQUEST", 422],
    [{ datasetId: "x", subjects: ["a"], chosen: "adaptively" }, "E_REQUEST", 422],
    [{ datasetId: "x", subjects: ["a"], unknown: "ask" }, "E_REQUEST", 422],
    [{ datasetId: "x", rows: [1], unknown: "skip" }, "E_OPTION", 422],
    [{ datasetId: "x", rows: [-1] }, "E_REQUEST", 422],
    [{ datasetId: "x", rows: [1], dueAt: "tomorrow" }, "E_REQUEST", 422],
    [{ datasetId: "x", rows: [1] }, "E_NOT_FOUND", 404],
  ])("are refused: %j", async (payload, code, status) => {
    const answer = await server.call("submit", "POST /v1/requests", { payload });
    expect([answer.statusCode, answer.json().code], answer.body).toEqual([status, code]);
  });

  it("for somebody whom nobody knows are refused without a name, or skip them", async () => {
    const payload = { datasetId, subjects: [subjects[20], "nobody@example.com"] };
    const answer = await server.call("submit", "POST /v1/requests", { payload });
    expect([answer.statusCode, answer.json().code]).toEqual([422, "E_UNKNOWN_SUBJECT"]);
    expect(answer.json().detail).toMatch(/^subjects\[1\] /);
    expect(answer.body).not.toContain("nobody@");
    const lenient = { ...payload, unknown: "skip" };
    const taken = await server.call("submit", "POST /v1/requests", { payload: lenient });
    expect([taken.statusCode, taken.json().unknown]).toEqual([201, [1]]);
    const url = `POST /v1/requests/${taken.json().request.id}/receipts`;
    const receipts = await server.call("submit", url, { payload: { subjects: payload.subjects } });
    expect([receipts.statusCode, receipts.json().code]).toEqual([422, "E_UNKNOWN_SUBJECT"]);
    expect(receipts.body).not.toContain("nobody@");
  });

  it("that ask Fides to be told are refused where none is set up", async () => {
    const payload = { datasetId, rows: [1] };
    const headers = { "reply-to": "/api/v1/request-task/callback", "reply-to-token": "abc" };
    const answer = await server.call("submit", "POST /v1/requests", { payload, headers });
    expect(answer.json().code).toBe("E_REQUEST");
  });
});

describe("plans", () => {
  const input = { rowCount: 1000, batchSize: 50, epochs: 5, l2: 0.01, smoothness: 0.25, lipschitz: 1 };
  const target = { epsilon: 1, delta: 1e-5 };

  it("are made", async () => {
    const answer = await server.call("submit", "POST /v1/plan", {
      payload: { ...input, ...target, sigma: 0.1 },
    });
    expect(answer.statusCode, answer.body).toBe(200);
    expect(answer.json().epsilon).toBeLessThanOrEqual(1);
  });

  it("are made for a thousand requests, and say what everything released reveals", async () => {
    const payload = { ...input, ...target, unlearnSteps: 20, requests: 1000, adaptiveEpsilon: 8 };
    const answer = await server.call("submit", "POST /v1/plan", { payload });
    expect(answer.statusCode, answer.body).toBe(200);
    expect(answer.json().requests).toHaveLength(1000);
    expect(answer.json().disclosure.epsilon).toBeLessThanOrEqual(8 * (1 + 1e-9));
    expect(answer.json().disclosure.requestsWithin).toBe(1000);
  });

  it("are made for noise on release", async () => {
    const payload = { ...input, ...target, maxNoise: 0.2, requests: 3 };
    const answer = await server.call("submit", "POST /v1/plan/on-release", { payload });
    expect(answer.statusCode, answer.body).toBe(200);
    const { requests, trades, totals, retraining } = answer.json();
    expect(requests).toHaveLength(3);
    for (const { epsilon, noise } of requests) {
      expect(epsilon).toBeLessThanOrEqual(1);
      expect(noise).toBeLessThanOrEqual(0.2);
    }
    expect(trades.length).toBeGreaterThan(1);
    expect(totals.steps).toBeLessThan(retraining.totalSteps);
  });

  it("of a model are those that it is trained with, and its first request costs no more", async () => {
    for (const options of [
      { requesters: "independent", epochs: 60, batchSize: 20, maxNoise: 0.2 },
      { requesters: "independent", noise: "every-step", epochs: 10, batchSize: 20 },
      {
        ...{ requesters: "adaptive", adaptiveEpsilon: 4, requests: 3, rowsPerRequest: 6 },
        ...{ epochs: 10, batchSize: 20 },
      },
    ]) {
      const payload = { datasetId, options: { epsilon: 1, delta: 1e-4, ...options } };
      const planned = await server.call("train", "POST /v1/models/plan", { payload });
      expect(planned.statusCode, planned.body).toBe(200);
      const created = await server.call("train", "POST /v1/models", { payload: { name: "p", ...payload } });
      await server.work();
      const { id, ...model } = (await server.call("train", `GET /v1/models/${created.json().id}`)).json();
      const { plan, trainingSteps, privacy, firstRequest, refusal } = planned.json();
      expect(plan).toEqual(model.plan);
      expect([trainingSteps, privacy]).toEqual([model.timeline.steps, model.privacy]);
      expect(refusal).toBeNull();
      expect(firstRequest.holds.against).toBe(options.requesters);
      // Of the rows that were visited last, any one.
      const last = plan.process.batchCount * plan.process.batchSize - plan.process.batchSize;
      const { rows } = await server.database.executor.executeSql(
        "select row from claimed_rows where dataset_id = $1",
        [datasetId],
      );
      // Other tests have had some forgotten.
      const gone = new Set(rows.map((one) => (one as { row: number }).row));
      let row = 10;
      while (
        gone.has(row) ||
        (await findSlots(server.database, { modelId: id, trainedCount: 0 }, [row])).slots[0]! < last
      )
        row++;
      const asked = { payload: { datasetId, rows: [row] } };
      const preview = (await server.call("submit", "POST /v1/requests/preview", asked)).json();
      const cost = preview.models.find(({ modelId }: { modelId: string }) => modelId === id);
      expect([cost.steps, cost.noise, cost.holds]).toEqual([
        firstRequest.steps,
        firstRequest.noise,
        firstRequest.holds,
      ]);
      await server.call("train", `DELETE /v1/models/${id}`);
    }
  });

  it("of a model that could serve no request say why", async () => {
    const payload = { datasetId, options: { epsilon: 1, delta: 1e-4, epochs: 1, maxNoise: 1e-3 } };
    const { firstRequest, refusal } = (
      await server.call("train", "POST /v1/models/plan", { payload })
    ).json();
    expect(firstRequest).toBeNull();
    expect(refusal).toMatch(/cannot be certified within \d+ steps/);
  });

  it("of a model say what is wrong before anything is trained", async () => {
    const options = { epsilon: 1, delta: 2 };
    const answer = await server.call("train", "POST /v1/models/plan", { payload: { datasetId, options } });
    expect(answer.statusCode).toBe(422);
    const strange = { payload: { datasetId: "no", options: {} } };
    expect((await server.call("train", "POST /v1/models/plan", strange)).json().code).toBe("E_NOT_FOUND");
  });

  it("that contradict themselves are refused", async () => {
    for (const route of ["/v1/plan", "/v1/plan/on-release"]) {
      const answer = await server.call("submit", `POST ${route}`, { payload: { ...input, ...target } });
      expect([answer.statusCode, answer.json().code]).toEqual([422, "E_DOMAIN"]);
    }
  });
});
