/**
 * A worker in a process of its own, to be killed: node service-worker-child.mjs DATABASE SCRATCH. Prints a line when it is at work.
 */

import { createSigner } from "expunge";
import { openDatabase } from "../packages/service/src/database/open-database.js";
import { openQueue } from "../packages/service/src/database/queue.js";
import { startWorker } from "../packages/service/src/work/worker.js";

const [location, scratch] = process.argv.slice(2) as [string, string];
const database = await openDatabase(location, { connections: 4 });
const queue = await openQueue(database);
const signer = createSigner(new Uint8Array(32).fill(3));
startWorker({ database, queue, scratch, signer: async () => signer, pollMs: 10, sweepMs: 100, maxBatch: 5 });
console.log("at work");
