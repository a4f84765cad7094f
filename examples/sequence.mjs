// A batch of people in one request, then one request after another. The last certificate covers all records deleted so far.
//
//   npm run build && node examples/sequence.mjs
import { createDataset, createSigner, fit, modelDigest, verify } from "expunge";

const features = Array.from({ length: 1000 }, () => [Math.random(), Math.random()]);
const labels = features.map(([a, b]) => (a > b ? 1 : -1));
const subjects = features.map((_, row) => `person-${row}`);
const people = createDataset({ features, labels, subjects, task: "binary", intercept: 1 });
const signer = createSigner();
const requests = [["person-1", "person-2", "person-3"], ["person-40"], ["person-500", "person-501"]];

let model = await fit(people);
const chain = [];
for (const named of requests) {
  const result = await model.forget({ subjects: named }, { signer });
  model = result.model; // the old model can still predict, but not forget: there is one process
  chain.push(result.certificate);
  console.log(`${named.length} forgotten in ${result.steps} steps; epsilon = ${result.holds.epsilon}`);
}

// The newest certificate is of this model. The certificates in between lead from the first one to it.
const options = { publicKey: signer.publicKey, model: modelDigest(model.state) };
const newest = verify(chain.at(-1), options);
const first = verify(chain[0], { ...options, chain: chain.slice(1) });
console.log(newest.ok, first.ok);
