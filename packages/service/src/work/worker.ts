import { vacuumWhenDue } from "../database/vacuum.js";
import { giveUpAbandoned, removeUpload } from "../datasets/remove-upload.js";
import { startLoop } from "../loop.js";
import { sweepWhenDue } from "../rows/sweep-objects.js";
import { attemptUpkeep, type Rests } from "./attempt.js";
import { Precedence } from "./precedence.js";
import { Rota } from "./rota.js";
import { deletionRound, sweepDeletions, sweepTrainings, trainingRound } from "./rounds.js";
import { lookAtDueDates } from "./watch-due.js";
import type { WorkerOptions } from "./worker-options.js";

export type { Rests } from "./attempt.js";
export type { WorkerOptions, WorkFailure } from "./worker-options.js";

/** Something that works until it is told to stop. */
export interface Worker {
  /**
   * Takes nothing more. A training saves a checkpoint and ends; deletions in hand have a few seconds to be done, and are left to the next worker
   * after that.
   */
  stop(): Promise<void>;
}

/** Work is told of as it comes: this is for what is to be tried again, and for times without notices. */
const DEFAULT_POLL_MS = 1000;
const DEFAULT_SWEEP_MS = 5000;
const IDLE_SWEEP_MS = 500;
/** How long the requests of one model are served before it is another's turn. */
const TURN_MS = 2000;
/** How long models are served by what was waiting when a round began. */
const ROUND_MS = 2000;
const STOP_MS = 5000;
const DUE_MS = 60_000;
const TIDY_MS = 1000;
/** How often a worker looks whether objects are to be swept, and whether to vacuum. */
const OBJECTS_MS = 60_000;
/** With the look: ten minutes. */
const DEFAULT_VACUUM_MS = 540_000;

/**
 * Takes jobs and does them until it is stopped: deletions one after another, and beside them one training, which gives way to them. Any number of
 * workers may run, here and elsewhere. Work that a dead worker left behind is found by looking for it every so often, long before its job
 * expires.
 */
export function startWorker(given: WorkerOptions): Worker {
  const { pollMs = DEFAULT_POLL_MS, sweepMs = DEFAULT_SWEEP_MS } = given;
  const [stopping, hurrying] = [new AbortController(), new AbortController()];
  const precedence = new Precedence();
  const options: WorkerOptions = {
    turnMs: TURN_MS,
    roundMs: ROUND_MS,
    ...given,
    stopping: stopping.signal,
    signal: hurrying.signal,
    giveWay: () => precedence.giveWay(),
    goFirst: (use) => precedence.first(use),
  };
  const rests: Rests = new Map();
  const deleting = withSweeps(
    (rota) => deletionRound(options, rests, rota),
    (rota) => sweepDeletions(options, rests, rota),
    sweepMs,
    // Whoever came first has taken the jobs of many models: the others share them.
    Math.min(sweepMs, IDLE_SWEEP_MS),
  );
  const training = withSweeps(
    (rota) => trainingRound(options, rests, rota),
    (rota) => sweepTrainings(options, rests, rota),
    sweepMs,
  );
  // A database that is away for a while must not end the worker.
  const tell = (error: Error): void => options.onFailure?.({ work: "round", modelId: null, error });
  const loops = [startLoop(deleting, pollMs, tell), startLoop(training, pollMs, tell)];
  // Beside them: vacuuming and looking through a bucket take as long as they take.
  const tidying = [housekeeping(options, rests), vacuuming(options)].map((round) =>
    startLoop(round, TIDY_MS, (error) => {
      if (!stopping.signal.aborted) tell(error);
    }),
  );
  const listening = given.database.notices.listen("expunge_work", () => {
    for (const loop of loops) loop.wake();
  });
  return {
    async stop() {
      listening.stop();
      stopping.abort();
      const timer = setTimeout(() => hurrying.abort(), STOP_MS);
      await Promise.all(loops.map((loop) => loop.stop()));
      // VACUUM may take hours: it is left to the database, which undoes what it did not finish, or to whoever does it anew.
      await Promise.race([Promise.all(tidying.map((loop) => loop.stop())), aborted(hurrying.signal)]);
      clearTimeout(timer);
    },
  };
}

type Round = () => Promise<number>;

/** Rounds by jobs, and every so often one that looks for what no job leads to; sooner where no job was left, and soon again where it did not come to all of it. */
function withSweeps(
  round: (rota: Rota) => Promise<number>,
  sweep: (rota: Rota) => Promise<number>,
  sweepMs: number,
  idleMs = sweepMs,
): Round {
  const rota = new Rota();
  let sweptAt = Number.NEGATIVE_INFINITY;
  return async () => {
    const done = await round(rota);
    if (performance.now() < sweptAt + (done > 0 ? sweepMs : idleMs)) return done;
    const swept = await sweep(rota);
    sweptAt = rota.isCut ? Number.NEGATIVE_INFINITY : performance.now();
    return done + swept;
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

/** Removes what was erased from the database's files. It waits for whoever reads there, for hours say, and nothing else for it. */
function vacuuming({ database, vacuumMs = DEFAULT_VACUUM_MS }: WorkerOptions): Round {
  let vacuumAt = 0;
  return async () => {
    const now = performance.now();
    if (now < vacuumAt) return 0;
    vacuumAt = now + Math.min(vacuumMs, OBJECTS_MS);
    await vacuumWhenDue(database, vacuumMs);
    return 0;
  };
}

/** Removes uploads that never ended, and objects that nothing needs; watches due dates. */
function housekeeping(options: WorkerOptions, rests: Rests): Round {
  const { database, onFailure, stopping } = options;
  let objectsAt = 0;
  let lookAt = 0;
  let told = "";
  const watchDueDates = async (): Promise<void> => {
    const error = await lookAtDueDates(database.queries);
    if (error !== null && error.message !== told) onFailure?.({ work: "due", modelId: null, error });
    told = error?.message ?? "";
  };
  return async () => {
    const now = performance.now();
    if (now >= objectsAt) {
      objectsAt = now + OBJECTS_MS;
      await removeAbandoned(options, rests);
      await sweepWhenDue(database, stopping);
    }
    if (now < lookAt) return 0;
    lookAt = now + DUE_MS;
    await watchDueDates();
    return 0;
  };
}

/** One that cannot be removed keeps no other there. */
async function removeAbandoned(options: WorkerOptions, rests: Rests): Promise<void> {
  const { database, stopping } = options;
  for (const id of await giveUpAbandoned(database))
    await attemptUpkeep(options, rests, `remove ${id}`, null, () => removeUpload(database, id, stopping));
}

/** One round of each kind. @returns jobs done */
export async function workOnce(options: WorkerOptions, rests: Rests = new Map()): Promise<number> {
  return (await deletionRound(options, rests)) + (await trainingRound(options, rests));
}

/** Does what waits in the tables and nobody works on, whatever became of its job. @returns models served */
export async function sweep(options: WorkerOptions, rests: Rests = new Map()): Promise<number> {
  return (await sweepDeletions(options, rests)) + (await sweepTrainings(options, rests));
}
