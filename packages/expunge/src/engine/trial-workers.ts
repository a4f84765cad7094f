import type { Worker as NodeWorker } from "node:worker_threads";
import { ExpungeError } from "../errors.js";
import { type TrialJob, trialLoop, trialWorker, type WorkerAnswer } from "./trial-loop.js";

/** A thread that runs jobs on the shared memory. */
export interface TrialWorker {
  /** @returns whether the job went to the end; rejects with E_WORKER where the thread dies */
  run(job: TrialJob): Promise<boolean>;
  terminate(): void;
}

/** What differs between worker threads of Node and workers of a browser. */
interface Thread {
  post(message: unknown): void;
  /** Keeps the process alive while a job runs, and only then. */
  keepAlive(isBusy: boolean): void;
  terminate(): void;
}

interface ThreadEvents {
  answer(message: WorkerAnswer): void;
  death(reason: string): void;
}

/** Threads that may share memory here: 0 in a page that is not cross-origin isolated. */
export function availableThreads(): number {
  if (nodeThreads() !== undefined) return Math.max(1, nodeOs()?.availableParallelism() ?? 1);
  const { crossOriginIsolated, Worker, navigator } = globalThis as {
    crossOriginIsolated?: boolean;
    Worker?: unknown;
    navigator?: { hardwareConcurrency?: number };
  };
  return crossOriginIsolated === true && Worker !== undefined ? (navigator?.hardwareConcurrency ?? 1) : 0;
}

/** Starts a thread on a module and a shared memory. @throws ExpungeError E_WORKER where threads are not to be had */
export function startTrialWorker(module: WebAssembly.Module, memory: WebAssembly.Memory): TrialWorker {
  let waiting: { resolve(isDone: boolean): void; reject(error: Error): void } | undefined;
  let dead: ExpungeError | undefined;
  const thread = startThread({
    answer: ({ isDone }) => {
      thread.keepAlive(false);
      waiting?.resolve(isDone);
      waiting = undefined;
    },
    death: (reason) => {
      dead ??= new ExpungeError("E_WORKER", `A worker thread died: ${reason}. Its trials are lost.`);
      waiting?.reject(dead);
      waiting = undefined;
    },
  });
  thread.post({ start: { module, memory } });
  return {
    run: (job) =>
      new Promise((resolve, reject) => {
        if (dead) return reject(dead);
        waiting = { resolve, reject };
        thread.keepAlive(true);
        thread.post({ job });
      }),
    terminate: () => thread.terminate(),
  };
}

function startThread(events: ThreadEvents): Thread {
  const threads = nodeThreads();
  if (threads !== undefined) return nodeThread(threads.Worker, events);
  if (availableThreads() > 0) return browserThread(events);
  throw new ExpungeError(
    "E_WORKER",
    "Worker threads need shared memory, and a page has it only where it is cross-origin isolated (headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp). The option {workers: 0} runs on the calling thread.",
  );
}

function nodeThread(Worker: typeof NodeWorker, events: ThreadEvents): Thread {
  const source = `const { parentPort } = process.getBuiltinModule("node:worker_threads");
    const port = { post: (message) => parentPort.postMessage(message), listen: (use) => parentPort.on("message", use) };
    (${trialWorker.toString()})(port, ${trialLoop.toString()});`;
  // Flags of the process (loaders, --input-type) are none of its business.
  const worker = new Worker(source, { eval: true, execArgv: [], name: "expunge trials" });
  worker.unref();
  worker.on("message", events.answer);
  worker.on("error", (error) => events.death(error.message));
  worker.on("exit", (code) => events.death(`it ended with exit code ${code}`));
  return {
    post: (message) => worker.postMessage(message),
    keepAlive: (isBusy) => (isBusy ? worker.ref() : worker.unref()),
    terminate: () => void worker.terminate(),
  };
}

function browserThread(events: ThreadEvents): Thread {
  const source = `const port = { post: (message) => postMessage(message), listen: (use) => { onmessage = ({ data }) => use(data); } };
    (${trialWorker.toString()})(port, ${trialLoop.toString()});`;
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url, { name: "expunge trials" });
  worker.onmessage = ({ data }) => events.answer(data as WorkerAnswer);
  worker.onerror = ({ message }) =>
    events.death(
      message || "it could not be started (a Content-Security-Policy must allow worker-src blob:)",
    );
  return {
    post: (message) => worker.postMessage(message),
    keepAlive: () => {},
    terminate: () => {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}

// Not by import: the engine runs in browsers too, and bundlers follow every import.
function nodeThreads(): typeof import("node:worker_threads") | undefined {
  return globalThis.process?.getBuiltinModule?.("node:worker_threads");
}

function nodeOs(): typeof import("node:os") | undefined {
  return globalThis.process?.getBuiltinModule?.("node:os");
}
