/**
 * What rows of hashed text cost: about 100 numbers other than 0 in 2^12, 2^16 and 2^18 columns, all of which are stored and multiplied.
 *
 *   npm run bench:hashed
 */
import { createDataset, createSigner, fit } from "expunge";

const WORDS = 100;
const NUMBERS = 2 ** 26;

console.log(
  "columns     MiB a 1,000 rows   a row's visit (us)   scaling a row (us)   certificate's rounding",
);
for (const bits of [12, 16, 18]) {
  const columns = 2 ** bits;
  const rowCount = Math.min(5000, NUMBERS / columns);
  const features = new Float32Array(rowCount * columns);
  for (let row = 0; row < rowCount; row++)
    for (let k = 0; k < WORDS; k++)
      features[row * columns + Math.floor(columns * Math.random())] += Math.random() < 0.5 ? -1 : 1;
  const labels = Array.from({ length: rowCount }, (_, row) => (row % 2 ? 1 : -1));
  const [dataset, scaling] = timed(() =>
    createDataset({ features, featureCount: columns, labels, task: "binary", scaling: "l2" }),
  );
  const epochs = 4;
  const start = process.cpuUsage();
  const model = await fit(dataset, { batchSize: 50, epochs, l2: 1e-3 });
  const training = secondsSince(start);
  const { certificate } = await model.forget({ rows: [0] }, { signer: createSigner(), steps: 1 });
  const { predicate } = JSON.parse(Buffer.from(certificate.payload, "base64").toString());
  model.dispose();
  const line = [
    columns.toLocaleString("en-US").padEnd(12),
    ((4000 * columns) / 2 ** 20).toFixed(0).padStart(16),
    ((1e6 * training) / (epochs * rowCount)).toFixed(1).padStart(20),
    ((1e6 * scaling) / rowCount).toFixed(1).padStart(20),
    predicate.process.roundingPerStep.toExponential(1).padStart(24),
  ];
  console.log(line.join(""));
}

function timed(make) {
  const start = process.cpuUsage();
  return [make(), secondsSince(start)];
}

/** Of processor time. */
function secondsSince(start) {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}
