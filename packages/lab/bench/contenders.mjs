import { runEpoch } from "./plain-javascript.mjs";

/*
 * Contenders: { name, precision, run(epochs): milliseconds, weights(), dispose() }, made for one batch size and noise level.
 * The weights are shown so that what a contender does can be compared before it is timed.
 */

export const NAMES = {
  reference: "Expunge reference",
  float32: "Expunge float32",
  float64: "Expunge float64",
  pool: "Expunge float32, 2 threads",
  plain: "plain JavaScript",
};
const PEERS = { numpy: "NumPy", torch: "PyTorch" };

/** As "PyTorch float64, memory kept". */
export function peerName({ module, precision, keepsMemory }) {
  return `${PEERS[module]} ${precision}${keepsMemory ? ", memory kept" : ""}`;
}

/** Trials that the two threads run at once over the same rows: eight a pass for each, the pool's own choice for many. */
const TRIALS = 16;

/**
 * Makers of every contender that can run here, in the table's order.
 *
 * @param engine the exports of packages/expunge/src/engine
 * @param peers those Python peers that started
 * @param forTargets only the kernels and the peers
 */
export function contenderMakers(engine, peers, forTargets) {
  const noise = { kind: "seed", key: engine.noiseKeyFromSeed("bench") };
  const wasm = (kernel) => (rows, parameters) =>
    ofKernel(kernel, (...given) => engine.createKernel(...given, { kernel }), rows, parameters, noise);
  const ofPeers = peers.map((peer) => (_rows, parameters) => ofPeer(peer, parameters));
  const kernels = [wasm("float32"), wasm("float64")];
  if (forTargets) return [...kernels, ...ofPeers];
  const reference = (rows, parameters) =>
    ofKernel("reference", engine.createReferenceKernel, rows, parameters, noise);
  const threads = (rows, parameters) => ofPool(engine, rows, parameters, noise);
  return [reference, ...kernels, threads, ofPlainJavaScript, ...ofPeers];
}

async function ofKernel(kind, create, rows, parameters, noise) {
  const kernel = await create(rows, parameters);
  const weights = new Float64Array(rows.featureCount);
  const batchCount = rows.slotCount / parameters.batchSize;
  const origin = parameters.noiseStd > 0 ? noise : null;
  let step = 1;
  return {
    name: NAMES[kind],
    precision: kind === "float32" ? "float32" : "float64",
    weights: () => weights,
    run(epochs) {
      const from = performance.now();
      kernel.advance(weights, step, epochs * batchCount, origin);
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
    precision: "float32",
    weights: () => pool.weights(TRIALS - 1),
    async run(epochs) {
      const from = performance.now();
      await pool.advance(step, epochs * batchCount, parameters.noiseStd > 0 ? noise : null);
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
    precision: "float32",
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
    name: peerName(peer),
    precision: peer.precision,
    weights: () => peer.ask("answer_weights"),
    run: (epochs) => peer.ask("run", { epochs }),
    dispose() {},
  };
}
