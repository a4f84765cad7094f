/*
 * The process as one would write it in JavaScript without thinking of speed, and without doing needless work either: one row at
 * a time, clipped by the norm of its gradient |derivative| |row|. The arrays are arguments: as variables of a closure that is
 * made more than once they made the loops half as fast (Node 20).
 */

/** One epoch, replacing the weights in place. */
export function runEpoch(rows, weights, gradient, parameters) {
  const { slotCount, features, labels } = rows;
  const { batchSize, clip, l2, eta, noiseStd } = parameters;
  for (let first = 0; first < slotCount; first += batchSize) {
    gradient.fill(0);
    for (let row = first; row < first + batchSize; row++) {
      addGradient(features, row * weights.length, labels[row], clip, weights, gradient);
    }
    for (let i = 0; i < weights.length; i++) {
      weights[i] -= eta * (gradient[i] / batchSize + l2 * weights[i]);
    }
    if (noiseStd > 0) addNoise(weights, noiseStd);
  }
}

function addGradient(features, start, label, clip, weights, gradient) {
  let output = 0;
  let squares = 0;
  for (let i = 0; i < weights.length; i++) {
    const x = features[start + i];
    output += weights[i] * x;
    squares += x * x;
  }
  const derivative = -label / (1 + Math.exp(label * output));
  const norm = Math.abs(derivative) * Math.sqrt(squares);
  const clipped = norm > clip ? (derivative * clip) / norm : derivative;
  for (let i = 0; i < weights.length; i++) gradient[i] += clipped * features[start + i];
}

function addNoise(weights, noiseStd) {
  for (let i = 0; i < weights.length; i++) weights[i] += noiseStd * boxMuller();
}

let spare;

/** One standard normal; every other call gives the second of a pair. */
export function boxMuller() {
  if (spare !== undefined) {
    const normal = spare;
    spare = undefined;
    return normal;
  }
  const radius = Math.sqrt(-2 * Math.log(1 - Math.random()));
  const angle = 2 * Math.PI * Math.random();
  spare = radius * Math.sin(angle);
  return radius * Math.cos(angle);
}
