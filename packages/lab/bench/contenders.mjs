import { runEpoch } from "./plain-javascript.mjs";

/*
 * Contenders: { name, run(epochs): milliseconds, weights(), dispose() }, made for one batch size and noise level.
 * The weights are shown so that what a contender does can be compared before it is timed.
 */

export const NAMES = {
  reference: "Expunge reference",
  simd: "Expunge SIMD",
  pool: "Expunge 2 threads",
  plain: "plain JavaScript",
  numpy: "NumPy",
  torch: "PyTorch",
};

/** Trials that the two threads run at once over the same rows: eight a pass for each, the pool's own choice for many. */
const TRIALS = 16;

/**
 * Makers of every contender that can run here, in the table's order.
 *
 * @param engine the exports of packages/expunge/src/engine
 * @param peers those Python peers that started
 */
export function contenderMakers(engine, peers) {
  const noise = { kind: "seed", key: engine.noiseKeyFromSeed("bench") };
  // As many numbers to an instruction as the others, which are float32, too; nodes.mjs has float64 beside it.
  const float32 = (rows, parameters) => engine.createKernel(rows, parameters, { kernel: "float32" });
  const makers = [
    (rows, parameters) => ofKernel(NAMES.reference, engine.createReferenceKernel, rows, parameters, noise),
    (rows, parameters) => ofKernel(NAMES.simd, float32, rows, parameters, noise),
  ];
  if (engine.createTrialPool) makers.push((rows, parameters) => ofPool(engine, rows, parameters, noise));
  makers.push(ofPlainJavaScript);
  for (const peer of peers) makers.push((_rows, parameters) => ofPeer(peer, parameters));
  return makers;
}

async function ofKernel(name, create, rows, parameters, noise) {
  const kernel = await create(rows, parameters);
  const weights = new Float64Array(rows.featureCount);
  const batchCount = rows.slotCount / parameters.batchSize;
  let step = 1;
  return {
    name,
    weights: () => weights,
    run(epochs) {
      const from = performance.now();
      kernel.advance(weights, step, epochs * batchCount, noise);
      step += epochs * batchCount;
      return performance.now() - from;
    },
    dispose: () => kernel.dispose(),
  };
}

/** Milliseconds are per trial: what a sweep of many trials pays for one. */
async function ofPool(engine, rows, parameters, noise) {
  const pool = await engine.createTrialPool(rows, parameters, {
    kernel: "float32",
    workers: 2,
    trials: TRIALS,
  });
  const batchCount = rows.slotCount / parameters.batchSize;
  let step = 1;
  return {
    name: NAMES.pool,
    weights: () => pool.weights(TRIALS - 1),
    async run(epochs) {
      const from = performance.now();
      await pool.advance(step, epochs * batchCount, noise);
      step += epochs * batchCount;
      return (performance.now() - from) / TRIALS;
    },
    dispose: () => pool.dispose(),
  };
}

function ofPlainJavaScript(rows, parameters) {
  const weights = new Float32Array(rows.featureCount);
  const gradient = new Float32Array(rows.featureCount);
  return {
    name: NAMES.plain,
    weights: () => weights,
    run(epochs) {
      const from = performance.now();
      for (let epoch = 0; epoch < epochs; epoch++) runEpoch(rows, weights, gradient, parameters);
      return performance.now() - from;
    },
    dispose() {},
  };
}

/** The peer has loaded the rows already. */
async function ofPeer(peer, { batchSize, clip, l2, eta, noiseStd }) {
  await peer.ask("start", { batchSize, clip, l2, eta, noiseStd });
  return {
    name: NAMES[peer.module],
    weights: () => peer.ask("answer_weights"),
    run: (epochs) => peer.ask("run", { epochs }),
    dispose() {},
  };
}
