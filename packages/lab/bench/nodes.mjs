/**
 * The kernels on several versions of Node beside each other, on one thread, and what the machine could do at best.
 *
 *   npm run bench:nodes [-- --node /path/to/another/node --node ... --rounds 15 --passes 2 --rows 11264 --write]
 *   npm run bench:nodes -- --write --streaming streaming.json     adds what bench:streaming -- --json streaming.json found
 *   npm run bench:nodes -- --draw                                 writes page and pictures anew, and measures nothing
 *
 * Each Node runs in a process of its own, one after another, twice round; of both passes' medians the lower is taken, since a
 * machine that does other things only makes kernels slower. Prints tables. With --write they are kept in figures/, one file
 * for each kind of machine, and written into docs/performance.md with a picture for each. Bundles src/ as it stands.
 */
import { execFile } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import os from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { readArgs } from "../../../scripts/read-args.mjs";
import { bundle, cacheDirectory, ROOT } from "./bundle.mjs";
import { loadAverage } from "./machine.mjs";
import { mergePasses, pageOf, pictureOf } from "./nodes-page.mjs";
import { compileLoop } from "./read-bandwidth.mjs";

const CHILD = fileURLToPath(new URL("one-node.mjs", import.meta.url));
const FIGURES = fileURLToPath(new URL("figures/", import.meta.url));

const { values } = readArgs({
  options: {
    node: { type: "string", multiple: true, default: [] },
    rounds: { type: "string", default: "15" },
    passes: { type: "string", default: "2" },
    rows: { type: "string", default: "11264" },
    streaming: { type: "string" },
    write: { type: "boolean", default: false },
    draw: { type: "boolean", default: false },
  },
});

const directory = await cacheDirectory("bench-nodes");
if (values.draw) await draw();
else if (values.streaming) await addStreaming(JSON.parse(await readFile(values.streaming, "utf8")));
else await measureAll([process.execPath, ...values.node]);

async function measureAll(programs) {
  const job = {
    bundle: pathToFileURL(await bundle(join(ROOT, "packages/expunge/src/engine/index.ts"), directory)).href,
    reader: await compileLoop("read-bandwidth.ts", directory),
    peaks: {
      simd: await compileLoop("peak.ts", directory),
      "relaxed-simd": await compileLoop("peak.ts", directory, ["simd", "relaxed-simd"]),
    },
    rounds: Number(values.rounds),
    rowCount: Number(values.rows),
  };
  const loadAtStart = loadAverage();
  const passes = programs.map(() => []);
  for (let pass = 0; pass < Number(values.passes); pass++)
    for (const [i, program] of programs.entries()) passes[i].push(await measureOn(program, job));
  const nodes = passes.map(mergePasses).sort((a, b) => majorOf(a) - majorOf(b));
  const kind = await machineKind(nodes[0].machine.cpu);
  const figures = { kind, loadAtStart, loadAtEnd: loadAverage(), nodes };
  console.log(pageOf([figures]));
  if (!values.write) return;
  const { streaming } = await figuresOf(kind);
  await keep({ ...figures, streaming });
  await draw();
}

async function addStreaming(streaming) {
  const kind = await machineKind(os.cpus()[0].model);
  const figures = await figuresOf(kind);
  if (figures.nodes === undefined)
    throw new Error(`Expected figures of ${kind}: run npm run bench:nodes -- --write first.`);
  await keep({ ...figures, streaming });
  await draw();
}

async function measureOn(program, job) {
  const args = [CHILD, JSON.stringify(job)];
  const { stdout } = await promisify(execFile)(program, args, { maxBuffer: 2 ** 26 });
  return JSON.parse(stdout);
}

function majorOf({ machine }) {
  return Number(machine.node.slice(1).split(".")[0]);
}

/** What tells machines apart whose processors have one name, as "AMD EPYC, family 25, model 17". */
async function machineKind(cpu) {
  const text = await readFile("/proc/cpuinfo", "utf8").catch(() => "");
  const [family, model] = ["cpu family", "model"].map(
    (name) => new RegExp(`^${name}\\s*: (\\d+)$`, "m").exec(text)?.[1],
  );
  return family === undefined ? cpu : `${cpu}, family ${family}, model ${model}`;
}

function fileOf(kind) {
  return join(FIGURES, `${kind.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}.json`);
}

/** What is kept of a kind of machine, if there is anything. */
async function figuresOf(kind) {
  const text = await readFile(fileOf(kind), "utf8").catch(() => "{}");
  return JSON.parse(text);
}

async function keep(figures) {
  await writeFile(fileOf(figures.kind), `${JSON.stringify(figures, null, 2)}\n`);
}

/** Writes the page's section and the pictures from what is kept of all machines. */
async function draw() {
  const parts = await import(
    pathToFileURL(await bundle(join(ROOT, "packages/lab/bench/nodes-parts.ts"), directory)).href
  );
  const files = (await readdir(FIGURES)).filter((name) => name.endsWith(".json")).sort();
  const machines = [];
  for (const name of files) {
    const figures = JSON.parse(await readFile(join(FIGURES, name), "utf8"));
    const picture = `images/roofline-${name.replace(".json", ".svg")}`;
    await parts.write(join(ROOT, "docs", picture), parts.rooflinePlot(pictureOf(figures)));
    machines.push({ ...figures, picture });
  }
  await parts.writeBetweenMarkers(join(ROOT, "docs/performance.md"), pageOf(machines));
}
