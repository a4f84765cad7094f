// A model over embeddings of your own: any network's last hidden layer, one row of numbers for each item, computed once.
// The network must not have been trained on these people: a certificate covers the last layer alone.
//
//   npm run build && node examples/embeddings.mjs
import { createDataset, createSigner, fit, verify } from "expunge";

const COUNT = 3000;
const WIDTH = 64;

// Stands in for your network: three kinds of items, each with a direction of its own, and noise.
const directions = Array.from({ length: 3 }, () => gaussians());
const labels = Array.from({ length: COUNT }, (_, item) => item % 3);
const embeddings = new Float32Array(COUNT * WIDTH);
labels.forEach((label, item) => {
  const noise = gaussians();
  for (let i = 0; i < WIDTH; i++) embeddings[item * WIDTH + i] = directions[label][i] + 2 * noise[i];
});

// Flat and row by row. Rows are scaled to norm 1: only their direction counts.
const items = createDataset({
  features: embeddings,
  featureCount: WIDTH,
  task: "multiclass",
  labels,
  subjects: labels.map((_, item) => `owner-${item % 1000}`),
});

const model = await fit(items);
const { accuracy, baseline } = model.evaluate(items);
console.log("accuracy", accuracy, "commonest label", baseline.share);
const signer = createSigner();
const { certificate, rowCount } = await model.forget({ subjects: ["owner-12"] }, { signer });
const { ok, holds } = verify(certificate, { publicKey: signer.publicKey });
console.log(`${rowCount} rows forgotten`, ok, holds);

function gaussians() {
  return Array.from(
    { length: WIDTH },
    () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random()),
  );
}
