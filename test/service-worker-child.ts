/**
 * A worker in a process of its own, to be killed and stopped: node worker.mjs DATABASE SCRATCH [OPTIONS]. It prints "at work", and "failed CODE" for what it
 * could not do.
 */
import { createInterface } from "node:readline";
import { createSigner } from "expunge";
import { openDatabase } from "../packages/service/src/database/open-database.js";
import { openQueue } from "../packages/service/src/database/queue.js";
import { startWorker } from "../packages/service/src/work/worker.js";

export interface WorkerProgramOptions {
  readonly leaseMs?: number;
  /** How far the process's clock is off. */
  readonly clockOffsetMs?: number;
  /** Prints "signing" before every certificate, and waits for a line. */
  readonly waitsToSign?: boolean;
  /** Kills itself when it is about to write this object to the place of rows, counted from 1. */
  readonly diesAtObject?: number;
}

const [location, scratch, json = "{}"] = process.argv.slice(2) as [string, string, string?];
const {
  leaseMs,
  clockOffsetMs = 0,
  waitsToSign = false,
  diesAtObject,
} = JSON.parse(json) as WorkerProgramOptions;

const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...values: []) {
    super(...((values.length === 0 ? [RealDate.now() + clockOffsetMs] : values) as []));
  }
  static override now(): number {
    return RealDate.now() + clockOffsetMs;
  }
} as DateConstructor;

const database = await openDatabase(location, {
  connections: 4,
  ...(leaseMs === undefined ? {} : { leaseMs }),
});
const { put } = database.objects;
let objects = 0;
database.objects.put = async (...what) => {
  objects += 1;
  if (objects === diesAtObject) process.kill(process.pid, "SIGKILL");
  return put(...what);
};
const queue = await openQueue(database);
const key = createSigner(new Uint8Array(32).fill(3));
const lines = waitsToSign ? createInterface({ input: process.stdin })[Symbol.asyncIterator]() : null;
const signer = async () => {
  if (lines === null) return key;
  console.log("signing");
  await lines.next();
  return key;
};
const onFailure = ({ error }: { readonly error: Error }): void =>
  console.log(`failed ${(error as { code?: string }).code ?? error.message}`);
startWorker({ database, queue, scratch, signer, onFailure, pollMs: 10, sweepMs: 100, maxBatch: 5 });
console.log("at work");
