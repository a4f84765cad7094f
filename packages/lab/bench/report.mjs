import { NAMES, peerName } from "./contenders.mjs";

/** What was aimed for at d = 784 on one thread: how many times faster than PyTorch in the same precision. Shares of reading are nodes.mjs's. */
const TARGETS = [
  { batch: 32, float32: 12, float64: 8 },
  { batch: 128, float32: 15, float64: 10 },
  { batch: 512, float32: 18, float64: 12 },
  { batch: "full", float32: 50, float64: 30 },
];
export const TARGET_FEATURES = 784;

export function printMachine(machine, { rounds, rowCount, load }) {
  console.log(`${machine.cpu}, ${machine.cpuCount} cores seen; ${machine.platform}; Node ${machine.node}`);
  for (const { module, version, python } of machine.pythons)
    console.log(`${module} ${version} (${python}), one thread`);
  for (const [name, value] of Object.entries(machine.malloc)) console.log(`${name}=${value}`);
  console.log(
    `${rowCount} rows, logistic, clipping on; medians over ${rounds} interleaved rounds; load average at the start ${load.toFixed(2)}`,
  );
}

const COLUMNS = [
  ["data", 15],
  ["d", 5],
  ["b", 5],
  ["noise", 5],
  ["engine", 28],
  ["ms/epoch", 9],
  ["(min)", 10],
  ["x PyTorch", 10],
  ["GB/s", 7],
  ["of read bandwidth", 18],
];

export function printHeader() {
  console.log();
  printLine(COLUMNS.map(([title]) => title));
  console.log("-".repeat(COLUMNS.reduce((sum, [, width]) => sum + width + 1, 0)));
}

/** The lines of one data set and batch size, and a last one for the loop that only reads. */
export function printGroup({ data, features, batch, noiseStd, engines, read }) {
  const about = [data, features, batch, noiseStd > 0 ? "yes" : "no"];
  for (const engine of engines) {
    printLine([
      ...about,
      engine.name,
      engine.median.toFixed(2),
      `(${engine.min.toFixed(2)})`,
      engine.ratio === undefined ? "-" : `${engine.ratio.toFixed(1)} x`,
      engine.gigabytesPerSecond.toFixed(2),
      percent(engine.share),
    ]);
  }
  const rate = read.gigabytesPerSecond.toFixed(2);
  const times = [read.median.toFixed(2), `(${read.min.toFixed(2)})`];
  printLine([...about, read.name, ...times, "", rate, percent(1)]);
  console.log();
}

/** Words to the left, figures to the right. */
function printLine(cells) {
  const isWord = (i) => i === 0 || i === 4;
  const padded = cells.map((cell, i) => {
    const width = COLUMNS[i][1];
    return isWord(i) ? String(cell).padEnd(width) : String(cell).padStart(width);
  });
  console.log(padded.join(" ").trimEnd());
}

export function printNotes() {
  console.log(
    "x PyTorch: PyTorch's median in the same precision divided by this one. GB/s: 4 n d bytes over the median.",
  );
  console.log("read only: one thread reads as many bytes with 16-byte loads, in turn with the others.");
  console.log(
    `${NAMES.pool}: per trial, of trials that share the rows; its share is of what one thread reads.`,
  );
  console.log("MNIST: most pixels are 0 and the kernels skip empty blocks, so their GB/s are not all read.");
  console.log(
    "PyTorch: in a fresh process for each line of d, b and noise. As it comes, from b = 128 on its times differ by a factor of\n" +
      "two or three with how often glibc gives memory back and takes it again. With its memory kept (MALLOC_TRIM_THRESHOLD_ and\n" +
      "MALLOC_MMAP_THRESHOLD_ of 1000000000) it is at its best.\n",
  );
}

export function printNormals(rates) {
  for (const { name, millionsPerSecond } of rates) {
    console.log(`normals: ${name.padEnd(48)} ${millionsPerSecond.toFixed(0).padStart(6)} million a second`);
  }
  if (rates.length > 0) console.log();
}

export function printAccountant(figures) {
  for (const { name, firstMs, median, min, targetMs } of figures) {
    const times = `median ${median.toFixed(3)} ms (min ${min.toFixed(3)}), first ${firstMs.toFixed(3)} ms`;
    console.log(
      `accountant: ${name.padEnd(22)} ${times}; target < ${targetMs} ms: ${verdict(median < targetMs)}`,
    );
  }
  if (figures.length > 0) console.log();
}

/** What trials that share the rows take, each of them. */
export function printTrials(trials) {
  for (const { data, trials: count, engines } of trials) {
    for (const { name, median, min } of engines) {
      const figure = `${median.toFixed(2)} ms (${min.toFixed(2)}) an epoch for each`;
      console.log(`${count} full-batch trials, ${data}: ${name.padEnd(28)} ${figure}`);
    }
  }
  if (trials.length > 0) console.log();
}

/** @returns every target at d = 784 that this run can judge, against PyTorch as it comes and with its memory kept */
export function judge(groups) {
  return groups
    .filter(({ features }) => features === TARGET_FEATURES)
    .flatMap((group) => ["float32", "float64"].flatMap((precision) => judgeOne(group, precision)));
}

function judgeOne({ data, batch, noiseStd, engines }, precision) {
  const timesOf = (wanted) => engines.find(({ name }) => name === wanted);
  const own = timesOf(NAMES[precision]);
  const target = TARGETS.find((one) => one.batch === batch)[precision];
  return [false, true].flatMap((keepsMemory) => {
    const torch = timesOf(peerName({ module: "torch", precision, keepsMemory }));
    if (!torch) return [];
    const measured = torch.median / own.median;
    // The median decides; on a busy machine the quotient of the minima says what a quiet one might show.
    const ofMinima = torch.min / own.min;
    const met = measured >= target;
    return { data, batch, noiseStd, precision, keepsMemory, target, measured, ofMinima, met };
  });
}

export function printTargets(judged) {
  if (judged.length === 0)
    console.log(`targets: none measured (they are for d = ${TARGET_FEATURES}, with PyTorch)`);
  for (const { data, batch, noiseStd, precision, keepsMemory, target, measured, ofMinima, met } of judged) {
    const what = `${data}, d=${TARGET_FEATURES} b=${batch}, ${noiseStd > 0 ? "with" : "no"} noise`;
    const torch = peerName({ module: "torch", precision, keepsMemory });
    const figure = `${measured.toFixed(1)} x ${torch} (minima ${ofMinima.toFixed(1)} x), target ${target} x`;
    console.log(`target: ${what}: ${figure}: ${verdict(met)}`);
  }
}

const percent = (share) => `${(100 * share).toFixed(0)}%`;
const verdict = (met) => (met ? "met" : "NOT MET");
