import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { DomainError, type ErrorCode, ExpungeError, type FitOptions, type TrainingPlan } from "expunge";
import type { OnReleasePlan, OnReleasePlanOptions, Plan, PlanOptions } from "expunge/accounting";
import type { Planned } from "expunge/process";

/** What planning may take; ten thousand requests take about a second. */
const LIMIT_MS = 5000;
const LIMIT_MIB = 512;

type Calculation = "makeTrainingPlan" | "planUnlearning" | "planOnRelease";

interface Answer {
  readonly result?: unknown;
  readonly error?: {
    readonly name: string;
    readonly code: ErrorCode;
    readonly message: string;
    readonly details: Readonly<Record<string, unknown>>;
  };
}

/**
 * `makeTrainingPlan` on a thread of its own: whoever asks decides how long it takes, and others wait for this one's answers.
 *
 * @throws as `makeTrainingPlan`; ExpungeError E_OPTION where it takes more than 5 seconds or 512 MiB, E_WORKER where there is no thread
 */
export async function planTraining(facts: Planned, options: FitOptions): Promise<TrainingPlan> {
  // Only what it reads: descriptions hold more.
  const { task, labelNames, featureCount, rowCount, hasSampleWeights, labelCounts, logOdds } = facts;
  return (await calculate("makeTrainingPlan", [
    { task, labelNames, featureCount, rowCount, hasSampleWeights, labelCounts, logOdds },
    options,
  ])) as TrainingPlan;
}

/** `planUnlearning` in the same way. @throws as `planUnlearning`, and as `planTraining` */
export async function planAside(options: PlanOptions): Promise<Plan> {
  return (await calculate("planUnlearning", [options])) as Plan;
}

/** `planOnRelease` in the same way. @throws as `planOnRelease`, and as `planTraining` */
export async function planOnReleaseAside(options: OnReleasePlanOptions): Promise<OnReleasePlan> {
  return (await calculate("planOnRelease", [options])) as OnReleasePlan;
}

/** The library as it is built, of this package's own version: what a thread can load. */
export function builtExpunge(): string {
  const file = createRequire(import.meta.url).resolve("expunge/package.json");
  return join(dirname(file), "dist", "core.js");
}

interface Thread {
  readonly worker: Worker;
  /** Who waits for the answer to come. */
  waiting: { resolve(answer: Answer): void; reject(error: ExpungeError): void } | null;
}

let current: Thread | null = null;
let last: Promise<unknown> = Promise.resolve();

/** One after another: a thread that is stopped takes nobody else's work with it. */
function calculate(name: Calculation, parameters: readonly unknown[]): Promise<unknown> {
  const result = last.then(() => calculateNow(name, parameters));
  last = result.catch(() => {});
  return result;
}

async function calculateNow(name: Calculation, parameters: readonly unknown[]): Promise<unknown> {
  current ??= startThread();
  const { result, error } = await ask(current, { name, parameters });
  if (error === undefined) return result;
  if (error.name !== "DomainError") throw new ExpungeError(error.code, error.message, error.details);
  const { field, found, expected } = error.details as Record<"field" | "found" | "expected", string>;
  throw new DomainError(field, found, expected);
}

function ask(thread: Thread, question: object): Promise<Answer> {
  const timer = setTimeout(() => end(thread, tooMuch()), LIMIT_MS);
  thread.worker.ref();
  return new Promise<Answer>((resolve, reject) => {
    thread.waiting = { resolve, reject };
    thread.worker.postMessage(question);
  }).finally(() => {
    clearTimeout(timer);
    thread.worker.unref();
  });
}

function startThread(): Thread {
  const source = `const { parentPort, workerData } = require("node:worker_threads");
    const calculations = import(workerData);
    parentPort.on("message", async ({ name, parameters }) => {
      try {
        parentPort.postMessage({ result: (await calculations)[name](...parameters) });
      } catch ({ name, code = "E_WORKER", message, details = {} }) {
        parentPort.postMessage({ error: { name, code, message, details } });
      }
    });`;
  const worker = new Worker(source, {
    eval: true,
    workerData: pathToFileURL(builtExpunge()).href,
    execArgv: [],
    name: "expunge planner",
    resourceLimits: { maxOldGenerationSizeMb: LIMIT_MIB },
  });
  const thread: Thread = { worker, waiting: null };
  worker.on("message", (answer: Answer) => thread.waiting?.resolve(answer));
  worker.on("error", (error: Error & { code?: string }) =>
    end(thread, isOutOfMemory(error) ? tooMuch() : died(error.message)),
  );
  worker.on("exit", (code) => end(thread, died(`exit code ${code}`)));
  return thread;
}

/** The next question starts another thread. */
function end(thread: Thread, reason: ExpungeError): void {
  if (current === thread) current = null;
  thread.waiting?.reject(reason);
  void thread.worker.terminate();
}

const isOutOfMemory = ({ code }: { code?: string }): boolean => code === "ERR_WORKER_OUT_OF_MEMORY";
const died = (reason: string): ExpungeError =>
  new ExpungeError("E_WORKER", `The planning thread died: ${reason}.`);

function tooMuch(): ExpungeError {
  return new ExpungeError(
    "E_OPTION",
    `Planning this takes more than ${LIMIT_MS / 1000} seconds or ${LIMIT_MIB} MiB. Ask for fewer requests or epochs, a larger l2, or more noise.`,
  );
}
