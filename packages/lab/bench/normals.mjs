import { NAMES } from "./contenders.mjs";
import { measure, summary } from "./measure.mjs";
import { boxMuller } from "./plain-javascript.mjs";

const COUNT = 2 ** 20;

/** Millions of standard normals a second, drawn COUNT at a time, of every generator in turn. */
export async function measureNormals(engine, peers, rounds) {
  const [quiet, noisy] = [await wideKernel(engine, 0), await wideKernel(engine, 1)];
  const others = [plainNormals(), ...peers.map(peerNormals)];
  const [without, withNoise, ...rest] = await measure([quiet, noisy, ...others], rounds);
  for (const kernel of [quiet, noisy]) kernel.dispose();
  const kernelMs = summary(withNoise).median - summary(without).median;
  const rate = (ms) => COUNT / ms / 1e3;
  const rates = [{ name: NAMES.float32, millionsPerSecond: rate(kernelMs) }];
  for (const [i, { name }] of others.entries()) {
    rates.push({ name, millionsPerSecond: rate(summary(rest[i]).median) });
  }
  return rates;
}

/** A step on many weights and one row of zeros: with noise, nearly all of its time is normals; without, it is the rest. */
async function wideKernel(engine, noiseStd) {
  const rows = {
    slotCount: 1,
    featureCount: COUNT,
    features: new Float32Array(COUNT),
    labels: new Float32Array(1),
  };
  const parameters = {
    objective: { kind: "logistic" },
    batchSize: 1,
    clip: 1,
    l2: 0.01,
    eta: 1,
    noiseStd,
    // Far from the weights, so that no step is spent on the projection.
    radius: 1e6,
  };
  const noise = { kind: "seed", key: engine.noiseKeyFromSeed("normals") };
  const kernel = await engine.createKernel(rows, parameters, { kernel: "float32" });
  const weights = new Float64Array(COUNT);
  const advance = (steps) => {
    const from = performance.now();
    kernel.advance(weights, 1, steps, noise);
    return performance.now() - from;
  };
  return {
    // What four more steps cost, so that copying the weights in and out is not counted.
    run(times) {
      let spent = 0;
      for (let time = 0; time < times; time++) spent += (advance(5) - advance(1)) / 4;
      return spent;
    },
    dispose: () => kernel.dispose(),
  };
}

function plainNormals() {
  const normals = new Float32Array(COUNT);
  return {
    name: `${NAMES.plain} (Box-Muller on Math.random)`,
    run(times) {
      const from = performance.now();
      for (let time = 0; time < times; time++) {
        for (let i = 0; i < COUNT; i++) normals[i] = boxMuller();
      }
      return performance.now() - from;
    },
  };
}

function peerNormals(peer) {
  return {
    name: `${peer.module === "torch" ? "torch.randn" : "numpy standard_normal"} (${peer.precision})`,
    async run(times) {
      let spent = 0;
      for (let time = 0; time < times; time++) spent += await peer.ask("normals", { count: COUNT });
      return spent;
    },
  };
}
