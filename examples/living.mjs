// A model in a directory that goes on learning: people join, a row is corrected, somebody leaves.
//
//   npm run build && node examples/living.mjs
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSigner, fit, loadModel, modelDigest, saveModel, verify } from "expunge";
import { createDataset } from "expunge/data";

/** Rows of three columns, labelled by the first two, of people with one row each. */
function arrivals(count, month) {
  const features = Array.from({ length: count }, () => [Math.random(), Math.random(), Math.random()]);
  const labels = features.map(([a, b]) => (a > b ? 1 : -1));
  const subjects = features.map((_, row) => `person-${month}-${row}`);
  return createDataset({ features, labels, subjects, task: "binary", intercept: 1, allowOneClass: true });
}

const folder = await mkdtemp(join(tmpdir(), "living-"));
const directory = join(folder, "model");
await saveModel(await fit(arrivals(2000, 0)), directory);
const stored = await loadModel(directory); // it alone goes on; close it when done
const signer = createSigner();

// One epoch of many moves a model little: training took plan.epochs of them.
const learned = await stored.learn(arrivals(200, 1), { epochs: Math.ceil(stored.model.plan.epochs / 10) });
console.log(`${learned.rows.length} rows joined in ${learned.steps} steps`);

// The old values are forgotten, with a certificate; the corrected row is its owner's.
const corrected = await stored.correct(
  { subject: "person-1-7", to: { ...arrivals(1, 1), subjects: null } },
  { signer },
);
const left = await stored.forget({ subjects: ["person-0-3", "person-1-8"] }, { signer });
console.log(`corrected in ${corrected.steps} steps, forgotten in ${left.steps}`);

// The second certificate leads on from the first one to the model in force.
const model = modelDigest(stored.model.state);
const { ok, holds } = verify(corrected.certificate, {
  publicKey: signer.publicKey,
  chain: [left.certificate],
  model,
});
console.log(ok, holds);
await stored.close();
await rm(folder, { recursive: true });
