/**
 * Test accuracy on MNIST 3-against-8 after training and forgetting one record of the batch visited last, with the paper's settings
 * (b = 128, 100 epochs, lambda = 1e-6 a record, delta = 1/n, one epoch for the request): mean and standard deviation over runs.
 *
 *   npm run build && node experiments/mnist-accuracy.mjs ../shared/data/mnist [runs]
 */
import { fit, planUnlearning } from "expunge";
import { readMnist } from "expunge/data";

const [folder, runs = "100"] = process.argv.slice(2);
if (folder === undefined) {
  console.error("usage: node experiments/mnist-accuracy.mjs FOLDER [RUNS]");
  process.exit(2);
}

const { train, test } = await readMnist(folder, { digits: [3, 8], maxTrainRows: 11264 });
const delta = 1 / 11264;
// Our plan reckons with the rounding of the float32 kernel, as the certificates do; the paper's knows nothing of it.
const roundingOf = { timeline: { rounding: { precision: "float32", weightNorm: 16 } } };
const constants = {
  rowCount: 11264,
  batchSize: 128,
  epochs: 100,
  l2: 0.011264,
  smoothness: 0.25,
  lipschitz: 1,
};

async function accuracies(epsilon, sigma, deletion) {
  const found = [];
  for (let run = 0; run < Number(runs); run++) {
    const model = await fit(train, {
      epsilon,
      delta,
      batchSize: 128,
      epochs: 100,
      l2: 0.011264,
      sigma,
      deletion,
    });
    const row = model.state.slotOfRow.findIndex((slot) => Math.floor(slot / 128) === 87);
    const result = await model.forget({ rows: [row] });
    found.push(result.model.score(test));
    model.dispose();
  }
  return found;
}

console.log("accountant  deletion   epsilon  sigma       accuracy  std     runs");
for (const [accountant, deletion, epsilon] of [
  ["paper", "replace", 1],
  ["timeline", "replace", 1],
  ["timeline", "replace", 0.05],
  ["timeline", "tombstone", 0.05],
]) {
  const rounding = roundingOf[accountant];
  const { sigma } = planUnlearning({
    ...constants,
    ...rounding,
    epsilon,
    delta,
    unlearnSteps: 88,
    deletion,
    accountant,
  });
  const found = await accuracies(epsilon, sigma, deletion);
  const mean = found.reduce((a, b) => a + b) / found.length;
  const std = Math.sqrt(found.reduce((a, b) => a + (b - mean) ** 2, 0) / (found.length - 1));
  const cells = [
    accountant.padEnd(11),
    deletion.padEnd(10),
    String(epsilon).padEnd(8),
    sigma.toFixed(8).padEnd(11),
  ];
  console.log(...cells, mean.toFixed(4).padEnd(9), std.toFixed(4).padEnd(7), found.length);
}
