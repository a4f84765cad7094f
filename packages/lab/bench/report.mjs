import { NAMES } from "./contenders.mjs";

/** What was aimed for at d = 784: SIMD against PyTorch, and the share of the read bandwidth from b = 512 on. */
export const TARGETS = [
  { batch: 32, ratio: 12 },
  { batch: 128, ratio: 15 },
  { batch: 512, ratio: 18, share: 0.7 },
  { batch: "full", ratio: 50, share: 0.7 },
];
export const TARGET_FEATURES = 784;

export function printMachine(machine, { rounds, rowCount, load }) {
  console.log(`${machine.cpu}, ${machine.cpuCount} cores seen; ${machine.platform}; Node ${machine.node}`);
  for (const { module, version, python } of machine.pythons)
    console.log(`${NAMES[module]} ${version} (${python}), one thread`);
  for (const [name, value] of Object.entries(machine.malloc)) console.log(`${name}=${value}`);
  console.log(
    `${rowCount} rows, logistic, noise and clipping on; medians over ${rounds} interleaved rounds; load average at the start ${load.toFixed(2)}`,
  );
}

const COLUMNS = [
  ["data", 15],
  ["d", 5],
  ["b", 5],
  ["engine", 18],
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
export function printGroup({ data, features, batch, engines, read }) {
  for (const engine of engines) {
    printLine([
      data,
      features,
      batch,
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
  printLine([data, features, batch, read.name, ...times, "", rate, percent(1)]);
  console.log();
}

/** Words to the left, figures to the right. */
function printLine(cells) {
  const isWord = (i) => i === 0 || i === 3;
  const padded = cells.map((cell, i) => {
    const width = COLUMNS[i][1];
    return isWord(i) ? String(cell).padEnd(width) : String(cell).padStart(width);
  });
  console.log(padded.join(" ").trimEnd());
}

export function printNotes() {
  console.log("x PyTorch: PyTorch's median divided by this one. GB/s: 4 n d bytes over the median.");
  console.log("read only: one thread reads as many bytes with 16-byte loads, in turn with the others.");
  console.log(
    `${NAMES.pool}: per trial, of trials that share the rows; its share is of what one thread reads.`,
  );
  console.log(
    "MNIST: most pixels are 0 and the SIMD kernel skips empty blocks, so its GB/s are not all read.",
  );
  console.log(
    "PyTorch: as it comes, in a fresh process for each d and b. From b = 128 on its times differ by a factor of two or\n" +
      "three from process to process with how often glibc gives memory back and takes it again; for its best, set\n" +
      "MALLOC_TRIM_THRESHOLD_=1000000000 MALLOC_MMAP_THRESHOLD_=1000000000 before the command.\n",
  );
}

export function printNormals(rates) {
  for (const { name, millionsPerSecond } of rates) {
    console.log(`normals: ${name.padEnd(48)} ${millionsPerSecond.toFixed(0).padStart(6)} million a second`);
  }
  console.log();
}

export function printAccountant(figures) {
  for (const { name, firstMs, median, min, targetMs } of figures) {
    const times = `median ${median.toFixed(3)} ms (min ${min.toFixed(3)}), first ${firstMs.toFixed(3)} ms`;
    console.log(
      `accountant: ${name.padEnd(22)} ${times}; target < ${targetMs} ms: ${verdict(median < targetMs)}`,
    );
  }
  console.log();
}

/** @returns every target at d = 784 that this run can judge, on dense rows */
export function judge(groups) {
  const judged = [];
  for (const { batch, ratio, share } of TARGETS) {
    const group = groups.find(
      ({ data, features, batch: own }) => data === "dense" && features === TARGET_FEATURES && own === batch,
    );
    const simd = group?.engines.find(({ name }) => name === NAMES.simd);
    const torch = group?.engines.find(({ name }) => name === NAMES.torch);
    if (simd && torch) judged.push({ batch, what: "ratio", target: ratio, ...quotients(torch, simd) });
    if (simd && share) judged.push({ batch, what: "share", target: share, ...quotients(group.read, simd) });
  }
  return judged.map((target) => ({ ...target, met: target.measured >= target.target }));
}

/** The median decides; on a busy machine the quotient of the minima says what a quiet one might show. */
const quotients = (slow, fast) => ({ measured: slow.median / fast.median, ofMinima: slow.min / fast.min });

export function printTargets(judged) {
  if (judged.length === 0) console.log(`targets: none measured (they are for dense d = ${TARGET_FEATURES})`);
  for (const { batch, what, target, measured, ofMinima, met } of judged) {
    const figure =
      what === "ratio"
        ? `SIMD : PyTorch ${measured.toFixed(1)} x (minima ${ofMinima.toFixed(1)} x), target ${target} x`
        : `read bandwidth ${percent(measured)} (minima ${percent(ofMinima)}), target ${percent(target)}`;
    console.log(`target: d=${TARGET_FEATURES} b=${batch}: ${figure}: ${verdict(met)}`);
  }
}

const percent = (share) => `${(100 * share).toFixed(0)}%`;
const verdict = (met) => (met ? "met" : "NOT MET");
