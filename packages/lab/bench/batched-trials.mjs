import { NAMES, peerName } from "./contenders.mjs";
import { measure, summary } from "./measure.mjs";
import { requireClose } from "./same-work.mjs";

/** How many trials share the rows. */
const TRIALS = [8, 64];

/**
 * Full-batch trials that share the rows, without noise, on one thread: the library's own, and PyTorch's products of matrices, batched
 * by hand, with its memory kept. The peers have loaded the rows already.
 *
 * @returns for each number of trials, of every contender the milliseconds an epoch takes for each trial
 */
export async function compareTrials({ engine, peers, rows, parameters, rounds }) {
  const results = [];
  for (const trials of TRIALS) {
    const contenders = [];
    for (const precision of ["float32", "float64"])
      contenders.push(await ofPool(engine, rows, parameters, { precision, trials }));
    for (const peer of peers.filter(({ keepsMemory }) => keepsMemory))
      contenders.push(await ofPeer(peer, parameters, trials));
    await requireSameTrials(contenders, rows);
    const times = await measure(contenders, rounds);
    for (const { dispose } of contenders) await dispose();
    const engines = contenders.map(({ name, precision }, i) => ({ name, precision, ...summary(times[i]) }));
    results.push({ trials, engines });
  }
  return results;
}

async function ofPool(engine, rows, parameters, { precision, trials }) {
  const pool = await engine.createTrialPool(rows, parameters, { kernel: precision, trials, workers: 0 });
  let step = 1;
  return {
    name: NAMES[precision],
    precision,
    weights: () => pool.weights(trials - 1),
    async run(epochs) {
      const from = performance.now();
      await pool.advance(step, epochs, null);
      step += epochs;
      return (performance.now() - from) / trials;
    },
    dispose: () => pool.dispose(),
  };
}

async function ofPeer(peer, { clip, l2, eta }, trials) {
  await peer.ask("start_trials", { trials, clip, l2, eta });
  return {
    name: peerName(peer),
    precision: peer.precision,
    weights: () => peer.ask("answer_last_trial"),
    run: async (epochs) => (await peer.ask("run_trials", { epochs })) / trials,
    dispose() {},
  };
}

/** As `requireSameWork`: where one epoch ends. All of them go on from there. */
async function requireSameTrials(contenders, rows) {
  let expected;
  for (const contender of contenders) {
    await contender.run(1);
    const weights = Float64Array.from(await contender.weights());
    expected ??= weights;
    requireClose(contender.name, weights, expected, rows.slotCount);
  }
}
