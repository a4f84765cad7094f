/*
 * What a worker does. Both functions must stand alone, without imports or names from outside: their source text is what
 * a worker is started with (trial-workers.ts), so that no bundler has to find a second file.
 */

/** The export of the kernel that a run calls. */
export type StepName = "step32" | "step64" | "stepSparse64";

/** Everything a worker needs to know of one run; addresses are bytes into the memory. */
export interface TrialJob {
  readonly stepName: StepName;
  /** This worker's context block. */
  readonly context: number;
  /** Two 32-bit integers: the next trial that nobody has taken, and whether to stop. */
  readonly control: number;
  readonly trials: number;
  readonly trialsPerPass: number;
  readonly firstStep: number;
  readonly stepCount: number;
  readonly batchCount: number;
  readonly weightsAddress: number;
  /** Bytes of one trial's weights. */
  readonly weightBytes: number;
  readonly keysAddress: number;
  readonly keyBytes: number;
  /** Offsets of fields in the context block. */
  readonly fields: {
    readonly weights: number;
    readonly trials: number;
    readonly keys: number;
    readonly normBound: number;
  };
}

type Step = (context: number, batch: number, stepLow: number, stepHigh: number) => void;

/**
 * Takes trials, a few at a time, until none is left or somebody says stop, and runs their steps; yields after each.
 *
 * @returns whether it went to the end
 */
export function* trialLoop(
  step: Step,
  buffer: ArrayBufferLike,
  job: TrialJob,
): Generator<undefined, boolean> {
  const control = new Int32Array(buffer, job.control, 2);
  const block = new DataView(buffer, job.context);
  for (;;) {
    const first = Atomics.add(control, 0, job.trialsPerPass);
    if (first >= job.trials) return true;
    block.setUint32(job.fields.trials, Math.min(job.trialsPerPass, job.trials - first), true);
    block.setUint32(job.fields.weights, job.weightsAddress + first * job.weightBytes, true);
    block.setUint32(job.fields.keys, job.keysAddress + first * job.keyBytes, true);
    // What is known of the weights of the trials before is none of these.
    block.setFloat64(job.fields.normBound, -1, true);
    for (let k = job.firstStep; k < job.firstStep + job.stepCount; k++) {
      if (Atomics.load(control, 1) !== 0) return false;
      step(job.context, (k - 1) % job.batchCount, k % 2 ** 32, Math.floor(k / 2 ** 32));
      yield;
    }
  }
}

/** Messages of a worker to the thread that started it. */
export interface WorkerAnswer {
  readonly isDone: boolean;
}

/** The body of a worker: waits for its module and memory, then for jobs. */
export function trialWorker(
  port: { post(message: WorkerAnswer): void; listen(use: (message: unknown) => void): void },
  loop: typeof trialLoop,
): void {
  let memory: WebAssembly.Memory;
  let steps: Record<StepName, Step>;
  port.listen((message) => {
    const { start, job } = message as {
      start?: { module: WebAssembly.Module; memory: WebAssembly.Memory };
      job?: TrialJob;
    };
    if (start) {
      memory = start.memory;
      const instance = new WebAssembly.Instance(start.module, { env: { memory } });
      steps = instance.exports as Record<StepName, Step>;
      return;
    }
    const { stepName } = job as TrialJob;
    const run = loop(steps[stepName], memory.buffer, job as TrialJob);
    let next = run.next();
    while (!next.done) next = run.next();
    port.post({ isDone: next.value });
  });
}
