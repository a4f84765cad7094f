/**
 * All figures of the engine on this machine, one part after another, with several versions of Node beside each other.
 *
 *   npm run bench:all [-- --quick] [-- --write] [-- --nodes 20,22,24] [-- --parts nodes,compare,streaming,hashed]
 *
 * nodes: the kernels on each Node. compare: against PyTorch and NumPy, on each Node what has targets. streaming: rows beyond memory.
 * hashed: sparse rows beside scikit-learn. --quick takes few rounds and small sizes, to see whether everything runs. --write puts the
 * figures into docs/performance.md, docs/performance-figures.md and docs/data.md. What cannot run here is skipped aloud. Other Nodes are
 * npm's packages, kept in node_modules/.cache. No build is needed.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { nodeOf } from "../../../scripts/other-nodes.mjs";
import { orOneLine, readArgs } from "../../../scripts/read-args.mjs";
import { cacheDirectory, ROOT } from "./bundle.mjs";
import { loadAverage } from "./machine.mjs";
import { planOf, readOptions, streamingFile } from "./plan.mjs";
import { findPython, missingPython } from "./python-peer.mjs";

const options = orOneLine(() => readOptions(process.argv.slice(2), readArgs));
const cache = await cacheDirectory(options.quick ? "bench-all-quick" : "bench-all");
const has = Object.fromEntries(["torch", "numpy", "sklearn"].map((module) => [module, hasModule(module)]));
const programs = await nodes();
const here = { programs, hasTorch: has.torch, cache, hasStreaming: existsSync(streamingFile(cache)) };
const steps = planOf(options, here);
const failed = [];
for (const [i, step] of steps.entries()) {
  const command = `node ${step.args.join(" ")}`;
  console.log(
    `\n=== ${i + 1} of ${steps.length}, ${step.part}: ${command} (load average ${loadAverage().toFixed(2)})\n`,
  );
  const start = performance.now();
  const status = await run(step);
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  console.log(`\n=== ${step.part}: ${seconds} s, load average ${loadAverage().toFixed(2)}`);
  if (status !== 0) failed.push(`${command} ended with ${status}.`);
}
for (const line of failed) console.error(`FAILED: ${line}`);
if (failed.length > 0) process.exitCode = 1;

function hasModule(module) {
  if (findPython(module) !== undefined) return true;
  console.log(`SKIPPED: comparisons with ${module}: ${missingPython(module)}`);
  return false;
}

/** By major version, this one first. */
async function nodes() {
  const own = process.versions.node.split(".")[0];
  const programs = [];
  for (const major of new Set([own, ...options.majors])) {
    const program = await nodeOf(major);
    if (program !== null) programs.push([major, program]);
  }
  return programs;
}

function run({ node, args }) {
  const child = spawn(node, args, { cwd: ROOT, stdio: "inherit" });
  return new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
}
