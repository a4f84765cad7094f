import { everyItem } from "@expunge/client";
import { verify } from "expunge/verify";

/** What `accountOf` judges by, as the API tells it. @param datasets with `datasetId`, `modelId` of the model there from the start, `rowCount` at the start */
export async function gather(client, datasets, { asked, additions }) {
  const requests = new Map((await all(client.requests.list)).map((request) => [request.id, request]));
  const certificates = (await all(client.certificates.list)).map(certificateFacts);
  const fromStart = new Set(datasets.map(({ modelId }) => modelId));
  const models = [];
  for (const { id, datasetId } of await all(client.models.list)) {
    const releases = await all((query) => client.models.releases(id, query));
    const joined = sum(releases.map((release) => release.joinedCount));
    const removed = sum(releases.map((release) => release.rowCount));
    models.push({ id, datasetId, isFromStart: fromStart.has(id), joined, removed });
  }
  const done = asked.filter(({ id }) => requests.get(id)?.state === "completed");
  const receipts = new Map();
  for (const { id, subjects } of done)
    receipts.set(
      id,
      (await client.requests.receipts(id, { subjects })).items.map((item) => item.receipts),
    );
  return {
    ...{ asked, requests, receipts, certificates, models },
    living: new Map(datasets.map((dataset) => [dataset.datasetId, livingIn(dataset, asked, additions)])),
    datasets: await Promise.all(datasets.map((dataset) => datasetFacts(client, dataset, asked, additions))),
  };
}

/** Receipts that do not show their subject in its certificate, as the subject itself would find out. @returns how many were looked at, and those */
export function checkReceipts({ asked, receipts, certificates }, keySet) {
  const publicKey = keySet.keys.map(({ x }) => new Uint8Array(Buffer.from(x, "base64url")));
  const envelopes = new Map(certificates.map(({ id, envelope }) => [id, envelope]));
  const bad = [];
  let count = 0;
  for (const { id, kind, subjects } of asked)
    for (const [i, own] of (receipts.get(id) ?? []).entries())
      for (const { certificateId, salt, proof } of own) {
        count += 1;
        const subject = { id: subjects[i], salt, proof, asked: kind };
        const { issues } = verify(envelopes.get(certificateId), { publicKey, subject });
        const codes = issues.map(({ code }) => code).join();
        if (codes !== "") bad.push(`request ${id}, a ${kind}, subject ${i}: ${codes}`);
      }
  return { count, bad };
}

export async function all(list) {
  const items = [];
  for await (const item of everyItem(list)) items.push(item);
  return items;
}

function certificateFacts({ id, envelope }) {
  const { request } = JSON.parse(Buffer.from(envelope.payload, "base64").toString()).predicate;
  return { id, envelope, rowCount: request.rowCount, subjectCount: request.subjects.count };
}

/** Each was named by one deletion at most. */
function livingIn({ datasetId, rowCount }, asked, additions) {
  return rowCount + addedTo(datasetId, additions) - namedIn(datasetId, asked, "deletion");
}

async function datasetFacts(client, { datasetId, rowCount }, asked, additions) {
  const { description } = await client.datasets.get(datasetId);
  return {
    id: datasetId,
    rowCount: description.rowCount,
    expected: rowCount + addedTo(datasetId, additions) + namedIn(datasetId, asked, "correction"),
    additions: additions.filter((one) => one.datasetId === datasetId),
  };
}

const sum = (numbers) => numbers.reduce((total, one) => total + one, 0);
const addedTo = (id, additions) =>
  sum(additions.filter(({ datasetId }) => datasetId === id).map(({ rowCount }) => rowCount));
const namedIn = (id, asked, kind) =>
  sum(
    asked.filter((one) => one.datasetId === id && one.kind === kind).map(({ subjects }) => subjects.length),
  );
