/*
 * A program that asks a service to forget one person, or that does the work, and says how much memory that took.
 *
 * node serve-one-owner.mjs URL TENANT DATASET "ask" | "work"
 *
 * Before that it asks for a person with one row, so that nothing is done for the first time.
 */
import { tmpdir } from "node:os";
import { createSigner } from "expunge";
import { peakBytes } from "../../expunge/testing/peak-memory.js";
import { openDatabase } from "../src/database/open-database.js";
import { openQueue } from "../src/database/queue.js";
import { createService } from "../src/service/create-service.js";
import { workOnce } from "../src/work/worker.js";

const [url, tenantId, datasetId, what] = process.argv.slice(2) as [string, string, string, string];
const database = await openDatabase(url);
const queue = await openQueue(database);
const service = createService(database, queue);
const signer = createSigner(new Uint8Array(32).fill(3));

const failures: string[] = [];

async function ask(subject: string): Promise<void> {
  const request = { datasetId, subjects: [subject] };
  await service.preview(tenantId, request);
  await service.submit(tenantId, request);
}

async function work(): Promise<void> {
  const onFailure = ({ error }: { readonly error: Error }): void => void failures.push(error.message);
  while ((await workOnce({ database, queue, signer: async () => signer, scratch: tmpdir(), onFailure })) > 0);
}

if (what === "ask") await ask("person-0");
const before = peakBytes();
if (what === "ask") await ask("owner");
else await work();
console.log(JSON.stringify({ grownBytes: peakBytes() - before, failures }));
await queue.close();
await database.close();
